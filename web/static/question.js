/** The head of a turn: the question as it was asked, and for which day and libraries. */

import { button, h } from "./dom.js";
import { day, plain, today } from "./words.js";

const LONG = 600; // characters; more is folded to six lines

const FORMS = { checklist: "As a checklist", case_note: "As a case note" };

let asked = 0;

/** @param {import("./types.js").Question} question @returns {HTMLElement} an article whose name is the question */
export function turnFrame({ question, asOf, libraries, mode }) {
  asked += 1;
  const id = `question-${asked}`;
  const title = h("h2", { id, tabindex: "-1" }, question);
  const terms = [
    FORMS[/** @type {keyof typeof FORMS} */ (mode || "")],
    asOf && asOf !== today() && `Policy as of ${day(asOf)}`,
    libraries?.length && `Only in ${libraries.map(plain).join(", ")}`,
  ];
  const said = terms.filter(Boolean).join(" · ");
  return h(
    "article.turn",
    { "aria-labelledby": id },
    title,
    question.length > LONG && unfold(title),
    said && h("p.asked.small.muted", {}, said),
  );
}

/** @param {HTMLElement} title */
function unfold(title) {
  title.classList.add("long");
  const show = () => {
    title.classList.remove("long");
    more.remove();
    title.focus();
  };
  const more = button("Show all of the question", show, "quiet more");
  return more;
}
