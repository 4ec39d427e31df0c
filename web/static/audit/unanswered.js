/** The page Unanswered: questions that the documents had no answer for, by topic. */

import { asProblem, get } from "../api.js";
import { visible } from "../arguments.js";
import { watchSignInAndNetwork } from "../banner.js";
import { announce, button, byId, chip, h } from "../dom.js";
import { listen } from "../keys.js";
import { list } from "../states.js";
import { count, day, plain } from "../words.js";
import { showCurrentPage } from "./tabs.js";
import { moment, reason } from "./words.js";

const PAGE = "20";
const form = byId("range");
const from = /** @type {HTMLInputElement} */ (byId("from"));
const to = /** @type {HTMLInputElement} */ (byId("to"));
const place = byId("topics");
/** @type {import("./types.js").UnansweredTopic[]} */
let shown = [];
let asked = 0; // the newest question wins

/** The days in the fields; none: those that the service takes by itself. @returns {Record<string, string>} */
const range = () => ({ ...(from.value ? { from: from.value } : {}), ...(to.value ? { to: to.value } : {}) });

/** @param {import("./types.js").UnansweredTopic} topic */
function title(topic) {
  if (topic.terms.length) return topic.terms.map((word) => visible(word)).join(", ");
  const near = topic.documents[0];
  return near ? `Near “${near.title}”` : "Near no document";
}

/** @param {import("./types.js").UnansweredTopic} topic */
function when(topic) {
  const [first, last] = [day(topic.first_at.slice(0, 10)), day(topic.last_at.slice(0, 10))];
  return first === last ? first : `${first} to ${last}`;
}

/** @param {import("./types.js").UnansweredTopic} topic */
function card(topic) {
  const near = topic.documents.map((each) => `${each.title} (${plain(each.library)})`);
  return h(
    "li.card.pad.topic",
    {},
    h("h2", {}, title(topic)),
    h("p.small.muted", {}, [count(topic.runs, "question"), topic.people === 1 ? "one person" : `${topic.people} people`, when(topic)].join(" · ")),
    h("p.chips", {}, ...topic.codes.map((each) => chip(topic.codes.length > 1 ? `${reason(each.code)}: ${each.count}` : reason(each.code)))),
    h("p.small.near", {}, h("b", {}, "Nearest: "), near.length ? list(near) : "nothing was found"),
    h("ul.asked", { role: "list" }, ...topic.examples.map(example)),
    topic.runs > topic.examples.length && h("p.small.muted", {}, `The latest ${topic.examples.length} of ${topic.runs}.`),
  );
}

/** @param {{run_id: string, question: string, created_at: string}} run */
const example = (run) =>
  h(
    "li",
    {},
    h("a.run-link", { href: `/audit/runs/${run.run_id}` }, h("b", {}, `“${visible(run.question)}”`), h("span.small.muted", {}, moment(run.created_at))),
  );

/** @param {any} page @param {boolean} isMore */
function draw(page, isMore) {
  from.value = page.since;
  to.value = page.until;
  const before = isMore ? shown.length : 0;
  shown = isMore ? [...shown, ...page.items] : page.items;
  const parts = [count(page.runs, "question"), `${day(page.since)} to ${day(page.until)}`];
  if (page.wordless) parts.push(`${page.wordless} more whose words were erased`);
  if (page.cut) parts.push("only the latest are grouped");
  byId("span").textContent = parts.join(", ");
  if (!shown.length) return tell("Every question of these days that the documents had to answer was answered.");
  const topics = h("ul.topics", { role: "list" }, ...shown.map(card));
  const more = page.next_cursor && h("div.actions", {}, button("Show more", () => void look(page.next_cursor)));
  place.replaceChildren(topics, ...(more ? [more] : []));
  if (isMore) /** @type {HTMLElement | null} */ (topics.children[before]?.querySelector("a"))?.focus();
  announce(`${count(shown.length, "topic")}, ${byId("span").textContent}`);
}

/** @param {string | null} [cursor]  of the next page */
async function look(cursor = null) {
  const mine = (asked += 1);
  const slow = setTimeout(() => {
    if (mine === asked && !cursor) tell("Reading the questions of these days.");
  }, 1000);
  try {
    const page = await get(`/audit/abstentions?${new URLSearchParams({ ...range(), limit: PAGE, ...(cursor ? { cursor } : {}) })}`);
    if (mine === asked) draw(page, cursor !== null);
  } catch (error) {
    const problem = asProblem(error);
    if (mine === asked && !problem.signedOut)
      tell(
        problem.message,
        button("Try again", () => void look(cursor)),
      );
  } finally {
    clearTimeout(slow);
  }
}

/** @param {string} text @param {...Node} actions */
function tell(text, ...actions) {
  place.replaceChildren(h("div.told", { role: "status" }, h("p", {}, text), h("div.actions", {}, ...actions)));
}

/** @param {1 | -1} step */
function move(step) {
  const links = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("a.run-link")]);
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
}

function fromAddress() {
  const query = new URLSearchParams(location.search);
  from.value = query.get("from") || "";
  to.value = query.get("to") || "";
  void look();
}

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  window.history.pushState(null, "", `/audit/abstentions?${new URLSearchParams(range())}`);
  void look();
});
addEventListener("popstate", fromAddress);
watchSignInAndNetwork();
showCurrentPage();
listen({ j: () => move(1), k: () => move(-1) });
fromAddress();
