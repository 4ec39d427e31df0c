/** The acting part of a turn: its calls as lines of the progress, the request that waits, what became of it. */

import { ProposalCard } from "./proposal.js";
import { markSeen } from "./seen.js";
import { tellsOf } from "./endings.js";

const LONGEST_LINE = 90; // characters

/** @param {string} text */
const brief = (text) => (text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE - 1)}…` : text);

/** @typedef {import("./types.js").ProposedCall & {ok: boolean | null, summary: string, at: string}} Call  ok: null until it was executed */

export class Acting {
  /** @param {import("./turn.js").Turn} turn */
  constructor(turn) {
    this.stages = turn.stages;
    this.turn = turn;
    /** @type {Map<string, Call>} */
    this.calls = new Map();
    /** @type {ProposalCard | null} */
    this.card = null;
    /** @type {import("./types.js").Decided[]} */
    this.decisions = [];
    this.isPaused = false;
  }

  /** Why nothing else can be asked meanwhile; null while nothing is waited for. */
  get holds() {
    return this.isPaused && this.card?.isOpen ? this.card.holds : null;
  }

  /** Whether anything was changed in the bank's system. */
  get hasDone() {
    return [...this.calls.values()].some((call) => call.effect === "write" && call.ok);
  }

  get last() {
    return this.decisions.at(-1) || null;
  }

  /** @param {string} event @param {any} data @returns {boolean} whether it was for this part */
  take(event, data) {
    const handlers = {
      "tool.proposed": () => this.proposed(data),
      "tool.result": () => this.result(data),
      "approval.required": () => this.required(data),
      "approval.decided": () => this.decided(data),
      "run.paused": () => {
        this.isPaused = true;
      },
    };
    const handler = handlers[/** @type {keyof typeof handlers} */ (event)];
    handler?.();
    return Boolean(handler);
  }

  /** @param {import("./types.js").ProposedCall & {at: string}} data */
  proposed(data) {
    this.calls.set(data.call_id, { ...data, ok: null, summary: "" });
    const text = data.effect === "read" ? `Looking up: ${data.title}` : `Prepared: ${data.title}`;
    this.stages.line(data.call_id, brief(text), data.effect === "read" ? "now" : "done");
    this.turn.say(text);
    this.turn.hooks.onSources(this.turn);
  }

  /** @param {{call_id: string, ok: boolean, summary: string, at: string}} data */
  result({ call_id: id, ok, summary, at }) {
    const call = this.calls.get(id);
    if (call) Object.assign(call, { ok, summary, at });
    const isWrite = call?.effect === "write";
    const text = isWrite ? (ok ? "Done, once" : "Not done") : ok ? `${call?.title}: found` : `${call?.title}: nothing came back`;
    this.stages.line(isWrite ? `${id}:done` : id, brief(text), ok ? "done" : "wrong");
    this.turn.say(`${text}. ${summary}`);
  }

  /** A new request takes the place of one that was edited. @param {import("./types.js").Proposal} data */
  required(data) {
    const card = new ProposalCard(data, this.turn.runId);
    this.stages.line("signature", card.isOwn ? "Waiting for your confirmation" : "Waiting for a signature", "now");
    if (this.card) {
      const held = this.card.isHeld;
      this.card.close();
      this.card.element.replaceWith(card.element);
      if (held) card.heading.focus({ preventScroll: true });
    } else this.turn.element.insertBefore(card.element, this.turn.claims.element);
    this.card = card;
    this.isPaused = true;
    this.turn.say(`To be signed: ${data.summary}. ${card.state.textContent}`);
  }

  /** @param {import("./types.js").Decided} data */
  decided(data) {
    this.decisions.push(data);
    const { line, state } = tellsOf(data, this.card);
    this.stages.line("signature", brief(line), state);
    this.card?.decided(data);
    this.turn.say(line);
    if (data.decision !== "approve" || data.done) this.isPaused = false;
    if (data.done) markSeen(data.approval_id);
  }

  /** The run is over. */
  close() {
    this.isPaused = false;
    this.card?.close();
    this.card?.actions.remove();
  }
}
