/** What the service is doing, in words: three steps of an answer, or a line for each call where the turn acts. */

import { h } from "./dom.js";

const STEP_OF = { screen: 0, understand: 0, retrieve: 1, weigh: 1, answer: 2, check: 2 };
const NOW = ["Reading your question", "Searching the documents you can read", "Writing, each sentence checked"];
const LATER = ["Understand", "Search", "Check"];
const PREPARING = "Finding out what this needs";
const WAITING = {
  asked: "the service to take the question",
  "run.started": "its turn: other questions are being answered first",
  screen: "the question to be read",
  understand: "the question to be understood",
  retrieve: "the search over the documents you can read",
  weigh: "the passages to be weighed",
  act: "the bank’s system",
  answer: "the next sentence: each one is checked before it is shown",
  check: "the check against the sources",
};

/** @typedef {"todo" | "now" | "done" | "wrong"} State */

/** @param {string} text @param {State} state */
function newRow(text, state) {
  const words = h("span", {}, text);
  return { words, row: h(`li.${state}`, {}, h("i", { "aria-hidden": "true" }), words) };
}

export class Stages {
  constructor() {
    this.element = h("ol.stages", { role: "list", "aria-label": "Progress" });
    this.steps = LATER.map((text) => newRow(text, "todo"));
    this.element.append(...this.steps.map((step) => step.row));
    this.done = ["Understood", "Passages found", "Checked against its sources"];
    /** Of the acting branch, by what each is about. @type {Map<string, {words: HTMLElement, row: HTMLElement}>} */
    this.lines = new Map();
    this.reached = 0;
    /** What the search has to say for itself, such as what the glossary added. */
    this.remark = "";
    this.current = "asked";
    this.ended = false;
    this.show(0, "now");
  }

  /** What is being waited for, as the end of a sentence. */
  get waitingFor() {
    return WAITING[/** @type {keyof typeof WAITING} */ (this.current)] || WAITING.asked;
  }

  /** @param {number} step @param {"todo" | "now" | "done"} state */
  show(step, state) {
    const { row, words } = this.steps[step];
    row.hidden = false;
    row.className = state;
    words.textContent = { todo: LATER, now: NOW, done: this.done }[state][step];
  }

  started() {
    this.current = "run.started";
  }

  /** @param {string} name @param {string} status @param {string | null} [detail] @returns {string | null} what to announce: the step that began */
  stage(name, status, detail) {
    if (name === "retrieve" && detail) this.remark = detail;
    if (name === "act") return this.act(status);
    const step = STEP_OF[/** @type {keyof typeof STEP_OF} */ (name)];
    if (step === undefined || step < this.reached) return null;
    if (status === "started") this.current = name;
    const isNew = step > this.reached;
    for (let earlier = 0; earlier < step; earlier += 1) this.show(earlier, "done");
    this.reached = step;
    this.show(step, "now");
    return isNew ? NOW[step] : null;
  }

  /** Steps that an act does not have leave the list; they come back should the documents be searched after all. @param {string} status */
  act(status) {
    this.current = "act";
    this.show(0, "done");
    for (const { row } of this.steps.slice(1)) if (!row.classList.contains("done")) row.hidden = true;
    if (status === "finished" || this.lines.size) {
      this.drop("act");
      return null;
    }
    this.line("act", PREPARING, "now");
    return PREPARING;
  }

  /** Sets the line about `key`, the newest last. @param {string} key @param {string} text @param {State} state */
  line(key, text, state) {
    if (key !== "act") this.drop("act");
    const known = this.lines.get(key);
    if (!known) {
      const made = newRow(text, state);
      this.lines.set(key, made);
      this.element.append(made.row);
      return;
    }
    known.row.className = state;
    known.words.textContent = text;
  }

  /** @param {string} key */
  drop(key) {
    this.lines.get(key)?.row.remove();
    this.lines.delete(key);
  }

  /** @param {string} found  5 passages from 2 documents */
  found(found) {
    this.done[1] = this.remark ? `${found}. ${this.remark}` : found;
    for (let step = 0; step < 2; step += 1) this.show(step, "done");
  }

  /** The run has ended: what was not done is not listed. @param {boolean} checked */
  end(checked) {
    this.ended = true;
    this.drop("act");
    for (const [key, { row }] of this.lines) if (row.classList.contains("now")) this.drop(key);
    this.steps.forEach((step, index) => {
      const isDone = !step.row.hidden && (checked || step.row.classList.contains("done"));
      if (isDone) this.show(index, "done");
      else step.row.remove();
    });
    if (!this.element.childElementCount) this.element.remove();
  }
}
