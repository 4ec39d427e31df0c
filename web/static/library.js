/** The library: the documents that this person may read, by library, each with its editions. */

import { all, asProblem } from "./api.js";
import { button, byId, chip, h } from "./dom.js";
import { listen } from "./keys.js";
import { openUpload } from "./upload.js";
import { count, day, inForce, plain } from "./words.js";

const STATES = {
  parsing: "Being read",
  draft: "Not published",
  published: "Published",
  withdrawn: "Withdrawn",
  failed: "Could not be read",
};
const find = /** @type {HTMLInputElement} */ (byId("find"));
const shelf = /** @type {HTMLSelectElement} */ (byId("shelf"));
const place = byId("documents");
/** @type {import("./types.js").LibraryDocument[]} */
let documents = [];

async function load() {
  const slow = setTimeout(() => {
    if (!documents.length) tell("Waiting for the list of documents.");
  }, 1000);
  try {
    documents = await all("/documents");
    drawShelves();
    draw();
  } catch (error) {
    const problem = asProblem(error);
    tell(
      problem.signedOut ? "You are signed out." : `The documents can’t be listed now. ${problem.message}`,
      problem.signedOut ? h("a.btn.primary", { href: "/auth/login?next=/library" }, "Sign in again") : button("Try again", load),
    );
  } finally {
    clearTimeout(slow);
  }
}

/** @param {string} text @param {...Node} actions */
function tell(text, ...actions) {
  place.replaceChildren(h("div.told", { role: "status" }, h("p", {}, text), h("div.actions", {}, ...actions)));
}

const libraries = () => [...new Set(documents.map((document) => document.library))].sort();

function drawShelves() {
  const chosen = shelf.value;
  shelf.replaceChildren(
    h("option", { value: "" }, "All libraries"),
    ...libraries().map((name) => h("option", { value: name }, plain(name))),
  );
  shelf.value = libraries().includes(chosen) ? chosen : "";
  byId("count").textContent = documents.length ? `${count(documents.length, "document")} that you may read.` : "";
}

function draw() {
  const wanted = find.value.trim().toLocaleLowerCase();
  const isWanted = (/** @type {import("./types.js").LibraryDocument} */ document) =>
    (!shelf.value || document.library === shelf.value) &&
    (!wanted || `${document.title} ${document.key}`.toLocaleLowerCase().includes(wanted));
  const shown = documents.filter(isWanted);
  if (!shown.length) {
    tell(
      documents.length
        ? "No document that you may read has these words in its title."
        : "No document is published for you yet. A policy owner publishes documents for a library and its readers.",
      ...(documents.length
        ? [
            button("Show all", () => {
              find.value = "";
              shelf.value = "";
              draw();
            }),
          ]
        : []),
    );
    return;
  }
  const groups = libraries()
    .map((name) => [name, shown.filter((document) => document.library === name)])
    .filter(([, list]) => list.length);
  place.replaceChildren(
    ...groups.map(([name, list]) =>
      h("section.shelf", {}, h("h2", {}, plain(String(name))), h("ul", { role: "list" }, .../** @type {any[]} */ (list).map(row))),
    ),
  );
}

/** The edition that a reader wants first. @param {import("./types.js").Edition[]} editions */
const foremost = (editions) =>
  editions.find((edition) => edition.in_force && edition.state === "published") ||
  editions.find((edition) => edition.state === "published") ||
  editions[0];

/** @param {import("./types.js").LibraryDocument} document */
function row(document) {
  const editions = [...document.editions].sort((a, b) => b.effective_from.localeCompare(a.effective_from));
  const first = foremost(editions);
  const others = editions.length > 1 && h("details", {}, h("summary", {}, count(editions.length, "edition")), table(document, editions));
  const readers = document.audience.includes("*") ? "everyone" : document.audience.map(plain).join(", ");
  return h(
    "li.doc",
    {},
    h(
      "div.line",
      {},
      h(
        "div",
        {},
        first ? h("a.title", { href: `/library/${first.id}` }, document.title) : h("span.title", {}, document.title),
        h(
          "p.small.muted",
          {},
          [document.key, `for ${readers}`, first?.pages ? count(first.pages, "page") : ""].filter(Boolean).join(" · "),
        ),
      ),
      h("div.chips", {}, first && stateChip(first)),
    ),
    others,
  );
}

/** @param {import("./types.js").Edition} edition */
function stateChip(edition) {
  if (edition.state !== "published") return chip(STATES[edition.state] || edition.state, edition.state === "failed" ? "stop" : "warn");
  const force = inForce(edition);
  return chip(force.text, edition.in_force ? "ok" : force.kind);
}

/** @param {import("./types.js").LibraryDocument} document @param {import("./types.js").Edition[]} editions */
function table(document, editions) {
  const head = h(
    "thead",
    {},
    h("tr", {}, ...["Edition", "In force from", "Until", "State"].map((name) => h("th", { scope: "col" }, name))),
  );
  const rows = editions.map((edition) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        h("a", { href: `/library/${edition.id}`, "aria-label": `${document.title}, edition ${edition.version}` }, edition.version),
      ),
      h("td", { "data-label": "In force from" }, day(edition.effective_from)),
      h("td", { "data-label": "Until" }, edition.effective_to ? day(edition.effective_to) : "—"),
      h("td", { "data-label": "State" }, STATES[edition.state] || edition.state),
    ),
  );
  return h("table.editions", {}, head, h("tbody", {}, ...rows));
}

find.addEventListener("input", draw);
shelf.addEventListener("change", draw);
listen({ "/": () => find.focus() });
if (document.getElementById("add")) openUpload(() => documents, load);
load();
