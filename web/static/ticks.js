/** Which items of a checklist are ticked, in this browser: names of runs and fields only. */

const PREFIX = `ticks:${document.body.dataset.person || ""}:`;

/** @param {string} runId @returns {Set<string>} */
export function kept(runId) {
  try {
    const found = JSON.parse(localStorage.getItem(PREFIX + runId) || "[]");
    return new Set(Array.isArray(found) ? found : []);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return new Set(); // another's entry, or no storage here
    throw error;
  }
}

/** @param {string} runId @param {Set<string>} ticks */
export function keep(runId, ticks) {
  try {
    if (ticks.size) localStorage.setItem(PREFIX + runId, JSON.stringify([...ticks]));
    else localStorage.removeItem(PREFIX + runId);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full, or none here: ticks last as long as the page
  }
}
