/** What the answer said, and the evidence as it was when the run read it: the text, with its edition. */

import { visible } from "../arguments.js";
import { unquoted } from "../claims.js";
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
    source.text
      ? h(isResult(source) ? "blockquote.mono" : "blockquote", {}, visible(source.text))
      : h("p.small.warned", {}, "Its text is no longer kept as it was then."),
  );
}

/** @param {number} ref */
const reference = (ref) => h("a.ref", { href: `#source-${ref}`, "aria-label": `Source ${ref}` }, String(ref));

/** @param {import("./types.js").ToldClaim} claim */
const claim = ({ text, citations, quote }) =>
  h("li", {}, quote ? `“${unquoted(visible(text))}”` : visible(text), ...citations.map(reference));

/** @param {import("./types.js").RunStory} story */
function telling({ run: { answer, reason } }) {
  if (answer) return [h("h2", {}, "What was told"), h("ol.told-claims", { role: "list" }, ...answer.claims.map(claim))];
  return reason ? [h("h2", {}, "What was told instead of an answer"), h("p.told-claims", {}, visible(reason))] : [];
}

/** @param {import("./types.js").RunStory} story */
export function evidenceSection(story) {
  const { evidence } = story;
  const told = telling(story);
  if (!told.length && !evidence.length) return null;
  const cited = evidence.filter((source) => source.cited);
  const others = evidence.filter((source) => !source.cited);
  const list = (/** @type {Evidence[]} */ sources) => h("ol.sources", { role: "list" }, ...sources.map(item));
  const rest = cited.length
    ? h("details", {}, h("summary.small.muted", {}, `${count(others.length, "source")} that it read and did not cite`), list(others))
    : list(others);
  const sources = evidence.length
    ? [
        h("h2", {}, "Evidence as it was"),
        h("p.small.muted", {}, `${count(evidence.length, "source")}, with the words that were read then.`),
        cited.length > 0 && list(cited),
        others.length > 0 && rest,
      ]
    : [];
  return h("section.card.pad", { "aria-label": "Answer and evidence" }, ...told, ...sources);
}
