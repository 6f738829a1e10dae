// The web form for enumerators: choose, fill in, seal, send; without a network sealed letters wait.
import { STORED, post as deliver, form, forms, keepPage, keys } from "fieldveil/door";
import { openForm } from "fieldveil/form";
import { Post } from "fieldveil/post";
import { keep, waiting } from "fieldveil/queue";
import { letterId, seal } from "fieldveil/seal";
import { button, element, language, offerLanguages, onLanguage, say, setLanguage, today } from "fieldveil/words";

const page = document.getElementById("page");
const state = document.getElementById("state");
const choice = document.getElementById("language");
const post = new Post();
let offered = { forms: [] };
let kept = false;
let close = null;
let asking = null;

const PATIENCE = 8000;

function showState() {
  state.textContent = navigator.onLine ? say("online") : say("offline");
  document.title = `${asking ? asking.title : say("fill")} · Fieldveil`;
}

function note(text, kind = "note") {
  return element(`p.${kind}`, text);
}

function showStart(message) {
  close?.();
  close = null;
  asking = null;
  showState();
  choice.hidden = false;
  const parts = [element("h1", say("fill"))];
  if (message) parts.push(message);
  parts.push(post.place);
  if (offered.dead) parts.push(note(say("dead_link"), "note.bad"));
  else if (offered.offline) parts.push(note(say("first_online"), "note.bad"));
  else if (!offered.forms.length) parts.push(note(say("no_form"), "note.bad"));
  else parts.push(choices());
  if (kept) parts.push(note(say("ready_offline")));
  parts.push(note(say("in_memory")));
  page.replaceChildren(...parts);
}

function choices() {
  const list = element("div.choices");
  if (offered.forms.length > 1) list.append(element("strong", say("which")));
  for (const one of offered.forms) {
    // Isolated: a title in another script would take the colon and its brackets to the wrong side.
    const title = `\u2068${one.title}\u2069`;
    const text = offered.forms.length > 1 ? title : `${say("start")}: ${title}`;
    list.append(button(text, () => start(one), "main"));
  }
  return list;
}

async function start(one) {
  page.replaceChildren(note(say("loading")));
  const [found, sealing] = [await form(one), await keys()];
  if (!found || !sealing) return showStart(note(say("first_online"), "note.bad"));
  if (sealing.now.opens_until < today()) return showStart(note(say("key_old"), "note.bad"));
  const place = element("div.form");
  const discard = button(say("discard"), () => confirm(say("discard_sure")) && showStart());
  choice.hidden = true;
  asking = one;
  showState();
  page.replaceChildren(place, discard);
  scrollTo(0, 0);
  const unfollow = onLanguage(() => discard.replaceChildren(say("discard")));
  const leave = openForm(place, {
    xform: found.xform,
    attachment: async (name) => found.media[name],
    submit: (xml) => finish(one, sealing.now, xml),
    fail: () => showStart(note(say("broken"), "note.bad")),
  });
  close = () => {
    unfollow();
    leave();
  };
}

async function finish(one, key, xml) {
  const sealed = await seal(key.public_key, one.id, xml);
  const letter = { letterId: letterId(), formId: one.id, keyId: key.key_id, opensUntil: key.opens_until, sealed };
  try {
    await keep(letter);
  } catch {
    // No room in the browser: what goes out at once need not be kept, and otherwise the form stays as it is.
    if ((await deliver(letter))?.status !== STORED) throw new Error(say("no_storage"));
  }
  // On a slow line nobody waits for the end of it: what is sealed is safe, and goes out by itself.
  await Promise.race([post.send(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  const left = (await waiting()).some((found) => found.letterId === letter.letterId);
  setTimeout(() => showStart(note(say(left ? "waits" : "received"), "note.good")));
  scrollTo(0, 0);
}

// What this page cannot do without; the first that is missing is said.
async function obstacle() {
  if (!window.isSecureContext) return "https_only";
  if (!crypto.subtle || !navigator.serviceWorker) return "old_browser";
  try {
    await waiting();
  } catch {
    return "no_storage";
  }
  return undefined;
}

async function begin() {
  setLanguage(language());
  offerLanguages();
  onLanguage(showState);
  const missing = await obstacle();
  if (missing) return page.replaceChildren(note(say(missing), "note.bad"));
  onLanguage(() => close || showStart());
  page.replaceChildren(note(say("loading")));
  showState();
  addEventListener("online", showState);
  addEventListener("offline", showState);
  addEventListener("beforeunload", (event) => close && event.preventDefault());
  post.begin();
  offered = await forms();
  showStart();
  await prepareForOffline();
}

async function prepareForOffline() {
  try {
    await navigator.serviceWorker.register("/fill/offline.js");
    await navigator.storage?.persist?.();
    await keepPage();
    const found = [await keys(), ...(await Promise.all(offered.forms.map(form)))];
    kept = found.every(Boolean) && offered.forms.length > 0;
  } catch {
    kept = false;
  }
  if (kept && !close) showStart();
}

begin();
