/** A column for each day, stacked by kind. Each kind has a pattern of its own beside its colour, in the same order everywhere. */

import { h } from "../dom.js";
import { day, number } from "../words.js";
import { picture, s } from "./svg.js";
import { figures } from "./table.js";

const WIDTH = 1080;
const HEIGHT = 240;
const LEFT = 44;
const TOP = 12;
const BOTTOM = 212;
const GAP = 0.25; // of a column's room
const LABELS = 10; // days named under the columns, at most
const MOST_DAYS = 400; // a column needs at least two units of width

/** @typedef {{key: string, label: string}} Kind */
/** @typedef {Record<string, any> & {day: string}} Row */

let plots = 0;

// Solid, dots, lines rising, a grid, lines falling, lines level: told apart also in grey.
const MARKS = [
  [],
  [s("circle", { cx: 4, cy: 4, r: 1.8 })],
  [s("path", { d: "M-2 10L10 -2" })],
  [s("path", { d: "M0 4H8M4 0V8" })],
  [s("path", { d: "M-2 -2L10 10" })],
  [s("path", { d: "M0 4H8" })],
];

/** @param {string} id @param {number} index */
const pattern = (id, index) =>
  s(
    `pattern.kind-${index}`,
    { id: `${id}-${index}`, width: 8, height: 8, patternUnits: "userSpaceOnUse" },
    s("rect.ground", { width: 8, height: 8 }),
    ...MARKS[index].map((mark) => mark.cloneNode(true)),
  );

/** A round number not below `value`, with a whole half. @param {number} value */
function ceiling(value) {
  if (value <= 10) return Math.max(4, Math.ceil(value / 2) * 2);
  const unit = 10 ** Math.floor(Math.log10(value));
  return [1, 1.6, 2, 3, 4, 5, 6, 8].map((step) => step * unit).find((each) => each >= value) || 10 * unit;
}

/** Every day from the first to the last, also those without any. @param {Row[]} rows @returns {Row[]} */
function everyDay(rows) {
  const known = new Map(rows.map((row) => [row.day, row]));
  const days = [...known.keys()].sort();
  /** @type {Row[]} */
  const all = [];
  for (const at = new Date(`${days[0]}T00:00:00Z`); all.length < MOST_DAYS; at.setUTCDate(at.getUTCDate() + 1)) {
    const name = at.toISOString().slice(0, 10);
    all.push(known.get(name) || { day: name });
    if (name >= days[days.length - 1]) break;
  }
  return all;
}

/** @param {Row} row @param {Kind[]} kinds */
const total = (row, kinds) => kinds.reduce((sum, { key }) => sum + (row[key] || 0), 0);

/** @param {number} most */
function scale(most) {
  return [0, 0.5, 1].flatMap((part) => {
    const y = BOTTOM - part * (BOTTOM - TOP);
    return [
      s("line.grid", { x1: LEFT, x2: WIDTH, y1: y, y2: y }),
      s("text", { x: LEFT - 8, y: y + 4, "text-anchor": "end" }, number(Math.round(part * most))),
    ];
  });
}

/** @param {Row} row @param {Kind[]} kinds @param {{id: string, x: number, width: number, most: number}} where */
function column(row, kinds, { id, x, width, most }) {
  let y = BOTTOM;
  const parts = kinds.flatMap(({ key, label }, index) => {
    const height = ((row[key] || 0) / most) * (BOTTOM - TOP);
    if (!height) return [];
    y -= height;
    const props = { x: x.toFixed(1), y: y.toFixed(1), width: width.toFixed(1), height: height.toFixed(1), fill: `url(#${id}-${index})` };
    return [s(`rect.kind-${index}`, props, s("title", {}, `${day(row.day)}: ${number(row[key])} ${label.toLocaleLowerCase()}`))];
  });
  return s("g", {}, ...parts);
}

/** @param {string} id @param {Kind[]} kinds @param {Row[]} rows */
function legend(id, kinds, rows) {
  const items = kinds.map(({ key, label }, index) => {
    const sum = rows.reduce((all, row) => all + (row[key] || 0), 0);
    const swatch = s(
      `svg.swatch.kind-${index}`,
      { viewBox: "0 0 16 16", "aria-hidden": "true" },
      s("rect", { width: 16, height: 16, rx: 3, fill: `url(#${id}-${index})` }),
    );
    return h("li", {}, swatch, `${label} `, h("b", {}, number(sum)));
  });
  return h("ul.legend-list", { role: "list" }, ...items);
}

/** @param {string} title @param {Row[]} given @param {Kind[]} kinds @param {(day: string) => string} [link]  where a day's rows are listed */
export function stacks(title, given, kinds, link) {
  if (!given.some((row) => total(row, kinds))) return h("p.none.muted", {}, "None in these days.");
  const id = `plot-${(plots += 1)}`;
  const rows = everyDay(given);
  const most = ceiling(Math.max(...rows.map((row) => total(row, kinds))));
  const room = (WIDTH - LEFT) / rows.length;
  const width = Math.min(48, room * (1 - GAP));
  const every = Math.ceil(rows.length / LABELS);
  const middle = (/** @type {number} */ index) => LEFT + (index + 0.5) * room;
  const label = `${kinds.map(({ label: name, key }) => `${name} ${rows.reduce((sum, row) => sum + (row[key] || 0), 0)}`).join(", ")}; the figures of each day are in the table.`;
  const columns = rows.map((row, index) => column(row, kinds, { id, x: middle(index) - width / 2, width, most }));
  const names = rows.flatMap((row, index) =>
    index % every ? [] : [s("text", { x: middle(index), y: BOTTOM + 20, "text-anchor": "middle" }, day(row.day).replace(/ \d{4}$/, ""))],
  );
  const defs = s("defs", {}, ...kinds.map((_, index) => pattern(id, index)));
  const table = [...rows]
    .reverse()
    .filter((row) => total(row, kinds))
    .map((row) => [
      link ? h("a", { href: link(row.day) }, day(row.day)) : day(row.day),
      ...kinds.map(({ key }) => number(row[key] || 0)),
      number(total(row, kinds)),
    ]);
  return h(
    "div",
    {},
    legend(id, kinds, rows),
    h(
      "div.sideways",
      { tabindex: "0", role: "region", "aria-label": `Plot: ${title}` },
      picture("stacks", WIDTH, HEIGHT, label, defs, ...scale(most), ...columns, ...names),
    ),
    figures(["Day", ...kinds.map((kind) => kind.label), "All"], table, `Figures: ${title}`),
  );
}
