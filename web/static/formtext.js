/** A form as plain text, for an e-mail or the case file: with its sources, and with what the reader changed marked as such. */

import { cite } from "./basis.js";
import { BASIS, partsOf } from "./form.js";
import { day } from "./words.js";

/**
 * @param {any} form @param {any} answer @param {import("./turn.js").Turn} turn
 * @param {Map<string, string>} changed  the reader's own words by field @param {Set<string>} ticks
 */
export function asText(form, answer, turn, changed, ticks) {
  /** @param {any} field */
  const line = (field) => {
    const own = changed.get(field.id);
    const refs = field.citations.map((/** @type {number} */ ref) => `[${ref}]`).join("");
    const checked = `${said(field)}${refs ? ` ${refs}` : ""}`;
    const basis = BASIS[/** @type {keyof typeof BASIS} */ (field.basis)].toLowerCase();
    return own === undefined || own === field.text ? `${checked} (${basis})` : `${own} (changed by ${turn.reader}, not checked; was: ${checked})`;
  };
  const body =
    form.kind === "checklist"
      ? items(form, (field) => `[${ticks.has(field.id) ? "x" : " "}] ${line(field)}`)
      : [line(form.subject), ...partsOf(form).flatMap(([title, fields]) => (fields.length ? ["", title, ...fields.map((each) => `- ${line(each)}`)] : []))];
  const cited = new Set(answer.claims.flatMap((/** @type {any} */ claim) => claim.citations));
  return [
    form.kind === "checklist" ? form.title : "Case note",
    "",
    ...body,
    ...(form.left_out ? ["", `${form.left_out} left out: not supported by the sources.`] : []),
    "",
    "Sources",
    ...turn.sources.filter((source) => cited.has(source.ref)).map(cite),
    "",
    `Policy of ${day(answer.as_of)}. Written by an AI system from approved documents and checked against them, but for what is marked otherwise.`,
  ].join("\n");
}

/** @param {any} field */
function said(field) {
  const when = field.condition ? ` (${field.condition})` : "";
  const cells = (field.cells || []).map((/** @type {any} */ cell) => `${cell.name}: ${cell.text}`).join("; ");
  return `${field.mark && !cells ? `${field.mark} ` : ""}${cells || field.text}${when}`;
}

/** @param {any} form @param {(field: any) => string} line */
function items(form, line) {
  const lines = [];
  let group = null;
  let lead = null;
  for (const item of form.items) {
    if (item.group && item.group !== group) lines.push("", item.group);
    if (item.lead && item.lead !== lead) lines.push(item.lead);
    group = item.group;
    lead = item.lead;
    lines.push(line(item));
  }
  return lines;
}
