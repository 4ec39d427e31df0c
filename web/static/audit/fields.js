/** What runs can be looked for by: the names of the address's query, with the words and the field of each. */

import { all, asProblem } from "../api.js";
import { day, plain } from "../words.js";
import { OUTCOME_CHOICES, REASON_CHOICES, reason } from "./words.js";

/**
 * @typedef {object} Filter
 * @property {string} key
 * @property {string} label
 * @property {string[]} names  of the query's parameters
 * @property {string} [hint]
 * @property {string} [example]
 * @property {() => Promise<[string, string][]>} [known]  values that can be offered, with their words
 * @property {() => string[][]} [choices]  values and their words; none: free text
 * @property {(values: string[]) => string} say  the chip's words after its label
 */

const tools = /** @type {[string, string][]} */ (JSON.parse(document.getElementById("tools")?.dataset.tools || "[]"));
const nameOfTool = (/** @type {string} */ name) => tools.find(([each]) => each === name)?.[1] || plain(name);

/** People met on this page, by id. @type {Map<string, string>} */
export const people = new Map();

/** Documents that this person may read, by key; none where the list can't be had. @returns {Promise<[string, string][]>} */
async function documents() {
  try {
    return (await all("/documents")).map((/** @type {{key: string, title: string}} */ each) => [each.key, each.title]);
  } catch (error) {
    asProblem(error); // without the list, the key is typed
    return [];
  }
}

/** The id of who is meant by an id or a name. @param {string} text */
export function personCalled(text) {
  const named = [...people].filter(([, name]) => name.toLocaleLowerCase() === text.toLocaleLowerCase());
  return named.length === 1 ? named[0][0] : text;
}

/** @param {string[]} range */
function days([from, to]) {
  if (from && to) return from === to ? day(from) : `${day(from)} to ${day(to)}`;
  return from ? `from ${day(from)}` : `until ${day(to)}`;
}

/** @type {Filter[]} */
export const FILTERS = [
  {
    key: "user",
    label: "Person",
    names: ["user"],
    hint: "The person’s user name at the bank.",
    example: "anna",
    known: async () => [...people],
    say: ([id]) => people.get(id) || id,
  },
  { key: "dates", label: "Dates", names: ["from", "to"], hint: "Both days are included.", say: days },
  { key: "case", label: "Case", names: ["case"], hint: "The whole number of the case.", example: "C-1042", say: ([id]) => id },
  { key: "customer", label: "Customer", names: ["customer"], hint: "The whole customer number.", example: "31-7750", say: ([id]) => id },
  {
    key: "document",
    label: "Document",
    names: ["document"],
    hint: "The document’s key, as in the library.",
    example: "card-disputes",
    known: documents,
    say: ([key]) => key,
  },
  { key: "tool", label: "Tool", names: ["tool"], choices: () => tools, say: ([name]) => nameOfTool(name) },
  {
    key: "outcome",
    label: "Outcome",
    names: ["outcome"],
    choices: () => OUTCOME_CHOICES,
    say: ([name]) => OUTCOME_CHOICES.find(([each]) => each === name)?.[1] || name,
  },
  { key: "code", label: "Reason", names: ["code"], choices: () => REASON_CHOICES, say: ([code]) => reason(code) },
];

export const NAMES = FILTERS.flatMap((filter) => filter.names);

/** @param {string} tool */
export const toolTitle = nameOfTool;

/** The filters of an address, and nothing else of it. @param {string} search */
export function filtersOf(search) {
  const given = new URLSearchParams(search);
  return new URLSearchParams(NAMES.flatMap((name) => (given.get(name) ? [[name, String(given.get(name))]] : [])));
}
