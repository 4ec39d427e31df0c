/** Following one run to its end, over as many connections as that takes: no event lost, none twice. */

import { Problem, newKey, send } from "./api.js";
import { readEvents } from "./sse.js";

const SILENCE_MS = 40_000; // the service sends a comment every 15 s: two missed and some slack
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

/**
 * @typedef {object} Listener
 * @property {(event: import("./types.js").RunEvent) => void} onEvent
 * @property {(state: "lost" | "back", seconds: number, retryNow: () => void) => void} onConnection
 * @property {AbortSignal} signal
 */

/**
 * Asks, and follows the run. The same idempotency key goes with every try, so that a lost reply asks nothing twice.
 * @param {{message: string, thread_id?: string, as_of?: string, libraries?: string[], mode?: string}} body
 * @param {Listener} listener
 */
export function ask(body, listener) {
  const key = newKey();
  const first = (/** @type {AbortSignal} */ signal) =>
    send("/chat/stream", {
      method: "POST",
      idempotencyKey: key,
      body: JSON.stringify(body),
      signal,
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    });
  return new Following(listener, null, first).toEnd();
}

/** Follows a run from its start, or again. @param {string} runId @param {Listener} listener */
export function follow(runId, listener) {
  return new Following(listener, runId, null).toEnd();
}

class Following {
  /** @param {Listener} listener @param {string | null} runId @param {((signal: AbortSignal) => Promise<Response>) | null} first */
  constructor(listener, runId, first) {
    this.listener = listener;
    this.runId = runId;
    this.first = first;
    this.seq = 0;
    this.finished = false;
    this.failures = 0;
    this.lost = false;
  }

  async toEnd() {
    while (!this.finished && !this.listener.signal.aborted) {
      const problem = await this.connection();
      if (this.finished || this.listener.signal.aborted) return;
      if (problem && !problem.passing) throw problem;
      await this.pause(problem?.retryAfter);
    }
  }

  /** One connection, until it ends or breaks. @returns {Promise<Problem | null>} why it could not be opened */
  async connection() {
    const abort = new AbortController();
    const leave = () => abort.abort();
    this.listener.signal.addEventListener("abort", leave);
    let silence = setTimeout(leave, SILENCE_MS);
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(leave, SILENCE_MS);
    };
    try {
      const response = await this.open(abort.signal);
      if (response.status === 204 || !response.body) {
        this.finished = true;
        return null;
      }
      this.back();
      for await (const event of readEvents(response.body, alive)) {
        this.take(event);
        if (this.finished) return null;
      }
      return null;
    } catch (error) {
      if (error instanceof Problem) return error;
      if (error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError")) return null; // broken off
      throw error;
    } finally {
      clearTimeout(silence);
      this.listener.signal.removeEventListener("abort", leave);
      leave();
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<Response>} */
  open(signal) {
    if (!this.runId) return /** @type {NonNullable<typeof this.first>} */ (this.first)(signal);
    const headers = { Accept: "text/event-stream", ...(this.seq ? { "Last-Event-ID": String(this.seq) } : {}) };
    return send(`/runs/${this.runId}/events`, { headers, signal });
  }

  /** @param {import("./types.js").RunEvent} event */
  take(event) {
    if (event.seq !== null) {
      if (event.seq <= this.seq) return; // sent again after a reconnection
      this.seq = event.seq;
    }
    this.failures = 0;
    this.runId ||= event.data.run_id;
    this.listener.onEvent(event);
    if (event.event === "run.finished") this.finished = true;
  }

  back() {
    if (this.lost) this.listener.onConnection("back", 0, () => undefined);
    this.lost = false;
  }

  /** @param {number | undefined} asked  seconds that the service asked for */
  async pause(asked) {
    const backoff = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    const wait = Math.max(backoff, (asked || 0) * 1000);
    this.failures += 1;
    this.lost = true;
    await new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        removeEventListener("online", go);
        resolve(undefined);
      };
      const timer = setTimeout(go, wait);
      addEventListener("online", go);
      this.listener.signal.addEventListener("abort", go, { once: true });
      this.listener.onConnection("lost", Math.ceil(wait / 1000), go);
    });
  }
}
