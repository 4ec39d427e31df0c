/** A horizontal bar for each row, with its name and figure in words beside it. */

import { h } from "../dom.js";
import { number } from "../words.js";
import { s } from "./svg.js";
import { figures } from "./table.js";

const WIDTH = 400;
const HEIGHT = 14;
const MOST = 12; // rows drawn; the table has them all

/** @typedef {{label: string, value: number, note?: string, part?: number, href?: string}} Row  `part`: of the value, drawn hatched */

/** @param {Row} row @param {number} most */
function bar({ value, part = 0 }, most) {
  const to = (/** @type {number} */ size) => Math.max(size ? 2 : 0, Math.round((size / most) * WIDTH));
  return s(
    "svg.bar-row",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect.track", { width: WIDTH, height: HEIGHT, rx: 2 }),
    s("rect.full", { width: to(value), height: HEIGHT, rx: 2 }),
    part ? s("rect.hatch", { width: to(part), height: HEIGHT, rx: 2 }) : null,
    ...(part ? hatching(to(part)) : []),
  );
}

/** Lines over the part, so that it is told without its colour. @param {number} width */
function hatching(width) {
  const lines = [];
  for (let x = 4; x < width; x += 8) lines.push(s("line.stroke", { x1: x, x2: x, y1: 0, y2: HEIGHT }));
  return lines;
}

/** @param {Row[]} rows @param {string} name @param {string} unit */
export function bars(rows, name, unit) {
  if (!rows.some((row) => row.value)) return h("p.none.muted", {}, "None in these days.");
  const most = Math.max(...rows.map((row) => row.value));
  const lines = rows
    .slice(0, MOST)
    .map((row) =>
      h(
        "li",
        {},
        h(
          "span.label",
          {},
          row.href ? h("a", { href: row.href }, row.label) : row.label,
          row.note ? h("span.small.muted", {}, ` ${row.note}`) : null,
        ),
        h("b.value", {}, number(row.value)),
        bar(row, most),
      ),
    );
  const isNoted = rows.some((row) => row.note);
  const table = rows.map((row) => [row.label, number(row.value), ...(isNoted ? [row.note || ""] : [])]);
  return h(
    "div",
    {},
    h("ul.bars", { role: "list" }, ...lines),
    figures([name, unit, ...(isNoted ? ["Of these"] : [])], table, `Figures: ${unit.toLocaleLowerCase()} by ${name.toLocaleLowerCase()}`),
  );
}
