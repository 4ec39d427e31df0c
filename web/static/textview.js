/** A document without pages: its text as a sheet, headings from the section paths, the passage marked. */

import { h } from "./dom.js";

/**
 * @param {{edition_id: string, title: string, items: {chunk_id: string, section: string[], text: string, marked: boolean}[]}} text
 * @param {{chunkId?: string | null, range?: import("./types.js").Range | null}} [how]
 */
export function textSheet(text, { chunkId = null, range = null } = {}) {
  const sheet = h("div.sheet", {});
  /** @type {string[]} */
  let before = [];
  for (const item of text.items) {
    sheet.append(...headings(before, item.section));
    before = item.section;
    const isMarked = item.marked || item.chunk_id === chunkId;
    sheet.append(isMarked ? marked(item.text, range) : h("p", {}, item.text));
  }
  return h("div.view", { tabindex: "0", role: "group", "aria-label": `Text of ${text.title}` }, sheet);
}

/** The headings that begin here: what differs from the path before. @param {string[]} before @param {string[]} section */
function headings(before, section) {
  let same = 0;
  while (same < before.length && same < section.length && before[same] === section[same]) same += 1;
  return section.slice(same).map((name, index) => h(same + index === 0 ? "h3" : "h4", {}, name));
}

/** @param {string} text @param {import("./types.js").Range | null} range */
function marked(text, range) {
  if (!range) return h("p.around", {}, h("mark", {}, text));
  const characters = [...text];
  const part = (/** @type {number} */ from, /** @type {number | undefined} */ to = undefined) => characters.slice(from, to).join("");
  return h("p.around", {}, part(0, range[0]), h("mark", {}, part(range[0], range[1])), part(range[1]));
}

/** Brings the mark into view, a third from the top. @param {HTMLElement} mark */
export function toMark(mark) {
  const view = /** @type {HTMLElement} */ (mark.closest(".view"));
  view.scrollTop += mark.getBoundingClientRect().top - view.getBoundingClientRect().top - view.clientHeight / 3;
}
