/** What an edition changes against the one before: word by word, figures set apart, with the days of the document. */

import { get } from "./api.js";
import { announce, button, chip, h } from "./dom.js";
import { count, day, edition, path, today } from "./words.js";

/** @typedef {{kind: string, warns: boolean, first: string, until: string | null, text: string}} Finding */
/** @typedef {{first: string, until: string | null, edition_id: string | null, version: string | null}} Stretch */

const KINDS = { added: "Added", removed: "Removed", changed: "Changed", moved: "Moved" };
const TAGS = { same: "span", added: "ins", removed: "del" };

/** What was found of the days, those that warn first. @param {Finding[]} list */
export function findings(list) {
  if (!list.length) return null;
  const rows = list.map(({ text, warns }) => h(warns ? "li.warned" : "li", {}, text));
  return h("ul.findings", { role: "list", "aria-label": "Days" }, ...rows);
}

/** @param {Stretch} stretch */
const isNow = ({ first, until }) => first <= today() && (!until || today() < until);

/** @param {string} until the first day that no longer counts */
function lastDay(until) {
  const last = new Date(`${until}T00:00:00Z`);
  last.setUTCDate(last.getUTCDate() - 1);
  return day(last.toISOString());
}

/** The days of the document on a line, and in words. @param {Stretch[]} stretches @param {string} id  of the edition that is shown */
export function timeline(stretches, id) {
  if (!stretches.length) return null;
  const line = h("div.line-of-days", { "aria-hidden": "true" });
  for (const stretch of stretches) {
    const kind = !stretch.edition_id ? ".none" : stretch.edition_id === id ? ".own" : "";
    const part = h(`i${kind}`, { title: stretch.version || "none" });
    const end = stretch.until ? Date.parse(stretch.until) : Math.max(Date.parse(stretch.first), Date.now()) + 1.6e10;
    part.style.flexGrow = String(Math.max(1, (end - Date.parse(stretch.first)) / 86_400_000));
    line.append(part);
  }
  const rows = stretches.map((stretch) => {
    const days = stretch.until ? `${day(stretch.first)} to ${lastDay(stretch.until)}` : `from ${day(stretch.first)} on`;
    const name = stretch.edition_id
      ? h("a", { href: `/library/${stretch.edition_id}`, "aria-current": stretch.edition_id === id ? "page" : null }, edition(stretch.version || ""))
      : h("b.warned", {}, "No edition counts");
    return h("li", {}, name, h("span.small.muted", {}, ` ${days}`), isNow(stretch) ? chip("today", stretch.edition_id ? "ok" : "warn") : null);
  });
  return h("div.days", {}, line, h("ol", { role: "list", "aria-label": "Which edition counts when" }, ...rows));
}

/** @param {any} change @param {any} base @param {string} id */
function passage(change, base, id) {
  const place = change.after || change.before;
  const of = change.after ? id : base?.id;
  const where = [path(change.section), place?.page ? `p. ${place.page}` : ""].filter(Boolean).join(" · ") || "Without a heading";
  const words = change.parts.map((/** @type {any} */ part) =>
    h(`${/** @type {any} */ (TAGS)[part.change]}${part.figure ? ".figure" : ""}`, {}, part.text),
  );
  return h(
    "li.change",
    {},
    h(
      "p.small",
      {},
      chip(/** @type {any} */ (KINDS)[change.kind], change.kind === "removed" ? "stop" : change.kind === "added" ? "ok" : ""),
      change.figures && chip("figure", "warn"),
      h("a", { href: `/library/${of}?chunk=${place.chunk_id}` }, where),
    ),
    h("p.text", {}, ...words),
  );
}

/** @param {any} shown */
function summary({ base, counts }) {
  const parts = ["changed", "added", "removed", "moved"]
    .filter((kind) => counts[kind])
    .map((kind) => `${count(counts[kind], "passage")} ${kind}`);
  if (!base) return "It is the document’s first edition: all of it is new.";
  const against = `${edition(base.version)} of ${day(base.effective_from)}`;
  if (!parts.length) return `Its text is that of ${against}.`;
  const figures = counts.figures ? ` A figure went or came in ${count(counts.figures, "passage")}.` : "";
  return `Against ${against}: ${parts.join(", ")}; ${count(counts.unchanged, "sentence")} unchanged.${figures}`;
}

/** The changes as a page of their own. @param {any} shown  reply of `/editions/{id}/changes` */
export function changesView(shown) {
  const list = h("ul.changes", { role: "list" }, ...shown.items.map((/** @type {any} */ each) => passage(each, shown.base, shown.edition_id)));
  let cursor = shown.next_cursor;
  const more = button("Show more changes", async () => {
    const next = await get(`/editions/${shown.edition_id}/changes?cursor=${encodeURIComponent(cursor)}`);
    list.append(...next.items.map((/** @type {any} */ each) => passage(each, shown.base, shown.edition_id)));
    cursor = next.next_cursor;
    more.hidden = !cursor;
    announce(`${count(next.items.length, "further change")} shown.`);
  });
  more.hidden = !cursor;
  return h(
    "div.view",
    { tabindex: "0", role: "group", "aria-label": "What changed" },
    h("div.sheetlike", {}, h("h2", {}, "What changed"), h("p", {}, summary(shown)), list, more),
  );
}
