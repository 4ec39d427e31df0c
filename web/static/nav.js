/** The numbers in the navigation: what waits for this person's signature, and news of one's own requests. */

import { Problem, all, get } from "./api.js";
import { h } from "./dom.js";
import { every } from "./poll.js";
import { unseen } from "./seen.js";

const POLL_MS = 3000;
const LOOKED_AT = 100; // the newest of one's own requests that may be news

const toSign = document.getElementById("to-sign");
const news = document.getElementById("news");
const title = document.title;
let isOver = false; // signed out: asking again would only fail again
/** How many of one's own requests were open at the last look; null: look again. @type {number | null} */
let before = null;

/** @param {HTMLElement | null} badge @param {number} number @param {string} means */
function show(badge, number, means) {
  if (!badge) return;
  const text = number > 99 ? "99+" : String(number);
  if (badge.firstChild?.textContent !== text) badge.replaceChildren(text, h("span.vh", {}, ` ${means}`));
  badge.hidden = number === 0;
}

async function look() {
  if (isOver) return;
  try {
    const { to_sign: waiting, requests_open: open } = await get("/approvals/counts");
    show(toSign, waiting, "to sign");
    if (toSign) document.title = waiting ? `(${waiting}) ${title}` : title;
    if (news && open !== before) before = (await lookForNews()) ? open : null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the numbers stay as they are; the page itself says what is wrong
    isOver = error.signedOut || error.status === 403;
  }
}

/** Something of one's own was decided, or it is the first look. @returns {Promise<boolean>} whether all of that is settled */
async function lookForNews() {
  const mine = await all("/approvals", LOOKED_AT, { role: "maker" });
  const fresh = unseen(mine);
  show(news, fresh.length, fresh.length === 1 ? "new decision" : "new decisions");
  return mine.every((each) => each.status !== "approved");
}

if (toSign || news) {
  const lookNow = every(POLL_MS, look);
  document.addEventListener("decided", () => {
    before = null;
    lookNow();
  });
}
