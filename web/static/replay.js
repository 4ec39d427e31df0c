/** Runs that are over, shown again. Of an act all that happened is shown: who signed, what was changed, why not. */

import { asProblem } from "./api.js";
import { follow } from "./follow.js";
import { isResult } from "./words.js";

const DONE = new Set(["answered", "abstained", "refused", "rejected", "expired", "failed", "cancelled", "budget_exceeded"]);

const HUSH_MS = 1500;

/** Of a run that is still under way what comes at first happened before: it is shown, not read out as news. @param {import("./turn.js").Turn} turn */
export function hush(turn) {
  turn.live = false;
  setTimeout(() => {
    turn.live = true;
  }, HUSH_MS);
}

/** @param {import("./types.js").PastRun} run */
export const isDone = ({ status }) => DONE.has(status);

/** Whether its last event says all: what was answered from documents, or not at all. @param {import("./types.js").PastRun} run */
export function isTold({ outcome }) {
  if (!outcome) return false;
  if (outcome.event === "answer") return !outcome.data.sources.some(isResult);
  return outcome.event === "abstained" || outcome.event === "refused";
}

/** @param {import("./turn.js").Turn} turn @param {string} status @param {AbortSignal} signal */
async function replay(turn, status, signal) {
  turn.live = false;
  try {
    await follow(turn.runId, { signal, onEvent: (event) => turn.apply(event), onConnection: () => undefined });
    if (!signal.aborted) turn.finish(status);
  } catch (error) {
    if (!signal.aborted) turn.fail(asProblem(error).document);
  }
  turn.live = true;
}

/**
 * One after another: a browser has few connections to a service.
 * @param {[import("./turn.js").Turn, string][]} acts  turns with the states of their runs
 * @param {AbortSignal} signal @param {() => void} onShown  they have grown, and what was in view has moved
 */
export async function replayAll(acts, signal, onShown) {
  for (const [turn, status] of acts) if (!signal.aborted) await replay(turn, status, signal);
  if (acts.length && !signal.aborted) onShown();
}
