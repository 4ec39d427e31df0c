/** A column that becomes a sheet over the page where there is no room beside: modal, closed by Esc, focus returned. */

import { h } from "./dom.js";

const shade = h("div.shade", {});

/**
 * @param {HTMLElement} column
 * @param {() => void} onClose  asked by a press beside the sheet
 */
export function raise(column, onClose) {
  if (column.getAttribute("aria-modal")) return;
  column.setAttribute("role", "dialog");
  column.setAttribute("aria-modal", "true");
  for (const other of outside(column)) other.inert = true;
  shade.onclick = onClose;
  column.parentElement?.append(shade);
}

/** @param {HTMLElement} column */
export function lower(column) {
  if (!column.getAttribute("aria-modal")) return;
  column.removeAttribute("role");
  column.removeAttribute("aria-modal");
  for (const other of outside(column)) other.inert = false;
  shade.remove();
}

/** @param {HTMLElement} column @returns {HTMLElement[]} */
function outside(column) {
  const beside = [...(column.parentElement?.children || [])].filter((element) => element !== column && element !== shade);
  const bar = document.querySelector(".bar");
  return /** @type {HTMLElement[]} */ (bar ? [...beside, bar] : beside);
}
