// One form, shown by ODK Web Forms. What its engine says in English only is said here in the language of the form.
import { OdkWebForm, POST_SUBMIT__NEW_INSTANCE, webFormsPlugin } from "@getodk/web-forms";
import { createApp, h } from "vue";
import { language, say, setLanguage } from "fieldveil/words";

const CODE = /\(([a-z]{2,3})\)\s*$/i;

// The engine begins with the form's default language: the reader's own is made the default.
function inLanguage(xform, wanted) {
  const parsed = new DOMParser().parseFromString(xform, "text/xml");
  const all = [...parsed.getElementsByTagNameNS("*", "translation")];
  const chosen = all.find((one) => codeOf(one.getAttribute("lang")) === wanted);
  if (!chosen) return xform;
  all.forEach((one) => one.removeAttribute("default"));
  chosen.setAttribute("default", "true()");
  return new XMLSerializer().serializeToString(parsed);
}

function codeOf(name) {
  return (CODE.exec(name || "") || [])[1]?.toLowerCase();
}

// Texts of the engine, by where it shows them.
function translate(root) {
  for (const label of root.querySelectorAll(".odk-form .footer .p-button-label")) put(label, say("send"));
  for (const note of document.querySelectorAll(".form-error-text-wrap li")) {
    // Read again only when the engine has counted anew: our own text may have no number to read.
    const count = note.textContent === note.dataset.said ? note.dataset.count : /^\d+/.exec(note.textContent)?.[0];
    if (!count) continue;
    put(note, count === "1" ? say("one_open") : say("many_open", { n: count }));
    note.dataset.count = count;
    note.dataset.said = note.textContent;
  }
  for (const empty of document.querySelectorAll(".p-select-empty-message, .p-multiselect-empty-message")) {
    put(empty, say("no_choice"));
  }
  for (const changer of root.querySelectorAll(".language-changer .p-select-label")) {
    if (changer.getAttribute("aria-label") !== say("language")) changer.setAttribute("aria-label", say("language"));
  }
}

function put(node, text) {
  if (node.textContent.trim() !== text) node.textContent = text;
}

function followLanguage(root) {
  const shown = root.querySelector(".language-changer .p-select-label");
  const code = codeOf(shown?.textContent);
  if (code && code !== language()) setLanguage(code);
}

// `attachment(name)` gives the text of a file; `submit(xml)` gets the filled form. Returns what takes the form away.
export function openForm(place, { xform, attachment, submit, fail }) {
  const watch = new MutationObserver(() => {
    followLanguage(place);
    translate(place);
  });
  const app = createApp({
    render: () =>
      h(OdkWebForm, {
        formXml: inLanguage(xform, language()),
        missingResourceBehavior: "ERROR",
        trackDevice: false,
        fetchFormAttachment: async (address) => {
          const name = decodeURIComponent(String(address).split("/").pop());
          return new Response(await attachment(name), { headers: { "Content-Type": "text/csv" } });
        },
        onSubmit: async (payload, done) => {
          const xml = await payload.data[0].get("xml_submission_file").text();
          try {
            await submit(xml);
            done({ next: POST_SUBMIT__NEW_INSTANCE });
          } catch (error) {
            alert(error.message);
          }
        },
      }),
  });
  app.config.errorHandler = () => fail();
  app.use(webFormsPlugin);
  watch.observe(document.body, { childList: true, subtree: true, characterData: true });
  app.mount(place);
  return () => {
    watch.disconnect();
    app.unmount();
  };
}
