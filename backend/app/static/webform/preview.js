// The preview: the form and its files are in the page, and what is filled in stays in it.
import { openForm } from "fieldveil/form";
import { button, element, given, onLanguage, say, setLanguage, language } from "fieldveil/words";

const page = document.getElementById("page");
const note = element("p.note");
const place = element("div.form");
const title = new DOMParser().parseFromString(given.xform, "text/xml").querySelector("title")?.textContent;
let close = () => {};

function show() {
  document.title = title ? `${title} · ${say("preview")}` : say("preview");
  note.textContent = say("preview_note");
}

function indented(node, depth = 0) {
  const pad = "  ".repeat(depth);
  const inner = [...node.children].map((child) => indented(child, depth + 1)).join("");
  const name = node.tagName;
  if (inner) return `${pad}<${name}>\n${inner}${pad}</${name}>\n`;
  return node.textContent ? `${pad}<${name}>${node.textContent}</${name}>\n` : `${pad}<${name}/>\n`;
}

function showResult(xml) {
  close();
  const root = new DOMParser().parseFromString(xml, "text/xml").documentElement;
  const sent = element("pre.sent", indented(root));
  sent.dir = "ltr";
  sent.dataset.xml = xml;
  const told = element("p.note.good");
  const again = button("", open, "main");
  const dress = () => {
    told.textContent = say("preview_done");
    again.textContent = say("again");
  };
  onLanguage(dress);
  dress();
  page.replaceChildren(note, told, again, sent);
  scrollTo(0, 0);
}

function open() {
  place.replaceChildren();
  page.replaceChildren(note, place);
  close = openForm(place, {
    xform: given.xform,
    attachment: async (name) => given.media[name],
    submit: async (xml) => setTimeout(() => showResult(xml)),
    fail: () => page.replaceChildren(element("p.note.bad", say("broken"))),
  });
}

onLanguage(show);
setLanguage(language());
open();
