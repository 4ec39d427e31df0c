/** The banner about the ledger: nothing altered, ALTERED with the record named, or waiting for the witness. */

import { asProblem, get, post } from "../api.js";
import { announce, button, byId, chip, fill, h } from "../dom.js";
import { every } from "../poll.js";
import { capital } from "../states.js";
import { count, number } from "../words.js";
import { short, since } from "./words.js";

/** @typedef {import("./types.js").Integrity} Integrity */

const POLL_MS = 15_000;
const LATE_S = 30; // the witness is asked every few seconds, and less often while it is away
const MOST_NAMED = 5; // faults that the banner names; all of them stand on the page Integrity

const LOG = "log"; // the stream of faults of the log itself; their number is a size

/** @param {import("./types.js").Fault} fault @returns {string} Record 7 of conversation 0193…8f2 */
function faultName({ stream, seq }) {
  const size = seq === null ? "" : number(seq);
  if (stream === LOG) return size ? `The log at ${size} records` : "The log";
  const [kind, id] = stream.split(":");
  const name = kind === "thread" && id ? `conversation ${short(id)}` : `the stream “${stream}”`;
  return size ? `Record ${size} of ${name}` : capital(name);
}

/** @param {import("./types.js").Fault} fault @returns {HTMLElement} */
export function faultLine(fault) {
  const { stream, seq, reason } = fault;
  return h("li", { "data-stream": stream, "data-seq": seq }, h("b", { title: stream }, faultName(fault)), `: ${reason}`);
}

/** Whether the witness owes its signature for longer than it usually takes. @param {Integrity} state */
function isWaiting({ sealed_size: sealed, cosigned_size: cosigned, cosigned_at: last, window_s: window }) {
  if (!last) return true;
  const isLate = Date.now() - new Date(last).getTime() > LATE_S * 1000 && (window ?? Infinity) > LATE_S;
  return cosigned < sealed && isLate;
}

/** @param {Integrity} state @returns {{text: string, kind: string}} */
export function verdict(state) {
  if (!state.ok) return { text: "ALTERED", kind: "stop" };
  if (!state.sealed_at) return { text: "Nothing sealed yet", kind: "warn" };
  return isWaiting(state) ? { text: "Waiting for the witness", kind: "warn" } : { text: "Nothing altered", kind: "ok" };
}

/** @param {Integrity} state @param {string | null} verified  when all records were last gone through, on this page */
function told(state, verified) {
  return [
    verified ? `all ${number(state.records)} records verified ${since(verified)}` : count(state.records, "record"),
    state.sealed_at ? `${number(state.sealed_size)} sealed, last ${since(state.sealed_at)}` : "none sealed",
    state.cosigned_at
      ? `${number(state.cosigned_size)} cosigned by ${state.witness || "the witness"}, last ${since(state.cosigned_at)}`
      : "none cosigned yet",
  ].join(" · ");
}

/** The quick look does not go through every record: what that found stays said. @param {Integrity} quick @param {import("./types.js").Verification} found */
function withFound(quick, found) {
  const known = new Set(found.faults.map(({ stream, seq }) => `${stream} ${seq}`));
  const others = quick.faults.filter(({ stream, seq }) => !known.has(`${stream} ${seq}`));
  return { ...quick, ok: quick.ok && found.ok, faults: [...found.faults, ...others] };
}

export class Seal {
  /** @param {(state: Integrity) => void} [onState] */
  constructor(onState = () => {}) {
    this.onState = onState;
    this.place = byId("seal");
    /** @type {Integrity | null} */
    this.state = null;
    /** What going through every record found, on this page. @type {{found: import("./types.js").Verification, at: string} | null} */
    this.verified = null;
    this.isBusy = false;
    this.chip = h("span.verdict", {});
    this.text = h("p.grow.small.muted", {});
    this.button = button("Verify now", () => void this.verify(), "quiet small");
    this.faults = h("ul.faults", { hidden: true });
    this.place.replaceChildren(this.chip, this.text, this.button, this.faults);
    this.refresh = every(POLL_MS, () => this.look());
  }

  async look() {
    if (this.isBusy) return;
    try {
      this.show(await get("/audit/integrity"));
    } catch (error) {
      this.missing(asProblem(error));
    }
  }

  /** Goes through every record. What was known before stays where that fails. */
  async verify() {
    if (this.isBusy) return;
    this.isBusy = true;
    this.button.disabled = true;
    this.text.textContent = "Every record is being checked, with the seals and the witness’s signatures…";
    try {
      this.verified = { found: await post("/audit/verify", {}), at: new Date().toISOString() };
      this.show(await get("/audit/integrity"));
      announce(`${this.chip.textContent}. ${this.text.textContent}`);
    } catch (error) {
      const problem = asProblem(error);
      if (!this.state) this.missing(problem);
      else this.text.textContent = `Not every record could be checked now. ${problem.message}`;
      announce(problem.message);
    } finally {
      this.isBusy = false;
      this.button.disabled = false;
    }
  }

  /** @param {Integrity} quick */
  show(quick) {
    const state = this.verified ? withFound(quick, this.verified.found) : quick;
    const was = this.state && verdict(this.state).text;
    const { text, kind } = verdict(state);
    this.state = state;
    this.place.dataset.kind = kind;
    fill(this.chip, chip(text, kind));
    this.text.textContent = told(state, this.verified?.at || null);
    fill(this.faults, ...state.faults.slice(0, MOST_NAMED).map(faultLine), rest(state));
    this.faults.hidden = !state.faults.length;
    if (was && was !== text && !this.isBusy) announce(text);
    this.onState(state);
  }

  /** @param {import("../api.js").Problem} problem */
  missing(problem) {
    if (problem.signedOut) return;
    this.place.dataset.kind = "warn";
    fill(this.chip, chip("Not verified", "warn"));
    this.text.textContent = `The ledger’s state can’t be read now. ${problem.message}`;
  }
}

/** @param {Integrity} state */
function rest({ faults }) {
  const more = faults.length - MOST_NAMED;
  return more > 0 && h("li", {}, h("a", { href: "/audit/integrity" }, `and ${count(more, "more record")}`));
}
