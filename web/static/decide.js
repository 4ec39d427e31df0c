/** Deciding about an approval, and what is said when that is not possible (any more). */

import { Problem, post } from "./api.js";

/** @typedef {{title: string, text: string, stale: boolean, fields: {field: string, problem: string}[]}} Refusal  stale: look at it afresh */

/**
 * @param {{id: string, digest: string}} approval
 * @param {"approve" | "reject" | "edit"} decision
 * @param {{reason?: string, args?: Record<string, any>}} [more]
 * @returns {Promise<import("./types.js").Approval>} as it is now; after an edit the new one. Throws `Problem`
 */
export const decide = (approval, decision, more = {}) =>
  post(`/approvals/${approval.id}/decision`, { decision, digest: approval.digest, ...more });

/** Takes a request of one's own back. @param {string} runId */
export const withdraw = (runId) => post(`/runs/${runId}/cancel`);

const TITLES = {
  403: "You can’t sign this.",
  404: "This request is not here any more.",
  409: "Somebody decided this before you.",
  410: "The time to sign has run out.",
  412: "This request has changed since you opened it.",
};
const TEXTS = {
  404: "It may have been taken back, or your access has changed.",
  410: "Nothing was changed. Whoever asked can ask again.",
  412: "Nothing was signed. It is shown as it is now; read it again before you decide.",
};

/** @param {Problem} problem @returns {Refusal} */
export function refusal(problem) {
  const { status, document } = problem;
  return {
    title: TITLES[/** @type {keyof typeof TITLES} */ (status)] || `${document.title}.`.replace(/([.?!])\.$/, "$1"),
    text: TEXTS[/** @type {keyof typeof TEXTS} */ (status)] || document.detail || "",
    stale: [403, 404, 409, 410, 412].includes(status),
    fields: document.fields || [],
  };
}
