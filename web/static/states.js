/** The state of a request, in words. */

import { ago, expiry, isSoon, moment } from "./times.js";

/** @typedef {import("./types.js").Approval} Approval */

const STATES = {
  pending: ["Waits for a signature", ""],
  approved: ["Signed, being done", "ok"],
  executed: ["Done", "ok"],
  rejected: ["Not signed", "warn"],
  edited: ["Changed", ""],
  expired: ["Not signed in time", "warn"],
  withdrawn: ["Withdrawn", ""],
  voided: ["Signed, but not done", "warn"],
  failed: ["Could not be done", "warn"],
};

export const isSettled = (/** @type {Approval} */ { status }) => status !== "pending" && status !== "approved";

/** @param {Approval} approval */
export const approvers = ({ signatures }) => signatures.filter((mark) => mark.decision === "approve");

/** @param {Approval} approval @returns {string | null} 1 of 2 signed */
export const partly = (approval) =>
  approval.status === "pending" && approval.needed > 1 && approvers(approval).length
    ? `${approvers(approval).length} of ${approval.needed} signed`
    : null;

/** @param {Approval} approval @returns {{text: string, kind: string}} */
export function stateOf(approval) {
  if (approval.status === "pending") {
    if (approval.signature === "self") return { text: "Waits for your confirmation", kind: "" };
    return isSoon(approval.expires_at)
      ? { text: expiry(approval.expires_at), kind: "warn" }
      : { text: partly(approval) || STATES.pending[0], kind: "" };
  }
  const [text, kind] = STATES[approval.status];
  return { text, kind };
}

/** @param {{person: string, name: string}} person */
export const nameFor = (person) => (person.person === document.body.dataset.person ? "you" : person.name);

/** @param {string[]} names @returns {string} Anna, Sofia and Lea */
export const list = (names) => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);

/** @param {string} text */
export const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** What the summary does not say: the words of a note, a reason. @param {Approval} approval */
export const gist = ({ arguments: given, summary }) =>
  given
    .map((argument) => argument.text)
    .filter((text) => !summary.includes(text) && !summary.includes(text.replaceAll("_", " ")))
    .filter((text) => !/^[–\d,.]*$/.test(text))
    .join(" · ");

/** Who did what, and when, as one sentence for each. @param {Approval} approval @returns {string[]} */
export function history(approval) {
  const done = { approve: "signed", reject: "did not sign", edit: "changed it" };
  return approval.signatures.map((mark) => `${capital(nameFor(mark))} ${done[mark.decision]} ${moment(mark.at)}.`);
}

/** The reason that somebody gave for not signing. @param {Approval} approval */
export const refusedBecause = ({ signatures }) => signatures.find((mark) => mark.decision === "reject")?.reason || null;

/** What became of it, as a sentence. @param {Approval} approval @returns {string} */
export function became(approval) {
  const when = approval.closed_at ? ` ${ago(approval.closed_at)}` : "";
  const told = {
    pending: "It waits for a signature.",
    approved: "It is signed and is being done now.",
    executed: "It was done, once.",
    rejected: "Nothing was changed in the bank’s system.",
    edited: "It was changed; the changed request takes its place.",
    expired: `Nobody signed in time; it expired${when}. Nothing was changed.`,
    withdrawn: `It was withdrawn${when}. Nothing was changed.`,
    voided: "It was signed, but the check before doing it did not pass. Nothing was changed.",
    failed: "It was signed, but the bank’s system did not do it.",
  };
  return told[approval.status];
}
