/** What the service is doing, in three steps, in words. */

import { h } from "./dom.js";

const STEP_OF = { screen: 0, understand: 0, retrieve: 1, weigh: 1, act: 2, answer: 2, check: 2 };
const NOW = ["Reading your question", "Searching the documents you can read", "Writing, each sentence checked"];
const LATER = ["Understand", "Search", "Check"];
const WAITING = {
  asked: "the service to take the question",
  "run.started": "its turn: other questions are being answered first",
  screen: "the question to be read",
  understand: "the question to be understood",
  retrieve: "the search over the documents you can read",
  weigh: "the passages to be weighed",
  act: "the bank’s systems",
  answer: "the next sentence: each one is checked before it is shown",
  check: "the check against the sources",
};

export class Stages {
  constructor() {
    this.element = h("ol.stages", { role: "list", "aria-label": "Progress" });
    this.steps = LATER.map((text) => {
      const words = h("span", {}, text);
      return { words, row: h("li.todo", {}, h("i", { "aria-hidden": "true" }), words) };
    });
    this.element.append(...this.steps.map((step) => step.row));
    this.done = ["Understood", "Passages found", "Checked against its sources"];
    this.reached = 0;
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
    row.className = state;
    words.textContent = { todo: LATER, now: NOW, done: this.done }[state][step];
  }

  started() {
    this.current = "run.started";
  }

  /** @param {string} name @param {string} status @returns {string | null} what to announce: the step that began */
  stage(name, status) {
    const step = STEP_OF[/** @type {keyof typeof STEP_OF} */ (name)];
    if (step === undefined || step < this.reached) return null;
    if (status === "started") this.current = name;
    const isNew = step > this.reached;
    for (let earlier = 0; earlier < step; earlier += 1) this.show(earlier, "done");
    this.reached = step;
    this.show(step, "now");
    return isNew ? NOW[step] : null;
  }

  /** @param {string} found  5 passages from 2 documents */
  found(found) {
    this.done[1] = found;
    for (let step = 0; step < 2; step += 1) this.show(step, "done");
  }

  /** The run has ended: what was not done is not listed. @param {boolean} checked */
  end(checked) {
    this.ended = true;
    this.steps.forEach((step, index) => {
      const isDone = checked || step.row.classList.contains("done");
      if (isDone) this.show(index, "done");
      else step.row.remove();
    });
    if (!this.element.childElementCount) this.element.remove();
  }
}
