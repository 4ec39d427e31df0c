/** The conversation in the middle: its turns, the one under way, and where the reader looks. */

import { Problem, asProblem, get, post } from "./api.js";
import { announce, byId, h } from "./dom.js";
import { ask, follow } from "./follow.js";
import { missing, signedOutMeanwhile } from "./outcome.js";
import { hush, isDone, isTold, replayAll } from "./replay.js";
import { Turn } from "./turn.js";

export class Conversation {
  /** @param {{scroll: HTMLElement, hooks: import("./turn.js").Hooks, onThread: (id: string) => void, onRunning: (running: boolean, holds: string | null) => void, onSignedOut: (question: string) => void}} parts */
  constructor({ scroll, hooks, onThread, onRunning, onSignedOut }) {
    this.scroll = scroll;
    this.welcome = byId("welcome");
    this.hooks = hooks;
    this.onThread = onThread;
    this.onRunning = onRunning;
    this.onSignedOut = onSignedOut;
    /** @type {Turn[]} */
    this.turns = [];
    /** @type {string | null} */
    this.threadId = null;
    this.abort = new AbortController();
    /** @type {Turn | null} */
    this.running = null;
    this.stopAsked = false;
  }

  get last() {
    return this.turns.at(-1) || null;
  }

  /** Leaves what is shown. A run under way goes on at the service. */
  clear() {
    this.abort.abort();
    this.abort = new AbortController();
    this.turns.forEach((turn) => turn.wait.stop());
    this.turns = [];
    this.threadId = null;
    this.setRunning(null);
    this.scroll.replaceChildren(this.welcome);
  }

  /** @param {Turn | null} turn */
  setRunning(turn) {
    this.running = turn;
    this.stopAsked = false;
    this.tellRunning();
  }

  /** Running, perhaps held up until a person has decided. */
  tellRunning() {
    this.onRunning(this.running !== null, this.running?.acting.holds ?? null);
  }

  /** @param {import("./types.js").Question} question */
  add(question) {
    this.welcome.remove();
    const turn = new Turn(question, this.hooks);
    this.turns.push(turn);
    this.scroll.append(turn.element);
    return turn;
  }

  /** @param {import("./types.js").Question} question */
  async ask(question) {
    const turn = this.add(question);
    turn.title.scrollIntoView({ block: "start" });
    announce("Asked.");
    const body = {
      message: question.question,
      ...(this.threadId ? { thread_id: this.threadId } : {}),
      ...(question.asOf ? { as_of: question.asOf } : {}),
      ...(question.mode && question.mode !== "answer" ? { mode: question.mode } : {}),
      ...(question.libraries ? { libraries: question.libraries } : {}),
    };
    await this.watch(turn, (listener) => ask(body, listener));
  }

  /** Follows a turn to its end, whatever comes. @param {Turn} turn @param {(listener: import("./follow.js").Listener) => Promise<void>} start */
  async watch(turn, start) {
    const { signal } = this.abort;
    this.setRunning(turn);
    try {
      await start({
        signal,
        onEvent: (event) => this.take(turn, event),
        onConnection: (state, seconds, retryNow) => (state === "lost" ? turn.wait.lost(seconds, retryNow) : turn.wait.back()),
      });
      if (!signal.aborted && !turn.ended) turn.finish((await get(`/runs/${turn.runId}`)).status);
    } catch (error) {
      if (signal.aborted) return;
      this.fail(turn, asProblem(error));
    } finally {
      if (!signal.aborted) this.setRunning(null);
    }
  }

  /** @param {Turn} turn @param {Problem} problem */
  fail(turn, problem) {
    if (problem.signedOut && !turn.runId) {
      this.onSignedOut(turn.question.question);
      turn.wait.stop();
      turn.element.remove();
      this.turns = this.turns.filter((each) => each !== turn);
      if (!this.turns.length) this.scroll.replaceChildren(this.welcome);
      return;
    }
    turn.fail(problem.signedOut ? signedOutMeanwhile(problem.document) : problem.document);
  }

  /** @param {Turn} turn @param {import("./types.js").RunEvent} event */
  take(turn, event) {
    if (event.data.thread_id && event.data.thread_id !== this.threadId) {
      this.threadId = event.data.thread_id;
      this.onThread(event.data.thread_id);
    }
    const held = turn.acting.holds;
    turn.apply(event);
    if (turn === this.running && turn.acting.holds !== held) this.tellRunning();
    if (this.stopAsked && turn.runId && !turn.ended) this.cancel(turn);
  }

  /** Stops the run under way, or as soon as its number is known. */
  stop() {
    if (!this.running) return;
    this.stopAsked = true;
    if (this.running.runId) this.cancel(this.running);
  }

  /** @param {Turn} turn */
  async cancel(turn) {
    this.stopAsked = false;
    try {
      await post(`/runs/${turn.runId}/cancel`);
    } catch (error) {
      if (asProblem(error).status === 409) return; // it had ended by itself
      announce("It could not be stopped.");
      this.tellRunning();
    }
  }

  /** @param {string} id */
  async open(id) {
    this.clear();
    this.threadId = id;
    const { signal } = this.abort;
    const note = h("p.turn.muted", { role: "status" });
    this.scroll.replaceChildren(note);
    const slow = setTimeout(() => {
      note.textContent = "Waiting for the conversation.";
    }, 1000);
    try {
      const thread = await get(`/threads/${id}`);
      if (signal.aborted) return;
      note.remove();
      this.restore(thread.runs || []);
    } catch (error) {
      if (signal.aborted) return;
      this.threadId = null;
      this.scroll.replaceChildren(missing(asProblem(error), () => this.open(id)));
    } finally {
      clearTimeout(slow);
    }
  }

  /** @param {import("./types.js").PastRun[]} runs */
  restore(runs) {
    /** @type {[Turn, string][]} */
    const acts = [];
    for (const run of runs) {
      const turn = this.add({ question: run.question, asOf: run.as_of || null, libraries: run.libraries || null, mode: run.mode });
      if (isTold(run)) turn.restore(run);
      else {
        turn.runId = run.id;
        turn.feedback = run.feedback || null;
        if (isDone(run)) {
          turn.wait.rest(true);
          acts.push([turn, run.status]);
        } else {
          hush(turn);
          this.watch(turn, (listener) => follow(run.id, listener));
        }
      }
    }
    this.toLast();
    this.last?.title.focus({ preventScroll: true });
    replayAll(acts, this.abort.signal, () => this.toLast());
  }

  toLast() {
    this.last?.title.scrollIntoView({ block: "start" });
  }
}
