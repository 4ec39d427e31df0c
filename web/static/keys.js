/** Single keys, where nothing is being typed, and the list of them. */

import { byId } from "./dom.js";

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

export function showKeys() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("keys"));
  if (!dialog.open) dialog.showModal();
}

/**
 * @param {Record<string, (key: string, event: KeyboardEvent) => void>} actions  by `KeyboardEvent.key`; "1-9" takes the digits, "shift+a" the
 *   letter with Shift
 * @param {() => boolean} [onEscape]  whether something was closed; also while typing
 */
export function listen(actions, onEscape) {
  document.querySelector('[data-action="keys"]')?.addEventListener("click", showKeys);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (/** @type {HTMLDialogElement} */ (byId("keys")).open) return;
    if (event.key === "Escape") {
      if (onEscape?.()) event.preventDefault();
      return;
    }
    if (isTyping(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const shifted = event.shiftKey && actions[`shift+${key}`];
    const action = key === "?" ? showKeys : shifted || actions[key] || (/^[1-9]$/.test(key) && actions["1-9"]);
    if (!action) return;
    event.preventDefault();
    action(key, event);
  });
}
