/** The Approvals page: the queue left, one request right, live; all of it by keyboard. */

import { Problem, all, asProblem, get } from "./api.js";
import { watchSignInAndNetwork } from "./banner.js";
import { Detail } from "./detail.js";
import { announce, button, byId, h } from "./dom.js";
import { listen } from "./keys.js";
import { every } from "./poll.js";
import { Queue } from "./queue.js";
import { markOpened } from "./seen.js";
import { isSettled } from "./states.js";
import { openStops } from "./stops.js";

const POLL_MS = 3000;
const MOST = 200; // of the queue; whoever has more filters by signing

const main = byId("main");
const wide = matchMedia("(min-width: 880px)");
const signs = main.dataset.signs !== undefined;

watchSignInAndNetwork();
const queue = new Queue({ onOpen: (id) => open(id, { push: true, focus: true }) });
const detail = new Detail(byId("detail"), {
  onDecided: (approval, next) => decided(approval, next),
  onStale: () => reread(),
});
/** What is open; also while it is being fetched. @type {string | null} */
let current = main.dataset.approval || null;
let isOver = false;

/** @param {string} id @param {{push?: boolean, focus?: boolean, afterNext?: boolean}} [how] */
async function open(id, { push = false, focus = false, afterNext = false } = {}) {
  current = id;
  main.classList.add("reading");
  const path = `/approvals/${id}`;
  if (push && location.pathname !== path) window.history[wide.matches ? "replaceState" : "pushState"](null, "", path);
  const known = queue.get(id);
  if (known) {
    detail.show(known, { afterNext });
    markOpened(id);
  } else if (detail.approval?.id !== id) detail.tell(h("p.muted", { role: "status" }, "Waiting for the request."));
  queue.select(id);
  if (focus) detail.title?.focus({ preventScroll: true });
  byId("detail").scrollTop = 0;
  await read(id, focus && !known);
}

/** Reads it with the bank's present state. @param {string} id @param {boolean} [focus] */
async function read(id, focus = false) {
  try {
    const approval = await get(`/approvals/${id}`);
    if (current !== id) return;
    if (detail.approval?.id === id) detail.update(approval);
    else {
      detail.show(approval);
      if (approval.may.approve) markOpened(id);
      if (focus) detail.title?.focus({ preventScroll: true });
    }
  } catch (error) {
    if (current === id) missing(asProblem(error), id);
  }
}

/** @param {Problem} problem @param {string} id */
function missing(problem, id) {
  if (problem.signedOut) return;
  if (!problem.gone && detail.approval?.id === id) return; // what is shown stays; the next look may succeed
  const text = problem.gone ? "It may have been taken back, or it is not for you to see." : problem.message;
  detail.tell(
    h(
      "div",
      { role: "status" },
      h("a.back.btn.quiet", { href: "/approvals", "data-action": "back" }, "‹ All requests"),
      h("h2", {}, problem.gone ? "This request isn’t here" : problem.document.title),
      h("p.muted", {}, text),
      !problem.gone &&
        h(
          "div.actions",
          {},
          button("Try again", () => read(id)),
        ),
    ),
  );
}

/** It is not as it was shown: read it and the queue again; the reason stays on the page. */
function reread() {
  if (current) read(current);
  refresh();
}

/** @param {import("./types.js").Approval} approval @param {boolean} next */
function decided(approval, next) {
  document.dispatchEvent(new CustomEvent("decided"));
  const to = queue.beside(1);
  queue.set(queue.all.filter((each) => each.id !== current));
  refresh();
  if (next && to) {
    announce("Signed. The next request is shown.");
    open(to, { push: true, focus: true, afterNext: true });
    return;
  }
  current = approval.id;
  if (location.pathname !== `/approvals/${approval.id}`) window.history.replaceState(null, "", `/approvals/${approval.id}`);
  queue.select(approval.id);
  detail.decided(approval, to ? () => move(1) : null);
  if (!isSettled(approval)) read(approval.id);
}

/** @param {1 | -1} step */
function move(step) {
  const to = queue.beside(step);
  if (to) open(to, { push: true, focus: true });
  else announce(step > 0 ? "That was the last one." : "That was the first one.");
}

function back() {
  current = null;
  main.classList.remove("reading");
  window.history.pushState(null, "", "/approvals");
  queue.select(null);
  nothing();
}

function nothing() {
  const text = !signs ? "" : queue.all.length ? "Choose a request." : "Nothing waits for your signature.";
  detail.tell(h("p.muted", {}, text));
}

async function look() {
  if (isOver) return;
  try {
    if (signs) queue.set(await all("/approvals", MOST, { role: "checker", status: "pending" }));
    await follow();
  } catch (error) {
    const problem = asProblem(error);
    isOver = problem.signedOut;
    if (!isOver) byId("note").textContent = `The queue can’t be read now; it is tried again. ${problem.message}`;
  }
}

/** What is open may have moved on, by somebody else's hand or by the bank's system. */
async function follow() {
  if (!current) {
    if (wide.matches && queue.shown[0]) await open(queue.shown[0].id);
    else if (!detail.place.childElementCount) nothing();
    return;
  }
  const listed = queue.get(current);
  const shown = detail.approval;
  if (shown?.id !== current) await open(current);
  else if (listed) detail.update(listed);
  else if (!isSettled(shown)) await read(current);
}

const refresh = every(POLL_MS, look);
openStops();

/** @param {(signing: import("./signing.js").Signing) => void} action @returns {(key: string, event: KeyboardEvent) => void} once for a press */
const act = (action) => (_key, event) => {
  if (!event.repeat && detail.signing) action(detail.signing);
};

listen(
  {
    j: () => move(1),
    k: () => move(-1),
    a: act((signing) => signing.approve(false)),
    "shift+a": act((signing) => signing.approve(true)),
    e: act((signing) => signing.edit()),
    r: act((signing) => signing.reject()),
  },
  () => {
    if (wide.matches || !main.classList.contains("reading")) return false;
    back();
    return true;
  },
);

main.addEventListener("click", (/** @type {MouseEvent} */ event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest("a");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  if (link.dataset.action === "back") back();
  else if (link.dataset.approval) open(link.dataset.approval, { push: true, focus: true });
  else return;
  event.preventDefault();
});
addEventListener("popstate", () => {
  const id = /^\/approvals\/(.+)$/.exec(location.pathname)?.[1];
  if (id) open(id, { focus: true });
  else {
    current = null;
    main.classList.remove("reading");
    queue.select(null);
    nothing();
  }
});
