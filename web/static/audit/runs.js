/** The page Runs: the ledger's state on top, filters, and the runs that fit, the newest first. */

import { asProblem, get } from "../api.js";
import { visible } from "../arguments.js";
import { watchSignInAndNetwork } from "../banner.js";
import { announce, button, byId, chip, h } from "../dom.js";
import { listen } from "../keys.js";
import { list } from "../states.js";
import { count } from "../words.js";
import { filtersOf, people, toolTitle } from "./fields.js";
import { Filters } from "./filters.js";
import { Seal } from "./seal.js";
import { showCurrentPage } from "./tabs.js";
import { WORDLESS, moment, outcome } from "./words.js";

const PAGE = "50";
const SIGNED = new Set(["approved", "executed", "failed", "voided"]);

/** @typedef {import("./types.js").AuditedRun} AuditedRun */

const place = byId("runs");
const tally = byId("tally");
/** @type {AuditedRun[]} */
let shown = [];
let query = filtersOf(location.search);
let asked = 0; // the newest question wins

watchSignInAndNetwork();
showCurrentPage();
new Seal();
const filters = new Filters(query, (changed) => {
  query = changed;
  window.history.pushState(null, "", `/audit/runs${suffix()}`);
  void look();
});

const suffix = () => (String(query) ? `?${query}` : "");

/** @param {AuditedRun} run */
function row(run) {
  const { text, kind } = outcome(run);
  const who = [run.person.name || run.person.person, run.branch && `Branch ${run.branch}`, moment(run.created_at)];
  const signers = run.approval?.signers.map((each) => each.name) || [];
  const decided = SIGNED.has(run.approval?.state || "") ? "signed" : "decided";
  const with_ = [...run.tools.map(toolTitle), ...run.documents, signers.length ? `${decided} by ${list(signers)}` : ""].filter(Boolean);
  const title = run.question ? `“${visible(run.question)}”` : WORDLESS[run.texts] || WORDLESS.erased;
  return h(
    "li",
    {},
    h(
      "a.run-row",
      { href: `/audit/runs/${run.run_id}${suffix()}` },
      h(run.question ? "b.question" : "b.question.muted", {}, title),
      h("span.chips", {}, run.texts === "altered" && chip("ALTERED", "stop"), chip(text, kind)),
      h("span.small.muted", {}, who.filter(Boolean).join(" · ")),
      with_.length ? h("span.small.muted.with", {}, with_.join(" · ")) : null,
    ),
  );
}

/** @param {string | null} [cursor]  of the next page; without it, the list begins anew */
async function look(cursor = null) {
  const mine = (asked += 1);
  place.setAttribute("aria-busy", "true");
  const slow = setTimeout(() => {
    if (mine === asked && !cursor) tell("Looking through the runs.");
  }, 1000);
  try {
    const page = await get(`/audit/runs?${new URLSearchParams([...query, ["limit", PAGE], ...(cursor ? [["cursor", cursor]] : [])])}`);
    if (mine === asked) draw(cursor ? [...shown, ...page.items] : page.items, page.next_cursor, cursor !== null);
  } catch (error) {
    const problem = asProblem(error);
    if (mine === asked && !problem.signedOut) failed(problem, cursor);
  } finally {
    clearTimeout(slow);
    if (mine === asked) place.removeAttribute("aria-busy");
  }
}

/** @param {AuditedRun[]} runs @param {string | null} next @param {boolean} isMore */
function draw(runs, next, isMore) {
  const before = isMore ? shown.length : 0;
  shown = runs;
  for (const { person } of runs) people.set(person.person, person.name);
  filters.draw();
  const found = runs.length ? `${count(runs.length, "run")}${next ? " shown" : ""}, the newest first.` : "";
  tally.textContent = found;
  if (!runs.length) return empty();
  const rows = h("ul", { role: "list" }, ...runs.map(row));
  place.replaceChildren(
    rows,
    next
      ? h(
          "div.actions",
          {},
          button("Show more", () => void look(next)),
        )
      : "",
  );
  if (isMore) /** @type {HTMLElement} */ (rows.children[before]?.firstElementChild)?.focus();
  announce(found);
}

function empty() {
  const text = String(query) ? "No run fits these filters." : "Nobody has asked anything yet.";
  tell(text, String(query) ? button("Clear all filters", () => filters.clear()) : "");
  announce(text);
}

/** @param {import("../api.js").Problem} problem @param {string | null} cursor */
function failed(problem, cursor) {
  tally.textContent = "";
  tell(
    problem.status === 422 || problem.status === 400 ? problem.message : `The runs can’t be listed now. ${problem.message}`,
    button("Try again", () => void look(cursor)),
  );
}

/** @param {string} text @param {...(Node | string)} actions */
function tell(text, ...actions) {
  place.replaceChildren(h("div.told", { role: "status" }, h("p", {}, text), h("div.actions", {}, ...actions)));
}

/** @param {1 | -1} step */
function move(step) {
  const rows = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("a.run-row")]);
  const at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]?.focus();
}

listen({ j: () => move(1), k: () => move(-1), "/": () => filters.toggle("add") });
addEventListener("popstate", () => {
  query = filtersOf(location.search);
  filters.set(query);
  void look();
});
void look();
