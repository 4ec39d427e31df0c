/** The page Access: could this person read this document on that day, and why. What was asked stands in the address. */

import { all, asProblem, get } from "../api.js";
import { visible } from "../arguments.js";
import { watchSignInAndNetwork } from "../banner.js";
import { button, byId, chip, h } from "../dom.js";
import { listen } from "../keys.js";
import { day, edition, plain, today } from "../words.js";
import { showCurrentPage } from "./tabs.js";

const form = byId("access");
const result = byId("result");
const fields = /** @type {HTMLInputElement[]} */ (["user", "document", "on"].map(byId));
const [user, key, on] = fields;
const wrong = byId("wrong");

watchSignInAndNetwork();
showCurrentPage();
listen({ "/": () => user.focus() });

/** @param {string[]} roles */
const roleNames = (roles) => (roles.length ? roles.map(plain).join(", ") : "none");

/** @param {string[] | null} audience */
const readers = (audience) => (!audience ? "not known" : audience.includes("*") ? "everyone of the bank" : roleNames(audience));

/** @param {any} found */
function draw(found) {
  const { allowed, known, user: person, reasons, roles_then: then, roles_today: now, audience, edition: which } = found;
  const rows = [
    ["When", !allowed ? "at no time of that day" : found.all_day ? "all day" : "for part of the day"],
    ["Roles then", then ? roleNames(then) : "not recorded"],
    ["Roles today", now ? roleNames(now) : "none known"],
    ["Meant for", readers(audience)],
    ["Library", plain(found.library)],
    ["Edition that day", which ? editionName(which) : "none in force"],
  ];
  result.replaceChildren(
    h(
      "div.card.pad",
      {},
      h(
        "div.verdict-title",
        {},
        chip(verdict(found), allowed ? "ok" : "warn"),
        h("h2", {}, `${person.name || person.person}, ${found.document}, ${day(found.on)}`),
      ),
      h("ol.reasons", {}, ...reasons.map((/** @type {string} */ each) => h("li", {}, visible(each)))),
      h("dl.kv", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      found.editions.length > 1 && editionsThen(found.editions),
      h(
        "p",
        {},
        h(
          "a",
          { href: `/audit/runs?${new URLSearchParams({ user: user.value, document: key.value })}` },
          "Runs of this person that used it",
        ),
      ),
    ),
  );
}

/** @param {{allowed: boolean, all_day: boolean, known: boolean}} found */
function verdict({ allowed, all_day: allDay, known }) {
  if (!known) return "Not on record";
  if (!allowed) return "Could not read it";
  return allDay ? "Could read it" : "Could read it for part of the day";
}

/** Every edition that was there, the newest first. @param {any[]} editions */
function editionsThen(editions) {
  const rows = editions.map((each) => h("li", {}, h("b", {}, edition(each.version)), ` ${visible(each.reason)}`));
  return h("div", {}, h("h3", {}, "Each edition on that day"), h("ul", { role: "list" }, ...rows));
}

/** @param {any} which */
function editionName(which) {
  const until = which.effective_to ? ` to ${day(which.effective_to)}` : "";
  return `${edition(which.version)}, in force from ${day(which.effective_from)}${until}${which.in_force ? "" : " (not on that day)"}`;
}

async function look() {
  const query = new URLSearchParams(fields.map(({ name, value }) => [name, value.trim()]));
  result.replaceChildren(h("p.muted", {}, "Looking at what was recorded."));
  try {
    draw(await get(`/audit/access?${query}`));
  } catch (error) {
    const problem = asProblem(error);
    if (problem.signedOut) return result.replaceChildren();
    const text = problem.status && problem.status < 500 ? problem.message : `This can’t be worked out now. ${problem.message}`;
    result.replaceChildren(
      h("p.muted", {}, text),
      h(
        "div.actions",
        {},
        button("Try again", () => void look()),
      ),
    );
  }
}

/** @returns {boolean} whether all three are given; else says which is missing */
function isComplete() {
  const empty = fields.find((field) => !field.value.trim());
  for (const field of fields) field.toggleAttribute("aria-invalid", field === empty);
  const said = { user: "Name the person.", document: "Name the document.", on: "Choose the day." };
  wrong.textContent = empty ? said[/** @type {keyof typeof said} */ (empty.name)] : "";
  empty?.focus();
  return !empty;
}

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  if (!isComplete()) return;
  window.history.pushState(null, "", `/audit/access?${new URLSearchParams(fields.map(({ name, value }) => [name, value.trim()]))}`);
  void look();
});

function fromAddress() {
  const query = new URLSearchParams(location.search);
  for (const field of fields) field.value = query.get(field.name) || "";
  if (fields.every((field) => field.value)) void look();
  else result.replaceChildren();
  on.value ||= today();
}

async function offerDocuments() {
  try {
    const documents = await all("/documents");
    byId("documents").replaceChildren(...documents.map((each) => h("option", { value: each.key }, each.title)));
  } catch (error) {
    asProblem(error); // without the list, the key is typed
  }
}

addEventListener("popstate", fromAddress);
fromAddress();
void offerDocuments();
