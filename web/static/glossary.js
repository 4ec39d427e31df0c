/** The glossary: what stands for the same. Everyone reads it; policy owners add, change and retire. */

import { all, asProblem, post } from "./api.js";
import { announce, button, byId, h } from "./dom.js";
import { listen } from "./keys.js";
import { count, day } from "./words.js";

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {string} term
 * @property {string[]} meanings  none: switched off
 * @property {boolean} capitals_only
 * @property {"built_in" | "bank"} origin
 * @property {string | null} note
 * @property {boolean} replaced
 * @property {string | null} added_by
 * @property {string | null} added_at
 * @property {string | null} retired_by
 * @property {string | null} retired_at
 */

const find = /** @type {HTMLInputElement} */ (byId("find"));
const which = /** @type {HTMLSelectElement} */ (byId("which"));
const place = byId("entries");
const form = /** @type {HTMLFormElement | null} */ (document.getElementById("add"));
/** @type {Entry[]} */
let entries = [];
/** The entry that is being changed. @type {Entry | null} */
let changed = null;

async function load() {
  const wanted = which.value;
  try {
    const found = await all("/glossary", 5000, wanted === "retired" ? { retired: "true" } : {});
    if (wanted !== which.value) return; // another list was chosen meanwhile
    entries = found;
    draw();
  } catch (error) {
    const problem = asProblem(error);
    const again = problem.signedOut
      ? h("a.btn.primary", { href: "/auth/login?next=/library/glossary" }, "Sign in again")
      : button("Try again", load);
    place.replaceChildren(
      h("div.told", { role: "status" }, h("p", {}, problem.signedOut ? "You are signed out." : problem.message), h("div.actions", {}, again)),
    );
  }
}

/** @param {Entry} entry */
const isShown = (entry) =>
  which.value === "retired" || (!entry.replaced && (which.value !== "bank" || entry.origin === "bank"));

function draw() {
  const wanted = find.value.trim().toLocaleLowerCase();
  const listed = entries.filter(isShown);
  const shown = listed.filter((entry) => !wanted || [entry.term, ...entry.meanings].join(" ").toLocaleLowerCase().includes(wanted));
  byId("count").textContent = listed.length ? `${count(shown.length, "term")}${wanted ? ` of ${listed.length}` : ""}` : "";
  if (!shown.length) {
    const empty = { counting: "There are no terms yet.", bank: "The bank has entered no terms of its own yet.", retired: "Nothing was retired yet." };
    place.replaceChildren(
      h("p.told", { role: "status" }, listed.length ? "No term has these words." : empty[/** @type {keyof typeof empty} */ (which.value)]),
    );
    return;
  }
  const names = ["Term", "Stands for", "Entered"];
  const head = h("tr", {}, ...names.map((name) => h("th", { scope: "col" }, name)), form && h("th", {}, h("span.vh", {}, "Actions")));
  place.replaceChildren(h("table", {}, h("thead", {}, head), h("tbody", {}, ...shown.map(row))));
}

/** @param {Entry} entry */
function row(entry) {
  const isOff = !entry.meanings.length;
  return h(
    isOff ? "tr.off" : "tr",
    {},
    h("td.term", {}, entry.term, entry.capitals_only && h("span.small.muted", {}, "only in capitals")),
    h("td.means", {}, isOff ? "Not expanded: switched off" : entry.meanings.join("; "), entry.note && h("span.small.muted", {}, entry.note)),
    h("td.from.small.muted", {}, from(entry)),
    form && h("td.acts", {}, ...(entry.retired_at ? [] : acts(entry))),
  );
}

/** @param {Entry} entry */
function from(entry) {
  if (entry.origin === "built_in") return "Comes with Countersign";
  const added = `${entry.added_by}, ${day(String(entry.added_at).slice(0, 10))}`;
  return entry.retired_at ? `${added}; retired by ${entry.retired_by}, ${day(entry.retired_at.slice(0, 10))}` : added;
}

/** @param {Entry} entry */
function acts(entry) {
  const about = (/** @type {string} */ verb) => ({ "aria-label": `${verb} ${entry.term}` });
  const retired = !entry.meanings.length ? "Expand again" : entry.origin === "built_in" ? "Switch off" : "Retire";
  return [
    entry.meanings.length ? button("Change", () => open(entry), "quiet", about("Change")) : null,
    button(retired, () => retire(entry, retired), "quiet", about(retired)),
  ].filter((each) => each !== null);
}

/** @param {Entry} entry @param {string} verb */
async function retire(entry, verb) {
  try {
    await post(`/glossary/${entry.id}/retire`);
    announce(`${verb}: ${entry.term}. Done.`);
    await load();
    find.focus();
  } catch (error) {
    place.prepend(h("p.wrong", { role: "alert" }, asProblem(error).message));
  }
}

/** Opens the form, empty or with an entry to change. @param {Entry | null} entry */
function open(entry) {
  changed = entry;
  if (!form) return;
  form.hidden = false;
  byId("show-add").setAttribute("aria-expanded", "true");
  byId("add-title").textContent = entry ? `Change ${entry.term}` : "Add a term";
  byId("term").value = entry?.term ?? "";
  byId("meanings").value = entry?.meanings.join("\n") ?? "";
  byId("note").value = entry?.note ?? "";
  byId("capitals").checked = entry?.capitals_only ?? false;
  byId("told").replaceChildren();
  form.scrollIntoView({ block: "nearest" });
  byId("term").focus();
}

function close() {
  if (!form) return;
  form.hidden = true;
  byId("show-add").setAttribute("aria-expanded", "false");
  byId("show-add").focus();
}

/** @param {SubmitEvent} event */
async function save(event) {
  event.preventDefault();
  const told = byId("told");
  const submit = /** @type {HTMLButtonElement} */ (form?.querySelector("[type=submit]"));
  const lines = byId("meanings").value.split("\n");
  const body = {
    term: byId("term").value.trim(),
    meanings: lines.map((/** @type {string} */ line) => line.trim()).filter(Boolean),
    capitals_only: byId("capitals").checked || null,
    note: byId("note").value.trim() || null,
    // One of ours is not replaced by its id: an entry of the bank's own takes its place by its term.
    replaces: changed?.origin === "bank" ? changed.id : null,
  };
  if (!body.term || !body.meanings.length) {
    told.replaceChildren(h("p.wrong", {}, body.term ? "Say what the term stands for." : "Give the term."));
    byId(body.term ? "meanings" : "term").focus();
    return;
  }
  submit.disabled = true;
  try {
    const saved = await post("/glossary", body);
    announce(`Saved: ${saved.term}.`);
    close();
    await load();
  } catch (error) {
    told.replaceChildren(h("p.wrong", {}, asProblem(error).message));
  } finally {
    submit.disabled = false;
  }
}

/** @param {SubmitEvent} event */
async function attempt(event) {
  event.preventDefault();
  const text = byId("question").value.trim();
  if (!text) return;
  const becomes = byId("becomes");
  try {
    const expanded = await post("/glossary/preview", { text });
    becomes.replaceChildren(
      h("p", {}, expanded.text),
      h("p.small.muted", {}, expanded.added.length ? `Searched also for: ${expanded.added.join(", ")}` : "The glossary adds nothing to it."),
    );
  } catch (error) {
    becomes.replaceChildren(h("p.wrong", {}, asProblem(error).message));
  }
}

find.addEventListener("input", draw);
which.addEventListener("change", load);
byId("try").addEventListener("submit", attempt);
listen({ "/": () => find.focus() });
if (form) {
  byId("show-add").addEventListener("click", () => (form.hidden ? open(null) : close()));
  byId("hide-add").addEventListener("click", close);
  form.addEventListener("submit", save);
}
load();
