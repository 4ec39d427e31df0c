/** The banner about the ledger, on top of the pages: its state, every few seconds, and "Verify now". */

import { asProblem, get, post } from "../api.js";
import { announce, button, byId, chip, fill, h } from "../dom.js";
import { every } from "../poll.js";
import { count } from "../words.js";
import { faultLine, together, told, verdict } from "./ledger.js";

/** @typedef {import("./types.js").Integrity} Integrity */

const POLL_MS = 5000;
const MOST_NAMED = 5; // faults that the banner names; all of them stand on the page Integrity

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
    this.button.setAttribute("aria-disabled", "true");
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
      this.button.removeAttribute("aria-disabled");
    }
  }

  /** @param {Integrity} quick */
  show(quick) {
    const state = together(quick, this.verified);
    const was = this.state && verdict(this.state).text;
    const { text, kind } = verdict(state);
    this.state = state;
    this.place.dataset.kind = kind;
    fill(this.chip, chip(text, kind));
    this.text.textContent = told(state);
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
