/** Claims: released sentences with their numbered sources. */

import { h } from "./dom.js";
import { CELLS } from "./row.js";
import { nameOf } from "./words.js";

// Every figure of a released claim was found in its sources, so it may be bold. Numbers of sections and paragraphs are names, not figures.
const FIGURE =
  /(?:[$€£]\s?)?\b\d[\d.,]*\b(?:\s?%|\s(?:per\s?cent|percent|million|billion))?(?:\s(?:(?:business|calendar|working|banking)\s)?(?:days?|weeks?|months?|years?|hours?|minutes?))?/gi;
const NAME_BEFORE = /(?:§+|\b(?:sections?|paragraphs?|parts?|articles?|form|appendix|no\.|CFR|Regulation))\s*$/i;

/** @param {string} text @returns {(Node | string)[]} */
export function withFigures(text) {
  text = text.replace(/§ /g, "§\u00a0"); // the sign stays with its number
  const parts = [];
  let from = 0;
  for (const match of text.matchAll(FIGURE)) {
    const figure = match[0].replace(/[.,]+$/, "");
    const before = text.slice(0, match.index);
    const isName = NAME_BEFORE.test(before) || /[\w(.§-]$/.test(before) || /^[-\w]/.test(text.slice(match.index + figure.length));
    if (isName) continue;
    parts.push(text.slice(from, match.index), h("b", {}, figure));
    from = match.index + figure.length;
  }
  parts.push(text.slice(from));
  return parts;
}

/** Quotes come with marks of their own. @param {string} text */
export const unquoted = (text) => text.trim().replace(/^["“”'‘’]+|["“”'‘’]+$/g, "");

/** The numbers stay on the line of the last word. @param {(Node | string)[]} words @param {HTMLElement[]} refs */
function withRefs(words, refs) {
  const end = words.at(-1);
  const at = typeof end === "string" ? end.trimEnd().lastIndexOf(" ") + 1 : 0;
  if (typeof end !== "string" || refs.length > 3 || end.length - at > 24) return [...words, ...refs];
  return [...words.slice(0, -1), end.slice(0, at), h("span.refs", {}, end.slice(at), ...refs)];
}

export class ClaimList {
  /**
   * @param {(ref: number, claim: import("./types.js").Claim, opener: HTMLElement, byHand: boolean) => void} onOpen
   * @param {(ref: number) => import("./types.js").Source | null} sourceOf
   */
  constructor(onOpen, sourceOf) {
    this.onOpen = onOpen;
    this.sourceOf = sourceOf;
    /** @type {Map<number, {claim: import("./types.js").Claim, element: HTMLElement, withdrawn: boolean}>} */
    this.items = new Map();
    this.element = h("ol.claims", { role: "list", "aria-label": "Answer" });
  }

  get size() {
    return this.items.size;
  }
  get standing() {
    return [...this.items.values()].filter((item) => !item.withdrawn).map((item) => item.claim);
  }

  /** @param {import("./types.js").Claim} claim @returns {boolean} whether it is new */
  add(claim) {
    if (this.items.has(claim.index)) return false;
    const before = [...this.items.values()].at(-1);
    const startsQuotes = claim.quote && !before?.claim.quote;
    const refs = claim.citations.map((ref) => this.refButton(ref, claim));
    const text = claim.quote ? `“${unquoted(claim.text)}”` : claim.text;
    const isReply = claim.citations.some((ref) => this.sourceOf(ref)?.kind === "tool_result"); // dates and numbers of records, not figures
    const said = h(claim.quote ? "q.said" : "span.said", {}, ...withRefs(isReply ? [text] : withFigures(text), refs));
    const element = h("li.claim", { "data-index": claim.index }, startsQuotes && h("span.verbatim", {}, "Quoted word for word:"), said);
    element.addEventListener("click", (event) => {
      if (getSelection()?.toString() || /** @type {HTMLElement} */ (event.target).closest("button")) return;
      if (claim.citations.length && !this.items.get(claim.index)?.withdrawn) this.onOpen(claim.citations[0], claim, refs[0], false);
    });
    this.items.set(claim.index, { claim, element, withdrawn: false });
    this.element.append(element);
    return true;
  }

  /** @param {number} ref @param {import("./types.js").Claim} claim */
  refButton(ref, claim) {
    const name = nameOf(this.sourceOf(ref));
    const label = `Source ${ref}: ${name}`;
    const element = h(
      "button.ref",
      { type: "button", "data-ref": ref, "aria-label": label, title: name, "aria-pressed": "false" },
      String(ref),
    );
    element.addEventListener("click", () => this.onOpen(ref, claim, element, true));
    return element;
  }

  /** Shows a quoted row of a table below the names of its columns. @param {number} index @param {string[]} names */
  nameColumns(index, names) {
    const item = this.items.get(index);
    const said = item?.element.querySelector("q.said");
    if (!item || !said) return;
    const refs = [...said.querySelectorAll("button.ref")];
    const cells = unquoted(item.claim.text).split(CELLS);
    const head = h("thead", {}, h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name))));
    const body = h(
      "tbody",
      {},
      h("tr", {}, ...cells.map((cell, at) => h("td", { "data-label": names[at] }, h("span", {}, ...withFigures(cell))))),
    );
    said.replaceWith(h("div.said", {}, h("table", {}, head, body), ...refs));
  }

  /** Strikes a claim that did not hold, and says so. @param {number} index @param {string} why @returns {boolean} */
  withdraw(index, why) {
    const item = this.items.get(index);
    if (!item || item.withdrawn) return false;
    item.withdrawn = true;
    item.element.classList.add("withdrawn");
    const said = /** @type {HTMLElement} */ (item.element.querySelector(".said"));
    said.replaceWith(h("s.said", {}, item.claim.text));
    item.element.append(h("span.why", {}, `Withdrawn. Don’t rely on this sentence: ${why}`));
    return true;
  }

  /** Marks the claim and the number whose source is open; none with ref null. @param {number | null} ref @param {number | null} index */
  mark(ref, index) {
    for (const { claim, element } of this.items.values()) {
      element.classList.toggle("open", ref !== null && (index === null ? claim.citations.includes(ref) : claim.index === index));
      for (const number of element.querySelectorAll(".ref")) {
        const isOpen = Number(/** @type {HTMLElement} */ (number).dataset.ref) === ref;
        number.classList.toggle("open", isOpen);
        number.setAttribute("aria-pressed", String(isOpen));
      }
    }
  }
}
