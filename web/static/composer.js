/** The field in which a question is written, the day and the libraries it is asked for. What is typed is kept for this tab. */

import { all } from "./api.js";
import { byId, h } from "./dom.js";
import { count, day, number, plain, today } from "./words.js";

const person = document.body.dataset.person || "";
const DRAFT = `draft:${person}`;

const PLACEHOLDERS = {
  checklist: "What is the checklist for?",
  case_note: "What happened in the case? Your words are taken over as you write them.",
};

/** A draft of somebody else who was signed in here before is nobody's business. */
function forgetOthers() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("draft:") && key !== DRAFT) sessionStorage.removeItem(key);
}

export class Composer {
  /** @param {{onAsk: (question: import("./types.js").Question) => void, onStop: () => void, lastQuestion: () => string}} hooks */
  constructor({ onAsk, onStop, lastQuestion }) {
    this.field = /** @type {HTMLTextAreaElement} */ (byId("question"));
    this.date = /** @type {HTMLInputElement} */ (byId("as-of"));
    this.choices = byId("choices");
    this.lastQuestion = lastQuestion;
    this.onAsk = onAsk;
    /** @type {string[]} */
    this.libraries = [];
    this.running = false;
    forgetOthers();
    this.field.value = sessionStorage.getItem(DRAFT) || "";
    this.field.addEventListener("input", () => this.keep());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.usual = this.field.placeholder;
    for (const radio of this.modes) radio.addEventListener("change", () => this.tellMode());
    this.date.addEventListener("change", () => this.tellChoices());
    byId("ask").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.send();
    });
    byId("stop").addEventListener("click", onStop);
    for (const [id, target] of [
      ["show-as-of", "as-of"],
      ["show-libraries", "libraries"],
    ]) {
      byId(id).addEventListener("click", () => this.toggleChoices(byId(target)));
    }
    this.tellChoices();
    byId("send").disabled = false; // before, the form would only load the page again
  }

  /** @returns {HTMLInputElement[]} */
  get modes() {
    return [...document.querySelectorAll("#modes input")];
  }

  /** @returns {string} answer, checklist or case_note */
  get mode() {
    return this.modes.find((radio) => radio.checked)?.value || "answer";
  }

  /** @param {string} mode */
  choose(mode) {
    for (const radio of this.modes) radio.checked = radio.value === mode;
    this.tellMode();
  }

  tellMode() {
    this.field.placeholder = PLACEHOLDERS[/** @type {keyof typeof PLACEHOLDERS} */ (this.mode)] || this.usual;
  }

  /** Not where it would raise a keyboard over the page. */
  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus();
  }

  keep() {
    sessionStorage.setItem(DRAFT, this.field.value);
    byId("too-long").textContent = this.excess();
  }

  /** Nothing is cut off unseen: what is too long is said, and not sent. */
  excess() {
    const limit = Number(this.field.dataset.limit);
    const length = this.field.value.trim().length;
    return length > limit
      ? `The question has ${number(length)} characters; at most ${number(limit)} can be read. Shorten it to the question and the facts that matter.`
      : "";
  }

  /** @param {string} text @param {boolean} [focus] */
  write(text, focus = true) {
    this.field.value = text;
    this.keep();
    if (!focus) return;
    this.field.focus();
    this.field.setSelectionRange(text.length, text.length);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    } else if (event.key === "ArrowUp" && !this.field.value && this.lastQuestion()) {
      event.preventDefault();
      this.write(this.lastQuestion());
    }
  }

  send() {
    const text = this.field.value.trim();
    if (!text || this.running || this.excess()) {
      this.field.focus();
      return;
    }
    this.onAsk({ question: text, ...this.chosen() });
  }

  /** @returns {{asOf: string | null, libraries: string[] | null, mode: string}} null: today; all that the caller may read */
  chosen() {
    const ticked = [...this.choices.querySelectorAll("#libraries input:checked")].map((box) => /** @type {HTMLInputElement} */ (box).value);
    const isAll = !ticked.length || ticked.length === this.libraries.length;
    return { asOf: this.date.value && this.date.value !== today() ? this.date.value : null, libraries: isAll ? null : ticked, mode: this.mode };
  }

  /** The question was taken. */
  clear() {
    this.write("", false);
    this.choose("answer");
  }

  reset() {
    this.date.value = "";
    this.choose("answer");
    for (const box of this.choices.querySelectorAll("input[type=checkbox]")) /** @type {HTMLInputElement} */ (box).checked = true;
    this.tellChoices();
  }

  /** @param {boolean} running @param {string | null} holds  why a person has to decide first */
  setRunning(running, holds) {
    const hadFocus = document.activeElement === byId("send") || document.activeElement === byId("stop");
    this.running = running;
    byId("send").disabled = holds !== null;
    byId("send").hidden = running && holds === null;
    byId("stop").hidden = !running || holds !== null;
    byId("holds").hidden = holds === null;
    byId("holds-why").textContent = holds || "";
    byId("stop").disabled = false;
    byId("stop").textContent = "Stop";
    if (hadFocus) this.field.focus();
  }

  stopping() {
    byId("stop").disabled = true;
    byId("stop").textContent = "Stopping";
  }

  /** @param {HTMLElement} target */
  toggleChoices(target) {
    const isOpening = this.choices.hidden;
    this.choices.hidden = !isOpening;
    for (const id of ["show-as-of", "show-libraries"]) byId(id).setAttribute("aria-expanded", String(isOpening));
    if (isOpening) /** @type {HTMLElement} */ (target.matches("input") ? target : target.querySelector("input") || this.date).focus();
  }

  get choicesOpen() {
    return !this.choices.hidden;
  }

  tellChoices() {
    const { asOf, libraries } = this.chosen();
    const dayButton = byId("show-as-of");
    dayButton.textContent = asOf ? `Policy as of ${day(asOf)}` : "Policy as of today";
    dayButton.classList.toggle("set", Boolean(asOf));
    const shelfButton = byId("show-libraries");
    shelfButton.textContent = libraries
      ? `Only ${libraries.length === 1 ? plain(libraries[0]) : count(libraries.length, "library", "libraries")}`
      : "All my libraries";
    shelfButton.classList.toggle("set", Boolean(libraries));
  }

  /** Fills in what this person may read. @returns {Promise<{documents: number, libraries: string[]}>} */
  async loadLibraries() {
    const documents = await all("/documents");
    this.libraries = [...new Set(documents.map((document) => document.library))].sort();
    byId("libraries").replaceChildren(
      ...this.libraries.map((name) =>
        h("label", {}, h("input", { type: "checkbox", value: name, checked: true, on: { change: () => this.tellChoices() } }), plain(name)),
      ),
    );
    return { documents: documents.length, libraries: this.libraries };
  }
}
