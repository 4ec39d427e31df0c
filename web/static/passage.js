/** A passage in its document: the page image with it marked, or the text where the format has no pages. */

import { asProblem, get } from "./api.js";
import { button, h } from "./dom.js";
import { PageView } from "./pageview.js";
import { textSheet, toMark } from "./textview.js";
import { count } from "./words.js";

/**
 * Where a quoted sentence stands in the passage's text, whatever its white space.
 * @param {string} text @param {string} quote @returns {import("./types.js").Range | null}
 */
export function rangeOf(text, quote) {
  const words = quote
    .replace(/^[\s"“”'‘’…]+|[\s"“”'‘’…]+$/g, "")
    .split(/\s+/)
    .filter(Boolean);
  if (!words.length) return null;
  const match = new RegExp(words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+")).exec(text);
  if (!match) return null;
  // The service counts characters, JavaScript counts UTF-16 units.
  const start = [...text.slice(0, match.index)].length;
  return [start, start + [...match[0]].length];
}

/** @param {string} text */
export const told = (text) => h("div.view", { tabindex: "0" }, h("p.told", { role: "status" }, text));

/**
 * Shows the passage in `body`; a later call takes over from one that is still loading.
 * @param {HTMLElement} body
 * @param {import("./types.js").Source} source
 * @param {string | null} quote  only this sentence of the passage is marked
 */
export async function showPassage(body, source, quote) {
  const ticket = String(Math.random());
  body.dataset.ticket = ticket;
  const isCurrent = () => body.dataset.ticket === ticket;
  const slow = setTimeout(() => {
    if (isCurrent()) body.replaceChildren(told("Waiting for the passage to be fetched."));
  }, 1000);
  try {
    /** @type {import("./types.js").Chunk} */
    const chunk = await get(`/chunks/${source.chunk_id}`);
    const range = quote ? rangeOf(chunk.text, quote) : null;
    const view = chunk.page ? new PageView(chunk, { range }).parts : await textParts(chunk, range);
    if (!isCurrent()) return;
    const pager = /** @type {HTMLElement} */ (view.at(-1));
    body.replaceChildren(...view.slice(0, -1), ...pointsTo(chunk), pager);
    const mark = body.querySelector("mark");
    if (mark) toMark(/** @type {HTMLElement} */ (mark));
  } catch (error) {
    if (isCurrent()) body.replaceChildren(failure(asProblem(error), () => showPassage(body, source, quote)));
  } finally {
    clearTimeout(slow);
  }
}

/** Where the passage points to, folded away. @param {import("./types.js").Chunk} chunk */
function pointsTo({ document, references }) {
  if (!references.length) return [];
  const items = references.map(({ text, chunk_id: id, edition_id: edition, section, document: other }) => {
    const place = [other === document ? "" : other, section.at(-1) ?? ""].filter(Boolean).join(" › ");
    return h("li", {}, h("a", { href: `/library/${edition}?chunk=${id}` }, text), place ? ` — ${place}` : "");
  });
  const summary = h("summary", {}, count(references.length, "reference"));
  return [h("details.as-text.points", {}, summary, h("ul", {}, ...items))];
}

/** @param {import("./types.js").Chunk} chunk @param {import("./types.js").Range | null} range */
async function textParts(chunk, range) {
  const text = await get(`/editions/${chunk.edition_id}/text?chunk=${chunk.id}`);
  const open = h("a.btn.quiet", { href: `/library/${chunk.edition_id}?chunk=${chunk.id}` }, "Open document");
  return [
    textSheet(text, { chunkId: chunk.id, range }),
    h("div.pager", {}, h("span", {}, "Text of the document"), h("span.grow", {}), open),
  ];
}

/** @param {import("./api.js").Problem} problem @param {() => void} again */
function failure(problem, again) {
  const text = problem.gone
    ? "This passage is no longer here. It may have been withdrawn, or your access to it has changed."
    : problem.signedOut
      ? "You are signed out. Sign in again to see the passage."
      : problem.message;
  return h(
    "div.view",
    { tabindex: "0" },
    h("p.told", { role: "status" }, text),
    !problem.gone && !problem.signedOut && button("Try again", again),
  );
}
