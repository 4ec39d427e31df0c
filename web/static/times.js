/** Times as people say them: the clock, how long ago, how long still. */

const locale = document.documentElement.dataset.locale || "en-GB";
const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
const SOON_MIN = 10;

const minutesSince = (/** @type {string} */ iso) => (Date.now() - new Date(iso).getTime()) / 60_000;
const isToday = (/** @type {Date} */ then) => then.toDateString() === new Date().toDateString();

/** @param {number} minutes */
function span(minutes) {
  if (minutes < 60) return `${Math.floor(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} days`;
}

/** @param {string} iso @returns {string} 10:42 today; 19 Nov, 10:42 on another day */
export function clock(iso) {
  const then = new Date(iso);
  return isToday(then) ? clockFormat.format(then) : `${dayFormat.format(then)}, ${clockFormat.format(then)}`;
}

/** For a sentence. @param {string} iso @returns {string} today at 10:42; on 19 Nov at 10:42 */
export function moment(iso) {
  const then = new Date(iso);
  return `${isToday(then) ? "today" : `on ${dayFormat.format(then)}`} at ${clockFormat.format(then)}`;
}

/** @param {string} iso @returns {string} just now, 26 min, 3 h */
export const age = (iso) => (minutesSince(iso) < 1 ? "just now" : span(minutesSince(iso)));

/** @param {string} iso @returns {string} just now, 26 min ago */
export const ago = (iso) => (minutesSince(iso) < 1 ? "just now" : `${age(iso)} ago`);

/** @param {string} iso @returns {string} expires in 9 min */
export function expiry(iso) {
  const left = -minutesSince(iso);
  if (left <= 0) return "expired";
  return left < 1 ? "expires within a minute" : `expires in ${span(left)}`;
}

/** @param {string} iso */
export const isSoon = (iso) => -minutesSince(iso) < SOON_MIN;

/** @param {string} iso */
export const isPast = (iso) => minutesSince(iso) >= 0;
