/** A document without pages: its text as a sheet, headings from the section paths, tables as tables, the passage marked. */

import { h } from "./dom.js";
import { CELLS } from "./row.js";

const MARKER = /^\(?[\w.]{1,6}\)?$/; // the number of a paragraph, which its text has too

/** @typedef {{chunk_id: string, section: string[], text: string, marked: boolean}} Item */

/**
 * @param {{edition_id: string, title: string, items: Item[]}} text
 * @param {{chunkId?: string | null, range?: import("./types.js").Range | null}} [how]
 */
export function textSheet(text, { chunkId = null, range = null } = {}) {
  const sheet = h("div.sheet", {});
  /** @type {string[]} */
  let before = [];
  for (const item of text.items) {
    sheet.append(...headings(before, item));
    before = item.section;
    const isMarked = item.marked || item.chunk_id === chunkId;
    const parts = blocks(item.text, isMarked ? range || [0, Infinity] : null);
    sheet.append(...(isMarked ? [h("div.around", {}, ...parts)] : parts));
  }
  return h("div.view", { tabindex: "0", role: "group", "aria-label": `Text of ${text.title}` }, sheet);
}

/** The headings that begin here: what differs from the path before. @param {string[]} before @param {Item} item */
function headings(before, { section, text }) {
  let same = 0;
  while (same < before.length && same < section.length && before[same] === section[same]) same += 1;
  return section
    .map((name, level) => ({ name, level }))
    .slice(same)
    .filter(({ name, level }) => (level === 0 || !MARKER.test(name)) && !text.startsWith(name))
    .map(({ name, level }) => h(level === 0 ? "h3" : "h4", {}, name));
}

/** Paragraphs and tables of a passage. @param {string} text @param {import("./types.js").Range | null} range what to mark */
function blocks(text, range) {
  let offset = 0;
  const lines = text.split("\n").map((line) => {
    const start = offset;
    offset += [...line].length + 1; // the service counts code points
    return { line, start, isRow: line.includes(CELLS) };
  });
  const parts = [];
  for (let from = 0, to = 0; from < lines.length; from = to) {
    while (to < lines.length && lines[to].isRow === lines[from].isRow) to += 1;
    const group = lines.slice(from, to);
    if (group[0].isRow && group.length > 1) parts.push(table(group, range));
    else parts.push(h("p", {}, ...group.flatMap(({ line, start }, index) => [index ? "\n" : "", ...marked(line, start, range)])));
  }
  return parts;
}

/** The first row names the columns. @param {{line: string, start: number}[]} rows @param {import("./types.js").Range | null} range */
function table(rows, range) {
  const [head, ...body] = rows.map(({ line, start }, index) => {
    let at = start;
    const cells = line.split(CELLS).map((cell) => {
      const begin = at;
      at += [...cell].length + CELLS.length;
      return h(index ? "td" : "th", index ? {} : { scope: "col" }, ...marked(cell, begin, range));
    });
    return h("tr", {}, ...cells);
  });
  return h("div.wide", {}, h("table", {}, h("thead", {}, head), h("tbody", {}, ...body)));
}

/** A piece of text with the part of it that is in the range marked. @param {string} text @param {number} start @param {import("./types.js").Range | null} range */
function marked(text, start, range) {
  const characters = [...text];
  const from = Math.max(0, (range?.[0] ?? 0) - start);
  const to = Math.min(characters.length, (range?.[1] ?? 0) - start);
  if (from >= to) return [text];
  const part = (/** @type {number} */ a, /** @type {number} */ b) => characters.slice(a, b).join("");
  return [part(0, from), h("mark", {}, part(from, to)), part(to, characters.length)];
}

/** Brings the mark into view, a third from the top. @param {HTMLElement} mark */
export function toMark(mark) {
  const view = /** @type {HTMLElement} */ (mark.closest(".view"));
  view.scrollTop += mark.getBoundingClientRect().top - view.getBoundingClientRect().top - view.clientHeight / 3;
}
