/** One turn: the question, what happens, and what comes of it. Built from the run's events, live or kept. */

import { Acting } from "./acting.js";
import { basis, superseded } from "./basis.js";
import { besides } from "./besides.js";
import { ClaimList } from "./claims.js";
import { announce } from "./dom.js";
import { FormView } from "./form.js";
import { receipt, restOf, undone } from "./endings.js";
import * as outcome from "./outcome.js";
import { turnFrame } from "./question.js";
import { isRow } from "./row.js";
import { Stages } from "./stages.js";
import { Wait } from "./wait.js";
import { nameColumns, waysOut } from "./ways.js";
import { evidence, isResult, isShown } from "./words.js";

/**
 * @typedef {object} Hooks
 * @property {(turn: Turn, ref: number, how: {claim: import("./types.js").Claim | null, opener: HTMLElement | null, focus: boolean, byItself: boolean}) => void} onSource
 * @property {(turn: Turn) => void} onSources  the evidence is known
 * @property {(turn: Turn) => void} onRephrase
 * @property {(question: import("./types.js").Question) => void} onAsk
 * @property {(question: import("./types.js").Question) => void} onAskElsewhere  in a new conversation
 * @property {(turn: Turn) => void} onEnd
 */

export class Turn {
  /** @param {import("./types.js").Question} question @param {Hooks} hooks */
  constructor(question, hooks) {
    this.question = question;
    this.hooks = hooks;
    this.runId = "";
    this.notice = "";
    this.ended = false;
    this.live = true;
    /** @type {import("./types.js").Source[]} */
    this.sources = [];
    /** @type {{rating: string} | null} */
    this.feedback = null;
    /** What named a day in the question. @type {{words: string, note: string, question: string} | null} */
    this.day = null;
    /** What the reader changed in a form, oldest first. @type {{field: string, text: string}[]} */
    this.corrections = [];
    this.stages = new Stages();
    this.acting = new Acting(this);
    this.claims = new ClaimList(
      (ref, claim, opener, byHand) => this.open(ref, claim, opener, byHand),
      (ref) => this.source(ref),
    );
    this.wait = new Wait(() => this.stages.waitingFor);
    this.element = turnFrame(question);
    this.element.append(this.stages.element, this.claims.element, this.wait.element);
  }

  get title() {
    return /** @type {HTMLElement} */ (this.element.querySelector("h2"));
  }

  /** @param {number} ref */
  source(ref) {
    return this.sources.find((source) => source.ref === ref) || null;
  }

  /** @param {number} ref @param {import("./types.js").Claim | null} claim @param {HTMLElement | null} opener @param {boolean} [focus] */
  open(ref, claim, opener, focus = true) {
    this.hooks.onSource(this, ref, { claim, opener, focus, byItself: false });
  }

  /** Shows a run that ended before. @param {import("./types.js").PastRun} run */
  restore(run) {
    this.live = false;
    this.runId = run.id;
    this.feedback = run.feedback || null;
    this.corrections = run.corrections || [];
    if (run.outcome) this.apply({ seq: null, event: run.outcome.event, data: run.outcome.data });
    if (!this.ended) this.finish(run.status);
    if (run.superseded?.length) this.element.append(superseded(run.superseded));
    this.live = true;
  }

  /** @param {import("./types.js").RunEvent} event */
  apply({ event, data }) {
    this.runId ||= data.run_id || "";
    this.wait.reset();
    if (this.acting.take(event, data)) {
      this.wait.rest(this.acting.holds !== null);
      return;
    }
    const handlers = {
      "run.started": () => {
        this.notice = data.notice || "";
        this.stages.started();
      },
      stage: () => this.say(this.stages.stage(data.name, data.status, data.detail)),
      sources: () => this.takeSources(data.sources),
      claim: () => this.takeClaim(data),
      answer: () => this.takeAnswer(data),
      abstained: () => this.takeAbstention(data),
      refused: () => this.endWith(outcome.refused(data, waysOut(this)), `${data.reason} ${data.next_step}`),
      error: () => this.fail(data),
      "run.finished": () => this.finish(data.status),
    };
    handlers[/** @type {keyof typeof handlers} */ (event)]?.(); // kinds that later work brings are not for this page
  }

  /** @param {string | null} text */
  say(text) {
    if (text && this.live) announce(text);
  }

  /** @param {import("./types.js").Source[]} sources */
  takeSources(sources) {
    this.sources = sources.filter(isShown);
    this.tellFound();
    this.hooks.onSources(this);
  }

  /** Whether it stands on the bank's system alone, so that no document was searched. */
  get isOfResults() {
    return this.sources.length > 0 && this.sources.every(isResult);
  }

  tellFound() {
    if (this.isOfResults) return;
    this.stages.found(evidence(this.sources));
    this.say(evidence(this.sources));
  }

  /** @param {import("./types.js").Claim} claim */
  takeClaim(claim) {
    if (this.isForm) return; // comes whole, with the answer
    const isFirst = this.claims.size === 0;
    if (!this.show(claim)) return;
    const refs = claim.citations.length ? ` Source ${claim.citations.join(", ")}.` : "";
    this.say(`${claim.quote ? "Quote: " : ""}${claim.text}${refs}`);
    if (isFirst && this.live && claim.citations.length) {
      this.hooks.onSource(this, claim.citations[0], { claim, opener: null, focus: false, byItself: true });
    }
  }

  /** @param {import("./types.js").Claim} claim @returns {boolean} whether it is new */
  show(claim) {
    const isNew = this.claims.add(claim);
    if (isNew && claim.quote && isRow(claim.text)) nameColumns(this, claim);
    return isNew;
  }

  /** @param {any} data */
  takeAnswer(data) {
    if (data.sources?.length) this.sources = data.sources.filter(isShown);
    if (!this.live) {
      this.tellFound();
      this.hooks.onSources(this);
    }
    if (this.acting.hasDone && this.isOfResults) return this.end(receipt(data, this), `Done. ${data.text}`);
    const kept = new Set(data.claims.map((/** @type {any} */ claim) => claim.index));
    for (const claim of this.claims.standing) if (!kept.has(claim.index)) this.withdraw(claim.index);
    if (data.structured) this.claims.element.after(new FormView(data, this, this.corrections).element);
    else for (const claim of data.claims) this.show(claim);
    if (this.isOfResults) this.claims.element.after(...restOf(data));
    this.stages.end(true);
    this.day = data.day || null;
    this.element.append(...besides(data, (ref) => this.open(ref, null, null)));
    const { runId, notice, sources, feedback } = this;
    const { askToday } = waysOut(this);
    const asForm = data.offer ? () => this.hooks.onAsk({ ...this.question, mode: data.offer }) : null;
    this.end(
      basis(data, { runId, notice, question: this.question.question, sources, feedback, askToday, asForm }),
      "The answer is complete and checked against its sources.",
    );
  }

  /** Whether a checklist or a note was asked for. */
  get isForm() {
    return Boolean(this.question.mode && this.question.mode !== "answer");
  }

  /** Who reads here, as told in what is copied. */
  get reader() {
    return document.querySelector(".who b")?.textContent?.trim() || "the reader";
  }

  /** @param {any} data */
  takeAbstention(data) {
    this.day = data.day || null;
    const changed = data.code === "evidence_changed";
    for (const index of data.withdrawn || []) this.withdraw(index, changed ? "a source of it has changed meanwhile." : undefined);
    if (changed) this.sources = [];
    const known = new Set(this.sources.map((source) => source.ref));
    this.sources.push(...(data.nearest || []).filter((/** @type {any} */ source) => source.chunk_id && !known.has(source.ref)));
    if (this.sources.length || changed) this.hooks.onSources(this);
    this.endWith(outcome.abstained(data, waysOut(this)), `${data.reason} ${data.next_step}`);
  }

  /** @param {number} index @param {string} [why] */
  withdraw(index, why = "it did not hold up against its sources.") {
    if (this.claims.withdraw(index, why)) this.say(`A sentence was withdrawn: ${why}`);
  }

  /** @param {import("./types.js").ProblemDocument} problem */
  fail(problem) {
    this.end(outcome.failed(problem, waysOut(this), this.acting.card !== null), `${problem.title}. ${problem.detail || ""}`);
  }

  /** @param {string} status */
  finish(status) {
    if (!this.ended) {
      if (this.acting.card) this.endWith(undone(this.acting, status, waysOut(this)), "");
      else this.end(outcome.ended(status, waysOut(this)), status === "cancelled" ? "Stopped." : "The question could not be answered.");
    }
  }

  /** Ends with a card; its title is said first. @param {HTMLElement} card @param {string} said */
  endWith(card, said) {
    this.end(card, `${card.querySelector("h2")?.textContent} ${said}`);
  }

  /** @param {Node} card @param {string} said */
  end(card, said) {
    if (this.ended) return;
    this.ended = true;
    this.wait.stop();
    this.acting.close();
    if (!this.stages.ended) this.stages.end(false);
    this.element.append(card);
    this.say(said);
    this.hooks.onEnd(this);
  }
}
