/** What is said beside an answer: that it only quotes, and where documents disagree. */

import { button, h } from "./dom.js";
import { day } from "./words.js";

/**
 * @param {{quotes_only?: boolean, conflicts?: {claim: number, statements: {ref: number, text: string}[]}[], sources: any[]}} answer
 * @param {(ref: number) => void} open
 * @returns {HTMLElement[]}
 */
export function besides(answer, open) {
  const notes = (answer.conflicts || []).map((conflict) => disagreement(conflict, answer.sources, open));
  if (answer.quotes_only)
    notes.unshift(
      h("p.besides", { role: "note" }, "Quoted word for word: no sentence that was written for this question could be checked against the sources."),
    );
  return notes;
}

/** Both sides, each with its document, edition and day. @param {{statements: {ref: number, text: string}[]}} conflict @param {any[]} sources @param {(ref: number) => void} open */
function disagreement(conflict, sources, open) {
  const rows = conflict.statements.map(({ ref, text }) => {
    const source = sources.find((each) => each.ref === ref);
    return h("li", {}, h("q", {}, text), " ", source ? button(`${titleOf(source)} [${ref}]`, () => open(ref), "quiet") : `[${ref}]`);
  });
  return h(
    "div.besides",
    { role: "note" },
    h("b", {}, "The documents disagree here."),
    h("ul", { role: "list" }, ...rows),
    h("p.small.muted", {}, "Both are in force. Please ask the owners of the policies which one counts."),
  );
}

/** @param {any} source */
function titleOf(source) {
  return `${source.title}, edition ${source.version} of ${day(source.effective_from)}`;
}
