/** A request for a signature as it was: who asked, the fields that were seen, who decided what, and an edit as before and after. */

import { argumentList, visible } from "../arguments.js";
import { chip, h } from "../dom.js";
import { approvers, list, refusedBecause, stateOf } from "../states.js";
import { exact, lasting, moment, short } from "./words.js";

/** @typedef {import("./types.js").AuditedApproval} AuditedApproval */

const DID = { approve: "signed", reject: "did not sign", edit: "changed it" };
const NEEDS = { self: "confirmed by who asked", other: "one other person signs", two: "two other persons sign" };

/** @param {import("./types.js").Change} change */
function change({ label, before, after }) {
  const old = before === null ? h("span.muted", {}, "not given") : h("s", {}, h("span.vh", {}, "before: "), h("bdi", {}, visible(before)));
  const now = after === null ? h("span.muted", {}, "left out") : h("b", {}, h("span.vh", {}, "after: "), h("bdi", {}, visible(after)));
  return h("div.diff", {}, h("dt", {}, label), h("dd", {}, h("p.before", {}, old), h("p.after", {}, now)));
}

/** @param {AuditedApproval} approval */
function decisions({ signatures, created_at: asked }) {
  return signatures.map((mark) => {
    const after = (new Date(mark.at).getTime() - new Date(asked).getTime()) / 1000;
    return h(
      "li",
      {},
      h("b", {}, mark.name || mark.person),
      ` ${DID[mark.decision]} on ${moment(mark.at)} `,
      h("span.small.muted", {}, `(${exact(mark.at)}, ${lasting(after)} after the request)`),
      mark.reason && h("blockquote", {}, visible(mark.reason)),
    );
  });
}

/** @param {AuditedApproval} approval */
function saw(approval) {
  const names = approval.signatures.map((mark) => mark.name || mark.person);
  if (!names.length) return "Nobody decided it. This is what was to be signed:";
  return `This is what ${list(names)} saw:`;
}

/** @param {AuditedApproval} approval @param {number} index */
export function approvalCard(approval, index) {
  const { text, kind } = approval.signature === "self" && approval.status === "pending" ? { text: "Waits", kind: "" } : stateOf(approval);
  const changes = approval.changes;
  const asked = `Asked by ${list(approval.makers.map((maker) => maker.name))}, ${moment(approval.created_at)}; ${NEEDS[approval.signature]}.`;
  return h(
    "section.card.pad.approval",
    { "aria-label": `Request ${index + 1} for a signature: ${approval.summary}`, "data-approval": approval.id },
    h("div.line", {}, h("h2", {}, visible(approval.summary)), chip(text, kind)),
    h("p.small.muted", {}, asked),
    changes.length > 0 && h("h3", {}, "What the edit changed"),
    changes.length > 0 && h("dl.args", {}, ...changes.map(change)),
    h("h3", {}, saw(approval)),
    argumentList(approval.arguments),
    h("ul.decisions", { role: "list" }, ...decisions(approval)),
    approval.result && approvers(approval).length > 0 && h("p", {}, visible(approval.result)),
    !refusedBecause(approval) && approval.status === "expired" && h("p", {}, "Nobody signed in time. Nothing was changed."),
    h(
      "p.small.muted",
      {},
      "Digest ",
      h("span.mono", { title: approval.digest }, short(approval.digest)),
      ` · catalogue ${short(approval.catalogue_version)}`,
    ),
  );
}
