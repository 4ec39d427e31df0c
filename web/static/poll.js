/** Asking again from time to time, while somebody is looking. */

/**
 * Runs `task` now and then every `ms`, one at a time, never while the tab is hidden; at once when it is shown again.
 * @param {number} ms
 * @param {() => Promise<void>} task  deals with its own failures
 * @returns {() => Promise<void>} runs it now, or, while it runs, once more afterwards
 */
export function every(ms, task) {
  let timer = 0;
  /** @type {Promise<void> | null} */
  let running = null;
  let again = false;

  async function rounds() {
    do {
      again = false;
      await task();
    } while (again);
  }

  function now() {
    clearTimeout(timer);
    again = true;
    running ||= rounds().finally(() => {
      running = null;
      clearTimeout(timer);
      if (!document.hidden) timer = window.setTimeout(now, ms);
    });
    return running;
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) now();
  });
  now();
  return now;
}
