/** What was seen in this browser: decisions about one's own requests, and requests that were opened to be signed. */

const KEY = `requests-seen:${document.body.dataset.person || ""}`;
const KEPT = 300; // ids
const NEWS = new Set(["executed", "rejected", "expired", "voided", "failed"]);

const OPENED = `approvals-opened:${document.body.dataset.person || ""}`;

/** @typedef {{since: string, ids: string[]}} Seen  since: what was closed by then counts as seen */

/** @param {string} key @returns {any} */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) || "null");
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return null; // another's entry, or no storage here
    throw error;
  }
}

/** @param {string} key @param {any} value */
function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // full, or none here: everything stays new
  }
}

/** @returns {Seen | null} */
function read() {
  const kept = stored(KEY);
  return kept && typeof kept.since === "string" && Array.isArray(kept.ids) ? kept : null;
}

/** @param {Seen} seen */
const write = (seen) => store(KEY, { since: seen.since, ids: seen.ids.slice(-KEPT) });

/** @param {import("./types.js").Approval[]} approvals @returns {string} when the last of them was closed, by the service's clock */
const latest = (approvals) => approvals.reduce((most, { closed_at: at }) => (at && at > most ? at : most), "");

/** @param {import("./types.js").Approval} approval */
function isNews({ status, signature, signatures }) {
  const own = signatures.some((mark) => mark.person === document.body.dataset.person);
  return NEWS.has(status) && !(signature === "self" && own);
}

/** Those that were decided since this person last looked. In a new browser nothing is news. @param {import("./types.js").Approval[]} mine */
export function unseen(mine) {
  const seen = read() || { since: latest(mine), ids: [] };
  write(seen);
  return mine.filter((each) => isNews(each) && (each.closed_at || "") > seen.since && !seen.ids.includes(each.id));
}

/** @param {string} id */
export function markSeen(id) {
  const seen = read();
  if (seen && !seen.ids.includes(id)) write({ ...seen, ids: [...seen.ids, id] });
}

/** All of these have been looked at. @param {import("./types.js").Approval[]} mine */
export function markAllSeen(mine) {
  const before = read()?.since || "";
  const last = latest(mine);
  write({ since: last > before ? last : before, ids: [] });
}

/** @returns {string[]} */
const opened = () => (Array.isArray(stored(OPENED)) ? stored(OPENED) : []);

/** Whether this request was open before a person who may sign it. @param {string} id */
export const wasOpened = (id) => opened().includes(id);

/** @param {string} id */
export function markOpened(id) {
  if (!wasOpened(id)) store(OPENED, [...opened(), id].slice(-KEPT));
}
