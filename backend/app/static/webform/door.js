// Asks the letterbox, and remembers its answers for work without a network. No cookie goes along.
import { given, language } from "fieldveil/words";

const CACHE = "fieldveil-fill";
const PATIENCE = 15000;
export const STORED = 201;
export const GONE = 410;
// Stored, but the form was closed so long ago that nobody will read it.
const TOO_LATE = "submit_after_close";

async function ask(path, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), options.method === "POST" ? 120000 : PATIENCE);
  try {
    const answer = await fetch(`${given.door}/${path}`, {
      credentials: "omit",
      cache: "no-store",
      headers: { "Accept-Language": language() },
      signal: stop.signal,
      ...options,
    });
    // What a proxy or the login page of a network says is no answer: it must not be kept in place of a form or a key.
    if (!answer.headers.has("X-OpenRosa-Version")) throw new TypeError("not the letterbox");
    return answer;
  } finally {
    clearTimeout(timer);
  }
}

// From the network if it is there, else what it said last time; undefined when it never said anything.
async function remembered(path) {
  const cache = await caches.open(CACHE);
  const address = `${given.door}/${path}`;
  let answer;
  try {
    answer = await ask(path);
  } catch {
    return cache.match(address);
  }
  if (answer.ok) await cache.put(address, answer.clone());
  if (answer.status === 403) await forgetForms();
  return answer.status >= 500 ? cache.match(address) : answer;
}

async function forgetForms() {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname.startsWith(`${given.door}/`)) await cache.delete(request);
  }
}

async function xmlOf(answer) {
  return new DOMParser().parseFromString(await answer.text(), "text/xml");
}

const texts = (node, name) => node.getElementsByTagNameNS("*", name)[0]?.textContent;

// {forms, dead, offline}: the open forms of this link.
export async function forms() {
  const answer = await remembered("formList");
  if (!answer) return { forms: [], offline: true };
  if (!answer.ok) return { forms: [], dead: true };
  const list = await xmlOf(answer);
  const found = [...list.getElementsByTagNameNS("*", "xform")];
  return {
    forms: found.map((one) => ({
      id: texts(one, "formID"),
      version: texts(one, "version"),
      title: texts(one, "name"),
      hasMedia: Boolean(texts(one, "manifestUrl")),
    })),
  };
}

// The form with all its files, each kept for later; undefined when something of it was never fetched.
export async function form({ id, version, hasMedia }) {
  const base = `forms/${encodeURIComponent(id)}/${encodeURIComponent(version)}`;
  const answer = await remembered(`${base}.xml`);
  if (!answer?.ok) return undefined;
  const media = {};
  if (hasMedia) {
    const manifest = await remembered(`${base}/manifest`);
    if (!manifest?.ok) return undefined;
    for (const file of (await xmlOf(manifest)).getElementsByTagNameNS("*", "mediaFile")) {
      const name = texts(file, "filename");
      const content = await remembered(`${base}/media/${encodeURIComponent(name)}`);
      if (!content?.ok) return undefined;
      media[name] = await content.text();
    }
  }
  return { xform: await answer.text(), media };
}

// {keys, living}: what to seal with, the key of this month first, and the keys that can still open.
export async function keys() {
  const answer = await remembered("key");
  if (!answer?.ok) return undefined;
  const told = await answer.json();
  const month = new Date().toISOString().slice(0, 7);
  const all = [told, told.next].filter(Boolean);
  const now = all.find((key) => key.month === month) || told;
  return { now, living: new Set(told.living) };
}

// {status, message, isLate}, or undefined without a network.
export async function post(letter) {
  const path = `forms/${encodeURIComponent(letter.formId)}/letters/${letter.letterId}?key=${encodeURIComponent(letter.keyId)}`;
  try {
    const answer = await ask(path, { method: "POST", body: letter.sealed });
    const said = (await xmlOf(answer)).getElementsByTagNameNS("*", "message")[0];
    return { status: answer.status, message: said?.textContent, isLate: said?.getAttribute("nature") === TOO_LATE };
  } catch {
    return undefined;
  }
}

// The page itself and its scripts, for the next time without a network.
export async function keepPage() {
  const cache = await caches.open(CACHE);
  const wanted = new Set([...given.files, location.pathname]);
  for (const request of await cache.keys()) {
    const { pathname, search } = new URL(request.url);
    if (pathname.startsWith("/static/") && !wanted.has(pathname + search)) await cache.delete(request);
  }
  for (const address of wanted) {
    const isStatic = address.startsWith("/static/");
    if (isStatic && (await cache.match(address))) continue;
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) throw new Error(address);
    await cache.put(address, answer);
  }
}
