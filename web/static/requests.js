/** My requests: what this person asked to have done, its state, who signed, why not. */

import { all, asProblem } from "./api.js";
import { visible } from "./arguments.js";
import { watchSignInAndNetwork } from "./banner.js";
import { withdraw } from "./decide.js";
import { announce, button, byId, chip, fill, h } from "./dom.js";
import { listen } from "./keys.js";
import { every } from "./poll.js";
import { markAllSeen, unseen } from "./seen.js";
import { became, gist, history, isSettled, refusedBecause, stateOf } from "./states.js";
import { ago, clock, expiry } from "./times.js";
import { count } from "./words.js";

const POLL_MS = 3000;
const MOST = 300;

/** @typedef {import("./types.js").Approval} Approval */

const place = byId("requests");
/** What was news when the page was opened or came while it is open: marked until it is left. @type {Set<string>} */
const fresh = new Set();
/** @type {Map<string, HTMLElement>} */
const rows = new Map();
const lists = { open: h("ul", { role: "list" }), settled: h("ul", { role: "list" }) };
let isOver = false;

/** What is shown of one while it waits. @param {Approval} approval */
function waits({ expires_at: until, signature }) {
  return signature === "self"
    ? `It waits for your confirmation in the conversation and ${expiry(until)}.`
    : `It ${expiry(until)}, at ${clock(until)}.`;
}

/** @param {Approval} approval @returns {Node[]} */
function parts(approval) {
  const { text, kind } = stateOf(approval);
  const reason = refusedBecause(approval);
  const open = approval.thread_id && h("a.btn.quiet", { href: `/?thread=${approval.thread_id}` }, "Open the conversation");
  const told = [approval.status === "pending" ? waits(approval) : "", ...history(approval)].filter(Boolean).join(" ");
  const end = approval.result || (isSettled(approval) && approval.status !== "executed" ? became(approval) : "");
  return [
    h(
      "div.line",
      {},
      h("b.title", {}, fresh.has(approval.id) && h("span.dot", {}, h("span.vh", {}, "New: ")), visible(approval.summary)),
      h("span.chips", {}, chip(text, kind)),
    ),
    gist(approval) && h("p.small.gist", {}, visible(gist(approval))),
    h("p.small.muted", {}, `${approval.title} · asked ${ago(approval.created_at)}`),
    told && h("p.small", {}, told),
    reason && h("blockquote", {}, visible(reason)),
    end && h("p.small", {}, visible(end)),
    h("div.actions", {}, open, approval.may.withdraw && button("Withdraw", () => takeBack(approval), "quiet")),
  ].filter((part) => part instanceof Node);
}

/** @param {Approval} approval */
async function takeBack(approval) {
  try {
    await withdraw(approval.run_id);
    announce("Withdrawn.");
  } catch (error) {
    const line = h("p.wrong.small", { role: "alert" }, asProblem(error).message);
    rows.get(approval.id)?.append(line);
  }
  document.dispatchEvent(new CustomEvent("decided"));
  refresh();
}

/** @param {Approval} approval @param {HTMLElement} list @param {number} index */
function row(approval, list, index) {
  const element = rows.get(approval.id) || h("li.request", { "data-approval": approval.id });
  rows.set(approval.id, element);
  const held = element.contains(document.activeElement);
  fill(element, ...parts(approval));
  if (list.children[index] !== element) list.insertBefore(element, list.children[index] || null);
  if (held && !element.contains(document.activeElement)) /** @type {HTMLElement | null} */ (element.querySelector("a, button"))?.focus();
}

/** @param {Approval[]} mine  the newest first */
function draw(mine) {
  const shown = mine.filter((each) => !each.followed_by);
  const groups = { open: shown.filter((each) => !isSettled(each)), settled: shown.filter(isSettled) };
  const ids = new Set(shown.map((each) => each.id));
  for (const [id, element] of rows) {
    if (ids.has(id)) continue;
    element.remove();
    rows.delete(id);
  }
  groups.open.forEach((each, index) => row(each, lists.open, index));
  groups.settled.forEach((each, index) => row(each, lists.settled, index));
  if (!shown.length) return empty();
  if (!lists.open.isConnected) {
    place.replaceChildren(
      h("section.shelf", { "aria-labelledby": "waiting" }, h("h2", { id: "waiting" }, "Waiting"), lists.open),
      h("section.shelf", { "aria-labelledby": "decided" }, h("h2", { id: "decided" }, "Decided"), lists.settled),
    );
  }
  for (const list of Object.values(lists)) /** @type {HTMLElement} */ (list.parentElement).hidden = !list.childElementCount;
  byId("tally").textContent = groups.open.length
    ? `${count(groups.open.length, "request")} of yours ${groups.open.length === 1 ? "waits" : "wait"} for a signature.`
    : "Nothing of yours waits for a signature.";
}

function empty() {
  place.replaceChildren(
    h(
      "div.told",
      {},
      h(
        "p",
        {},
        "You have asked for nothing yet. To have something done, ask for it in a conversation, for example: “Add a note to case C-1042: address proof is missing.”",
      ),
      h("div.actions", {}, h("a.btn", { href: "/" }, "Go to Ask")),
    ),
  );
}

/** News is announced once, and counts as seen while somebody looks at this page. @param {Approval[]} mine */
function takeNews(mine) {
  for (const each of unseen(mine)) {
    if (!fresh.has(each.id) && rows.size) announce(`${stateOf(each).text}: ${each.summary}`);
    fresh.add(each.id);
  }
  if (document.hidden) return;
  markAllSeen(mine);
  document.dispatchEvent(new CustomEvent("decided"));
}

async function look() {
  if (isOver) return;
  try {
    /** @type {Approval[]} */
    const mine = await all("/approvals", MOST, { role: "maker" });
    mine.sort((a, b) => b.created_at.localeCompare(a.created_at));
    const news = unseen(mine).length > 0;
    if (news || !rows.size) takeNews(mine);
    draw(mine);
  } catch (error) {
    const problem = asProblem(error);
    isOver = problem.signedOut;
    byId("tally").textContent = isOver ? "" : "This list could not be refreshed just now; it is tried again.";
    if (!rows.size && !isOver) {
      place.replaceChildren(
        h(
          "div.told",
          { role: "status" },
          h("p", {}, `Your requests can’t be listed now. ${problem.message}`),
          h(
            "div.actions",
            {},
            button("Try again", () => void refresh()),
          ),
        ),
      );
    }
  }
}

const refresh = every(POLL_MS, look);
listen({});
