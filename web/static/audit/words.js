/** How outcomes, reasons and times of a run are said to compliance. */

import { plain } from "../words.js";

const locale = document.documentElement.dataset.locale || "en-GB";
const secondFormat = new Intl.DateTimeFormat(locale, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hour12: false,
});
const dateFormat = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const momentFormat = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

const ACTED = "Done under signature";
/** @type {Record<string, [string, string]>} */
const OUTCOMES = {
  answered: ["Answered", "ok"],
  abstained: ["No answer given", "warn"],
  refused: ["Refused", "warn"],
  rejected: ["Not signed", "warn"],
  expired: ["Not signed in time", "warn"],
  cancelled: ["Stopped", ""],
  failed: ["Failed", "stop"],
  budget_exceeded: ["Too much work", "warn"],
  paused: ["Waits for a signature", ""],
  running: ["Under way", ""],
  queued: ["Waiting to begin", ""],
};

/** What may be looked for, in words. @type {string[][]} */
export const OUTCOME_CHOICES = [["acted", ACTED], ...Object.entries(OUTCOMES).map(([value, [text]]) => [value, text])];

/** In the place of words that can't be read. @type {Record<string, string>} */
export const WORDLESS = { erased: "Its words were erased", altered: "Its words were altered and no longer open" };

/** Why something was not answered or not done. @type {Record<string, string>} */
const REASONS = {
  empty: "No question",
  too_long: "Too long",
  unreadable: "Unreadable",
  injection: "Tried to change the assistant",
  out_of_scope: "Out of scope",
  small_talk: "Small talk",
  forbidden: "Getting round a control",
  other_persons_data: "Another person’s data without a case",
  credit_decision: "A decision on a person’s credit",
  tipping_off: "Letting somebody know of a suspicion",
  discrimination: "Treating people worse for what they are",
  action_unavailable: "Action not available",
  guard_unavailable: "A check could not run",
  argument_missing: "Something was missing",
  no_tool_fits: "No tool fits",
  no_permission: "No right to it",
  above_limits: "Above limits",
  tool_refused: "The bank’s system refused",
  tools_stopped: "Stopped at the time",
  tools_suspended: "Order inside the message",
  too_many_calls: "Too many steps",
  call_repeated: "Step repeated",
  no_evidence: "Nothing found",
  weak_evidence: "Weak evidence",
  evidence_unweighed: "Evidence could not be weighed",
  named_thing_missing: "Named thing not in the documents",
  unsupported_answer: "Answer not supported",
  no_edition_then: "No edition that day",
  evidence_changed: "A source changed meanwhile",
};

export const REASON_CHOICES = Object.entries(REASONS);

/** @param {string} code */
export const reason = (code) => REASONS[code] || capital(plain(code));

/** @param {string} text */
const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** @param {import("./types.js").AuditedRun} run @returns {{text: string, kind: string}} */
export function outcome({ status, acted, code }) {
  if (acted) return { text: ACTED, kind: "ok" };
  const [text, kind] = OUTCOMES[status] || [capital(plain(status)), ""];
  return { text: code ? `${text}: ${reason(code).toLocaleLowerCase()}` : text, kind };
}

/** @param {string} iso @returns {string} 10:42:07.113 */
export const exact = (iso) => secondFormat.format(new Date(iso));

/** @param {string} iso @returns {string} Friday, 20 November 2026 */
export const date = (iso) => dateFormat.format(new Date(iso));

/** @param {string} iso @returns {string} 20 Nov 2026, 10:42 */
export const moment = (iso) => momentFormat.format(new Date(iso));

/** @param {number} seconds @returns {string} 1 min 12 s */
export function lasting(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round(seconds % 60);
  if (minutes < 60) return rest ? `${minutes} min ${rest} s` : `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** @param {string} iso @returns {string} 12 s ago, 3 min ago */
export function since(iso) {
  const seconds = Math.max(0, (Date.now() - new Date(iso).getTime()) / 1000);
  if (seconds < 2) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h ago` : `on ${moment(iso)}`;
}

/** @param {string} id @returns {string} 0193…8f2 */
export const short = (id) => (id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id);
