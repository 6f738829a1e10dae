// The language of the page: texts in every language came with it, and nothing is asked of a server.
const given = JSON.parse(document.getElementById("given").textContent);
// Those of language packs, and those of forms that were made elsewhere.
const RIGHT_TO_LEFT = new Set(["ar", "fa", "ur", "he", "ps", "prs", "ku", ...given.right_to_left]);
const followers = new Set();

export { given };

export function preferred() {
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = [asked, given.first, ...navigator.languages].map((tag) => (tag || "").split("-")[0].toLowerCase());
  return wanted.find((code) => code in given.words) || "en";
}

let current = preferred();

export const language = () => current;

// Forms may speak languages in which the pages have no texts: direction follows the form, texts fall back to English.
export function setLanguage(code) {
  current = code;
  document.documentElement.lang = code;
  document.documentElement.dir = RIGHT_TO_LEFT.has(code) ? "rtl" : "ltr";
  followers.forEach((follow) => follow());
}

export function onLanguage(follow) {
  followers.add(follow);
  return () => followers.delete(follow);
}

export function say(key, values = {}) {
  const text = (given.words[current] || given.words.en)[key];
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export const today = () => new Date().toISOString().slice(0, 10);

export function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  const format = new Intl.DateTimeFormat(`${current}-u-nu-latn`, { day: "numeric", month: "long", year: "numeric" });
  return format.format(new Date(year, month - 1, date));
}

// A small builder: element("p.note", "text", child). Text is never read as HTML.
export function element(kind, ...children) {
  const [tag, ...classes] = kind.split(".");
  const made = document.createElement(tag);
  made.className = classes.join(" ");
  made.append(...children);
  return made;
}

export function button(text, act, kind = "") {
  const made = element(kind ? `button.${kind}` : "button", text);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

// The language control of the page itself; while a form is open, the form's own control rules.
export function offerLanguages() {
  const select = document.getElementById("language");
  const show = () => {
    select.value = current;
    select.setAttribute("aria-label", say("language"));
  };
  select.append(...Object.entries(given.languages).map(([code, name]) => new Option(name, code)));
  select.addEventListener("change", () => setLanguage(select.value));
  onLanguage(show);
  show();
}
