/** The state of the ledger in words: nothing altered, ALTERED, or what is still being waited for. */

import { h } from "../dom.js";
import { capital } from "../states.js";
import { count, number } from "../words.js";
import { short, since } from "./words.js";

/** @typedef {import("./types.js").Integrity} Integrity */
/** @typedef {import("./types.js").Fault} Fault */

const LATE_S = 30; // the witness is asked every few seconds, and less often while it is away
const LOG = "log"; // the stream of faults of the log itself; their number is a size

/** Said by the check of everything when the witness does not answer: nothing is altered by that. */
const UNASKED = "the witness could not be asked";

/** @param {Fault} fault */
const isAlteration = ({ stream, reason }) => stream !== LOG || !reason.startsWith(UNASKED);

/** @param {Fault} fault @returns {string} Record 7 of conversation 0193…8f2 */
function faultName({ stream, seq }) {
  const size = seq === null ? "" : number(seq);
  if (stream === LOG) return size ? `The log at ${size} records` : "The log";
  const [kind, id] = stream.split(":");
  const name = kind === "thread" && id ? `conversation ${short(id)}` : `the stream “${stream}”`;
  return size ? `Record ${size} of ${name}` : capital(name);
}

/** @param {Fault} fault @returns {HTMLElement} */
export function faultLine(fault) {
  const { stream, seq, reason } = fault;
  return h("li", { "data-stream": stream, "data-seq": seq }, h("b", { title: stream }, faultName(fault)), `: ${reason}`);
}

/** Whether the witness owes its signature for longer than it usually takes. @param {Integrity} state */
function isLate({ sealed_size: sealed, cosigned_size: cosigned, cosigned_at: last, window_s: window }) {
  if (!last) return true;
  const isLong = Date.now() - new Date(last).getTime() > LATE_S * 1000 && (window ?? Infinity) > LATE_S;
  return cosigned < sealed && isLong;
}

/** @param {Integrity} state @returns {{text: string, kind: string}} */
export function verdict(state) {
  if (state.faults.some(isAlteration)) return { text: "ALTERED", kind: "stop" };
  if (!state.sealed_at) return { text: "Nothing sealed yet", kind: "warn" };
  if (!state.walked_at) return { text: "Being verified", kind: "" };
  if (!state.witness) return { text: "No witness", kind: "warn" };
  const isTroubled = state.witness_trouble || state.faults.length > 0;
  return isTroubled || isLate(state) ? { text: "Waiting for the witness", kind: "warn" } : { text: "Nothing altered", kind: "ok" };
}

/** @param {Integrity} state */
export function told(state) {
  const { records, waiting, walked_at: walked, sealed_at: sealed, cosigned_at: cosigned, witness, witness_trouble: trouble } = state;
  const parts = [
    walked ? `${count(records, "record")} verified ${since(walked)}` : `${count(records, "record")}, gone through for the first time`,
    sealed ? `last sealed ${since(sealed)}` : "none sealed",
    waiting > 0 ? `${number(waiting)} not sealed yet` : "",
    cosigned ? `last cosigned by ${witness || "the witness"} ${since(cosigned)}` : witness ? "none cosigned yet" : "nobody cosigns",
    trouble ? `the witness does not answer: ${trouble}` : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

/**
 * What going through everything just now found, over what the unhurried walk knows; a later walk replaces it.
 * @param {Integrity} quick @param {{found: import("./types.js").Verification, at: string} | null} verified
 */
export function together(quick, verified) {
  if (!verified || (quick.walked_at || "") > verified.at) return quick;
  const known = new Set(verified.found.faults.map(({ stream, seq }) => `${stream} ${seq}`));
  const others = quick.faults.filter(({ stream, seq }) => !known.has(`${stream} ${seq}`));
  return { ...quick, walked_at: verified.at, faults: verified.found.ok ? [] : [...verified.found.faults, ...others] };
}
