/** What a run was made with: model, prompts, catalogue, thresholds, tokens. */

import { h } from "../dom.js";
import { capital } from "../states.js";
import { count, number, plain } from "../words.js";
import { short } from "./words.js";

const NAMES = { model: "Model", prompts: "Prompts", catalogue: "Catalogue", thresholds: "Thresholds" };

const DIGEST = /^[0-9a-f]{16,}$/;
const isNone = (/** @type {any} */ value) => value === null || value === undefined || value === "" || value.length === 0;

/** @param {any} value @returns {string} understand 7, act 4 */
function said(value) {
  if (isNone(value)) return "none";
  if (Array.isArray(value)) return value.map(said).join(", ");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, version]) => `${plain(name)} ${said(version)}`)
      .join(", ");
  if (typeof value === "number") return number(value);
  return DIGEST.test(value) ? short(value) : String(value);
}

/** @param {Record<string, any> | null} usage */
function tokens(usage) {
  if (!usage) return "none";
  const total = (usage.input_tokens || 0) + (usage.output_tokens || 0);
  const calls = usage.calls ? ` in ${count(usage.calls, "call")}` : "";
  return total ? `${number(total)}${calls} (${number(usage.input_tokens)} read, ${number(usage.output_tokens)} written)` : "none";
}

/** @param {import("./types.js").RunStory} story */
export function madeWith({ versions, usage }) {
  const known = Object.keys(NAMES);
  const others = Object.keys(versions).filter((name) => !known.includes(name));
  const rows = [...known, ...others]
    .filter((name) => name === "model" || !isNone(versions[name]))
    .map((name) => [/** @type {any} */ (NAMES)[name] || capital(plain(name)), said(versions[name]), String(versions[name])]);
  return h(
    "dl.kv.made",
    {},
    ...[...rows, ["Tokens", tokens(usage), ""]].flatMap(([name, value, whole]) => [
      h("dt", {}, name),
      h("dd", { title: DIGEST.test(whole) ? whole : null }, value),
    ]),
  );
}
