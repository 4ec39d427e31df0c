/** How dates, counts and places are said. */

const locale = document.documentElement.dataset.locale || "en-GB";
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const monthFormat = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric" });
const numberFormat = new Intl.NumberFormat(locale);

/** @param {string} iso  a date, 2026-11-20 @returns {string} 20 Nov 2026 */
export const day = (iso) => dayFormat.format(new Date(`${iso.slice(0, 10)}T00:00:00Z`));

/** @param {number} n */
export const number = (n) => numberFormat.format(n);

/** @param {number} n @param {string} one @param {string} [many] */
export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** The reader's own calendar day. @returns {string} 2026-11-20 */
export function today() {
  const now = new Date();
  const pad = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return `${now.getFullYear()}-${pad(now.getMonth() + 1)}-${pad(now.getDate())}`;
}

/** Headings with arrows between, paragraph marks run together: § 5 Errors › (c)(1). @param {string[] | null | undefined} section */
export function path(section) {
  /** @type {string[]} */
  const parts = [];
  for (const name of section || []) {
    const isMarker = /^\(\w{1,5}\)$/.test(name);
    if (isMarker && parts.length && /\(\w{1,5}\)$/.test(parts[parts.length - 1]) && parts[parts.length - 1].startsWith("("))
      parts[parts.length - 1] += name;
    else parts.push(name);
  }
  return parts.join(" › ");
}

/** Whether a source is what a tool returned, not a passage. @param {import("./types.js").Source} source */
export const isResult = (source) => source.kind === "tool_result";

/** Kinds of source that later work brings are not for these pages. @param {import("./types.js").Source} source */
export const isShown = (source) => Boolean(source.chunk_id) || isResult(source);

/** @param {import("./types.js").Source} source */
export const titleOf = (source) => (isResult(source) ? "The bank’s system" : source.title);

/** @param {import("./types.js").Source | null} source */
export const nameOf = (source) =>
  source ? [titleOf(source), source.page ? `page ${source.page}` : ""].filter(Boolean).join(", ") : "passage";

/** @param {import("./types.js").Source[]} sources @returns {string} 5 passages from 2 documents */
export function evidence(sources) {
  const passages = sources.filter((source) => !isResult(source));
  const results = sources.length - passages.length;
  const replies = results ? `${count(results, "reply", "replies")} of the bank’s system` : "";
  if (!passages.length) return replies || "No passage found";
  const documents = new Set(passages.map((source) => source.document)).size;
  return [`${count(passages.length, "passage")} from ${count(documents, "document")}`, replies].filter(Boolean).join(", ");
}

/** The last heading and the paragraph marks under it. @param {string[] | null | undefined} section */
export function tail(section) {
  const names = section || [];
  let from = names.length - 1;
  while (from > 0 && names[from].startsWith("(")) from -= 1;
  return path(names.slice(Math.max(0, from)));
}

/** Where a source stands: its section, and its page if it has one. @param {import("./types.js").Source} source */
export function place(source) {
  if (isResult(source)) return source.summary || "";
  return [tail(source.section), source.page ? `p. ${source.page}` : ""].filter(Boolean).join(" · ");
}

/** @param {{effective_from: string, effective_to?: string | null}} edition */
export function inForce(edition) {
  const { effective_from: from, effective_to: to } = edition;
  if (from > today()) return { text: `In force from ${day(from)}`, kind: "warn" };
  if (to && to <= today()) return { text: `In force ${day(from)} to ${day(to)}: replaced`, kind: "warn" };
  return { text: `In force since ${day(from)}`, kind: "" };
}

/** Some owners call their versions editions themselves. @param {string} version @returns {string} Edition 3 */
export const edition = (version) => (/^edition\b/i.test(version) ? version[0].toUpperCase() + version.slice(1) : `Edition ${version}`);

/** The heading under which a conversation is listed. @param {string} at  a time, RFC 3339 */
export function period(at) {
  const then = new Date(at);
  const midnight = new Date().setHours(0, 0, 0, 0);
  const days = (midnight - new Date(then).setHours(0, 0, 0, 0)) / 86_400_000;
  if (days <= 0) return "Today";
  if (days < 1.5) return "Yesterday";
  return days < 7 ? "This week" : monthFormat.format(then);
}

/** @param {string} key  fraud_desk @returns {string} fraud desk */
export const plain = (key) => key.replaceAll("_", " ");
