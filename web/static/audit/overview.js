/** The page Overview: how much was asked and done, where no answer was given and why, how requests were decided. */

import { asProblem, get } from "../api.js";
import { watchSignInAndNetwork } from "../banner.js";
import { announce, button, byId, h } from "../dom.js";
import { listen } from "../keys.js";
import { capital } from "../states.js";
import { count, day, number, plain } from "../words.js";
import { bars } from "./bars.js";
import { stacks } from "./stacks.js";
import { showCurrentPage } from "./tabs.js";
import { lasting, reason } from "./words.js";

const RUNS = "Runs by day and outcome";
const REQUESTS = "Requests for a signature by day and decision";
const HATCHED = "The hatched part ended without an answer.";

const form = byId("range");
const from = /** @type {HTMLInputElement} */ (byId("from"));
const to = /** @type {HTMLInputElement} */ (byId("to"));
const place = byId("plots");

const OUTCOMES = [
  { key: "answered", label: "Answered" },
  { key: "acted", label: "Done under signature" },
  { key: "abstained", label: "No answer given" },
  { key: "refused", label: "Refused" },
  { key: "other", label: "Other" },
];
const DECISIONS = [
  { key: "approved", label: "Signed" },
  { key: "edited", label: "Changed" },
  { key: "rejected", label: "Not signed" },
  { key: "expired", label: "Expired" },
  { key: "withdrawn", label: "Withdrawn" },
  { key: "voided", label: "Voided" },
];

/** @param {string} path @param {Record<string, string>} query */
const linkTo = (path, query) => `${path}?${new URLSearchParams(query)}`;
/** The days in the fields; none: those that the service takes by itself. @returns {Record<string, string>} */
const range = () => ({ ...(from.value ? { from: from.value } : {}), ...(to.value ? { to: to.value } : {}) });

/** @param {number | null} limit @param {number | null} before */
function ageLabel(limit, before) {
  if (limit === null) return `over ${lasting(before || 0)}`;
  return before === null ? `up to ${lasting(limit)}` : `${lasting(before)} – ${lasting(limit)}`;
}

/** @param {string} title @param {string} lead @param {HTMLElement} plot */
const card = (title, lead, plot) => h("section.card.pad.plot", {}, h("h2", {}, title), h("p.small.muted", {}, lead), plot);

/** @param {any} each */
function topic(each) {
  const parts = [each.abstained && `${number(each.abstained)} without an answer`, each.refused && `${number(each.refused)} refused`];
  return {
    label: capital(plain(each.name)),
    value: each.count,
    note: parts.filter(Boolean).join(", "),
    part: each.abstained + each.refused,
  };
}

/** @param {any} data */
function draw(data) {
  from.value = data.since;
  to.value = data.until;
  const reasons = data.reasons.map((/** @type {any} */ each) => ({
    label: reason(each.code),
    value: each.count,
    note: each.status === "refused" ? "refused" : each.status === "abstained" ? "no answer" : "failed",
    href: linkTo("/audit/runs", { ...range(), code: each.code }),
  }));
  const topics = (/** @type {string} */ kind) => data.topics.filter((/** @type {any} */ each) => each.kind === kind).map(topic);
  const ages = data.ages_s.map((/** @type {any} */ each, /** @type {number} */ index) => ({
    label: ageLabel(each.up_to_s, data.ages_s[index - 1]?.up_to_s ?? null),
    value: each.count,
  }));
  while (ages.length && !ages.at(-1).value) ages.pop();
  const total = data.volume.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + sumOf(each, OUTCOMES), 0);
  byId("span").textContent = `${count(total, "run")}, ${day(data.since)} to ${day(data.until)}`;
  place.replaceChildren(
    card(RUNS, "A run counts on the day on which it was asked.", stacks(RUNS, data.volume, OUTCOMES, dayLink)),
    card("Why there was no answer", "Runs that ended without an answer, by reason.", bars(reasons, "Reason", "Runs")),
    card("By library", `By the library of the best passage. ${HATCHED}`, bars(topics("library"), "Library", "Runs")),
    card("By kind of request", `As it was understood. ${HATCHED}`, bars(topics("intent"), "Kind", "Runs")),
    card("Time from request to decision", "Requests that a person decided.", bars(ages, "Time", "Requests")),
    card(REQUESTS, "On the day on which each was closed.", stacks(REQUESTS, data.approvals, DECISIONS)),
  );
  for (const plot of place.querySelectorAll(".sideways")) plot.scrollLeft = plot.scrollWidth; // the latest days first
  announce(byId("span").textContent || "");
}

/** @param {any} row @param {{key: string}[]} kinds */
const sumOf = (row, kinds) => kinds.reduce((sum, { key }) => sum + (row[key] || 0), 0);

/** @param {string} on */
const dayLink = (on) => linkTo("/audit/runs", { from: on, to: on });

async function load() {
  const slow = setTimeout(() => tell("Counting the runs of these days."), 1000);
  try {
    const data = await get(`/audit/overview?${new URLSearchParams(range())}`);
    clearTimeout(slow);
    draw(data);
  } catch (error) {
    clearTimeout(slow);
    const problem = asProblem(error);
    if (!problem.signedOut)
      tell(
        problem.message,
        button("Try again", () => void load()),
      );
  }
}

/** @param {string} text @param {...Node} actions */
function tell(text, ...actions) {
  place.replaceChildren(h("div.told", { role: "status" }, h("p", {}, text), h("div.actions", {}, ...actions)));
}

function fromAddress() {
  const query = new URLSearchParams(location.search);
  from.value = query.get("from") || "";
  to.value = query.get("to") || "";
  void load();
}

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  window.history.pushState(null, "", linkTo("/audit/overview", range()));
  void load();
});
addEventListener("popstate", fromAddress);
watchSignInAndNetwork();
showCurrentPage();
listen({});
fromAddress();
