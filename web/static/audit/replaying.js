/** Running a run again: from its recorded inputs, or under what is in force today; the verdict and every difference. */

import { asProblem, post } from "../api.js";
import { visible } from "../arguments.js";
import { announce, button, chip, h } from "../dom.js";
import { count } from "../words.js";

const OPEN = new Set(["queued", "running", "paused"]);

/** @typedef {import("./types.js").ReplayVerdict} ReplayVerdict */

/** @param {any} value */
const said = (value) =>
  value === null || value === undefined ? "nothing" : typeof value === "string" ? value : JSON.stringify(value, null, 1);

/** @param {import("./types.js").Difference} difference @param {string} now */
const row = ({ where, recorded, replayed }, now) =>
  h(
    "div.diff",
    {},
    h("dt", {}, where),
    h(
      "dd",
      {},
      h("p.before", {}, h("span.small.muted", {}, "recorded "), visible(said(recorded))),
      h("p.after", {}, h("span.small.muted", {}, `${now} `), visible(said(replayed))),
    ),
  );

export class Replaying {
  /** @param {string} id @param {{status: string}} run */
  constructor(id, { status }) {
    this.id = id;
    this.verdict = h("div.verdict", { role: "status" });
    this.again = button("Replay", () => void this.run("recorded"));
    this.today = button("Under today’s policy", () => void this.run("current"), "quiet");
    const isOpen = OPEN.has(status);
    this.element = h(
      "section.card.pad.replay",
      {},
      h("h2", {}, "Replay"),
      h(
        "p.small.muted",
        {},
        isOpen ? "It can be replayed once it is over." : "Runs again from its recorded inputs, without model or tools.",
      ),
      this.verdict,
      isOpen ? null : h("div.actions", {}, this.again, this.today),
    );
  }

  /** @param {"recorded" | "current"} policy */
  async run(policy) {
    const buttons = [this.again, this.today];
    for (const each of buttons) each.setAttribute("aria-disabled", "true");
    this.verdict.replaceChildren(h("p.small.muted", {}, "Running it again…"));
    try {
      this.show(await post(`/audit/runs/${this.id}/replay`, { policy }), policy);
    } catch (error) {
      const problem = asProblem(error);
      this.verdict.replaceChildren(h("p.small.warned", {}, problem.message));
    } finally {
      for (const each of buttons) each.removeAttribute("aria-disabled");
    }
  }

  /** @param {ReplayVerdict} verdict @param {"recorded" | "current"} policy */
  show({ identical, events, records, differences }, policy) {
    const isRecorded = policy === "recorded";
    const found = count(differences.length, "difference");
    const text = identical
      ? `${isRecorded ? "Identical" : "The same today"} · ${count(events, "event")}, ${count(records, "record")}`
      : `${isRecorded ? "Not identical" : "Different today"} · ${found}`;
    const kind = identical ? "ok" : isRecorded ? "stop" : "warn";
    const now = isRecorded ? "replayed" : "today";
    this.verdict.replaceChildren(
      chip(text, kind),
      differences.length ? h("dl.args.differences", {}, ...differences.map((each) => row(each, now))) : "",
    );
    announce(text);
  }
}
