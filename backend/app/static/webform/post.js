// Sends what waits, and says what can no longer be opened. One page at a time sends, however many are open.
import { GONE, STORED, keys, post } from "fieldveil/door";
import { remove, waiting } from "fieldveil/queue";
import { button, day, element, onLanguage, say, today } from "fieldveil/words";

const PAUSE = 60000;

export class Post {
  constructor() {
    this.place = element("div");
    this.lost = new Set();
    this.answer = "";
    this.late = "";
    this.busy = false;
  }

  begin() {
    onLanguage(() => this.show());
    addEventListener("online", () => this.send());
    setInterval(() => this.send(), PAUSE);
    this.send();
  }

  async send() {
    const act = () => this.#sendAll();
    await (navigator.locks ? navigator.locks.request("fieldveil-send", act) : act());
    await this.show();
  }

  async #sendAll() {
    const letters = await waiting();
    if (!letters.length) return;
    this.busy = true;
    try {
      await this.show();
      const living = (await keys())?.living;
      for (const letter of letters) {
        // Said before it is sent: a letter whose key is gone would be a promise that nobody can keep. Before its day a
        // key is not gone: a server that does not know it, as after a restore, has to find it again.
        const isGone = living && !living.has(letter.keyId) && letter.opensUntil < today();
        if (isGone) this.lost.add(letter.letterId);
        else if (!(await this.#sendOne(letter))) break;
      }
    } finally {
      this.busy = false;
    }
  }

  // False when there is no network: the others wait as well.
  async #sendOne(letter) {
    const answer = await post(letter);
    if (!answer) return false;
    this.answer = answer.status === STORED ? "" : answer.message || "";
    if (answer.isLate) this.late = answer.message;
    if (answer.status === STORED) await remove(letter.letterId);
    if (answer.status === GONE) this.lost.add(letter.letterId);
    return true;
  }

  async #removeLost() {
    for (const letterId of this.lost) await remove(letterId);
    this.lost.clear();
    await this.show();
  }

  async show() {
    const letters = await waiting();
    const good = letters.filter((letter) => !this.lost.has(letter.letterId));
    const parts = [];
    if (good.length) {
      const first = good.map((letter) => letter.opensUntil).sort()[0];
      const lines = [say("waiting", { n: good.length }), say("until", { day: day(first) }), this.answer];
      parts.push(element("div.note", ...lines.map((line) => element("div", line)), this.#sendButton()));
    }
    if (letters.length > good.length) {
      const text = `${say("lost", { n: letters.length - good.length })} ${say("lost_do")}`;
      parts.push(element("div.note.bad", element("div", text), button(say("remove"), () => this.#removeLost())));
    }
    if (this.late) parts.push(element("div.note.bad", this.late));
    this.place.replaceChildren(...parts);
  }

  #sendButton() {
    const made = button(this.busy ? say("sending") : say("send_now"), () => this.send());
    made.disabled = this.busy;
    return made;
  }
}
