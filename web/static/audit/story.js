/** The timeline: one sentence for each record, with its exact time; what the record holds opens underneath. */

import { visible } from "../arguments.js";
import { chip, h } from "../dom.js";
import { number } from "../words.js";
import { date, exact, lasting } from "./words.js";

const PAUSE_S = 20; // from this long on, the time between two steps is told

// Steps of which a reader should take note, by the kind of their record.
/** @type {Record<string, string>} */
const MARKS = {
  "approval.required": "wait",
  "approval.requested": "wait",
  "run.paused": "wait",
  "approval.rejected": "stop",
  "approval.voided": "stop",
  "approval.expired": "stop",
  "effect.refused": "stop",
  "effect.unknown": "stop",
  refused: "stop",
  error: "stop",
};

/** @typedef {import("./types.js").Step} Step */

/** @param {any} value */
const said = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** @param {Step} step @returns {HTMLElement | null} */
function record({ record: name, data, kind }) {
  const held = Object.entries(data || {}).filter(([, value]) => value !== null && value !== "");
  if (!name && !held.length) return null;
  const rows = held.flatMap(([key, value]) => [h("dt", {}, key.replaceAll("_", " ")), h("dd", {}, visible(said(value)))]);
  return h(
    "details.record",
    {},
    h("summary.small", {}, name ? `Record ${number(name.seq)}` : "More"),
    h(
      "dl.kv",
      {},
      h("dt", {}, "Kind"),
      h("dd.mono", {}, kind),
      ...(name ? [h("dt", {}, "Stream"), h("dd.mono", {}, name.stream), h("dt", {}, "Hash"), h("dd.mono", {}, name.hash)] : []),
      ...rows,
    ),
  );
}

/** The first word is what happened. @param {string} title */
function headline(title) {
  const [first, ...rest] = visible(title).split(" ");
  return [h("b", {}, first), rest.length ? ` ${rest.join(" ")}` : ""];
}

/** @param {string} reason */
const alteration = (reason) => h("p.alteration", {}, chip("ALTERED", "stop"), ` ${reason}`);

/** @param {Step} step */
function line(step) {
  const mark = step.record && !step.record.intact ? "altered" : MARKS[step.kind] || "";
  const named = step.record ? { "data-stream": step.record.stream, "data-seq": step.record.seq } : {};
  return h(
    `li.step${mark && `.${mark}`}`,
    named,
    h("time.mono", { datetime: step.at }, exact(step.at)),
    h("p.what", {}, ...headline(step.title)),
    step.record && !step.record.intact && alteration("What the record holds no longer gives its hash."),
    (step.text || step.detail) &&
      h("div.small.muted.said", {}, ...[step.text, step.detail].map((text) => text && h("p", {}, visible(text)))),
    record(step),
  );
}

/** What stands between two steps: a new day, or a long time. @param {Step | undefined} before @param {Step} step */
function between(before, step) {
  const day = date(step.at);
  if (!before || date(before.at) !== day) return h("li.between.small.muted", {}, day);
  const seconds = (new Date(step.at).getTime() - new Date(before.at).getTime()) / 1000;
  return seconds >= PAUSE_S ? h("li.between.small.muted", {}, `${lasting(seconds)} later`) : null;
}

/** @param {Step[]} steps  oldest first */
export function timeline(steps) {
  const lines = steps.flatMap((step, index) => [between(steps[index - 1], step), line(step)]);
  return h("ol.story", { role: "list" }, ...lines);
}

/** Marks the steps whose record was found altered. @param {HTMLElement} place @param {import("./types.js").Fault[]} faults */
export function markAltered(place, faults) {
  for (const step of place.querySelectorAll("li.step")) {
    const { stream, seq } = /** @type {HTMLElement} */ (step).dataset;
    const fault = faults.find((each) => each.stream === stream && String(each.seq) === seq);
    if (!fault || step.classList.contains("altered")) continue;
    step.classList.add("altered");
    step.querySelector(".what")?.after(alteration(fault.reason));
  }
}
