/** What the answer said, and the evidence as it was when the run read it: the text, with its edition. */

import { visible } from "../arguments.js";
import { chip, h } from "../dom.js";
import { count, day, edition, isResult, place, titleOf } from "../words.js";

/** @typedef {import("./types.js").Evidence} Evidence */

/** @param {Evidence} source */
function item(source) {
  const from = isResult(source)
    ? [source.tool]
    : [source.version && edition(source.version), source.effective_from && `in force from ${day(source.effective_from)}`, source.library];
  return h(
    "li.source-text",
    { id: `source-${source.ref}`, tabindex: "-1" },
    h(
      "div.line",
      {},
      h("span.ref", { "aria-hidden": "true" }, String(source.ref)),
      h("b", {}, h("span.vh", {}, `Source ${source.ref}: `), titleOf(source)),
      h("span.small.muted", {}, place(source)),
      source.cited && chip("cited", "ok"),
      source.as_it_was === false && chip(source.text === null ? "not as it was" : "as it is now", "stop"),
    ),
    h("p.small.muted", {}, from.filter(Boolean).join(" · ")),
    source.text ? h("blockquote", {}, visible(source.text)) : h("p.small.warned", {}, "Its text is no longer kept as it was then."),
  );
}

/** @param {import("./types.js").RunStory} story */
function telling({ run }) {
  const sentences = (run.answer || "").split("\n").filter(Boolean);
  if (!sentences.length && !run.reason) return [];
  return [
    h("h2", {}, sentences.length ? "What was told" : "What was told instead of an answer"),
    h("div.told-claims", {}, ...(sentences.length ? sentences : [run.reason || ""]).map((text) => h("p", {}, visible(text)))),
  ];
}

/** @param {import("./types.js").RunStory} story */
export function evidenceSection(story) {
  const { evidence } = story;
  const told = telling(story);
  if (!told.length && !evidence.length) return null;
  const sorted = [...evidence].sort((a, b) => Number(b.cited) - Number(a.cited) || a.ref - b.ref);
  const sources = evidence.length
    ? [
        h("h2", {}, "Evidence as it was"),
        h("p.small.muted", {}, `${count(evidence.length, "source")}, with the words that were read then.`),
        h("ol.sources", { role: "list" }, ...sorted.map(item)),
      ]
    : [];
  return h("section.card.pad", { "aria-label": "Answer and evidence" }, ...told, ...sources);
}
