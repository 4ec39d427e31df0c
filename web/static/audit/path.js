/** The way a run took through the state machine, drawn: what it passed is filled, numbered and bold; the rest is dashed. */

import { picture, s } from "./svg.js";

const WIDTH = 300;
const HEIGHT = 304;
const BOX = { width: 112, height: 28 };

// The middle of each step's box. Documents are on the left, acts on the right.
/** @type {Record<string, [number, number]>} */
const PLACES = {
  screen: [150, 20],
  understand: [150, 68],
  retrieve: [64, 122],
  weigh: [64, 172],
  answer: [64, 222],
  act: [224, 122],
  sign: [224, 172],
  perform: [224, 222],
  record: [150, 284],
};

// Every step from one to the next that the machine knows, and how its line runs.
/** @type {[string, string, string][]} */
const WAYS = [
  ["screen", "understand", "M150 34V54"],
  ["understand", "retrieve", "M120 82V94H64V108"],
  ["understand", "act", "M180 82V94H224V108"],
  ["retrieve", "weigh", "M64 136V158"],
  ["weigh", "answer", "M64 186V208"],
  ["answer", "record", "M64 236V254H136V270"],
  ["act", "sign", "M224 136V158"],
  ["sign", "perform", "M224 186V208"],
  ["perform", "act", "M280 222H290V122H280"],
  ["act", "record", "M168 122H156V270"],
  ["weigh", "record", "M120 172H146V270"],
  ["understand", "record", "M150 82V270"],
  ["screen", "record", "M94 20H4V284H94"],
];

/** @param {string[]} path @returns {string} */
const told = (path) => (path.length ? `The run passed: ${path.join(", then ")}.` : "Nothing is recorded of its path.");

/** @param {string[]} path  names of steps, in the order of passing @returns {SVGElement} */
export function drawPath(path) {
  /** @type {Map<string, number[]>} */
  const passed = new Map();
  path.forEach((name, index) => passed.set(name, [...(passed.get(name) || []), index + 1]));
  const taken = new Set(path.slice(1).map((name, index) => `${path[index]} ${name}`));
  const isTaken = (/** @type {[string, string, string]} */ [from, to]) => taken.has(`${from} ${to}`);
  const lines = [...WAYS].sort((a, b) => Number(isTaken(a)) - Number(isTaken(b)));
  return picture(
    "path",
    WIDTH,
    HEIGHT,
    told(path),
    ...lines.map((way) => s(`path.way${isTaken(way) ? ".taken" : ""}`, { d: way[2] })),
    ...Object.entries(PLACES).map(([name, place]) => box(name, place, passed.get(name) || [])),
  );
}

/** @param {string} name @param {[number, number]} middle @param {number[]} turns  when it was passed */
function box(name, [x, y], turns) {
  const { width, height } = BOX;
  const label = turns.length ? `${turns.join(", ")} · ${name}` : name;
  return s(
    `g.node${turns.length ? ".taken" : ""}`,
    {},
    s("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 6 }),
    s("text", { x, y: y + 4, "text-anchor": "middle" }, label),
  );
}
