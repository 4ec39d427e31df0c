/** One edition of a document: what it is, its pages or its text, and for policy owners its publishing. */

import { asProblem, get, post } from "./api.js";
import { changesView, findings, timeline } from "./changes.js";
import { announce, button, byId, chip, h } from "./dom.js";
import { listen } from "./keys.js";
import { PageView } from "./pageview.js";
import { told } from "./passage.js";
import { readersSection } from "./readers.js";
import { textSheet, toMark } from "./textview.js";
import { count, day, inForce, plain } from "./words.js";

const STATES = {
  parsing: "Being read",
  draft: "Not published",
  published: "Published",
  withdrawn: "Withdrawn",
  failed: "Could not be read",
};
const PLANTED = "planted_instructions";
const id = byId("main").dataset.edition;
const body = byId("body");
const wanted = new URLSearchParams(location.search);
/** @type {PageView | null} */
let pages = null;
/** What the edition changes, for those who may put documents in. @type {any} */
let changes = null;
/** Which of the two is shown: null before anybody chose. @type {"text" | "changes" | null} */
let chosen = null;

async function load() {
  const slow = setTimeout(() => body.replaceChildren(told("Waiting for the document.")), 1000);
  try {
    const [edition, me] = await Promise.all([get(`/editions/${id}`), get("/me")]);
    const permissions = new Set(me.permissions);
    const isRead = edition.state !== "parsing" && edition.state !== "failed";
    changes = isRead && permissions.has("document:write") ? await get(`/editions/${id}/changes`) : null;
    const counts = permissions.has("document:publish") || permissions.has("audit:read");
    const citations = counts && isRead && edition.state !== "draft" ? await get(`/editions/${id}/citations`) : null;
    clearTimeout(slow);
    document.title = `${edition.title} — Countersign`;
    about(edition, permissions, citations);
    await show(edition);
  } catch (error) {
    clearTimeout(slow);
    missing(asProblem(error));
  }
}

/** @param {any} edition */
async function show(edition) {
  if (edition.state === "parsing") {
    body.replaceChildren(told("The file is being read. Its pages appear here afterwards."));
    setTimeout(load, 1500);
    return;
  }
  const chunkId = wanted.get("chunk");
  const isNew = edition.state === "draft" && changes?.base && !chunkId;
  if (changes && (chosen === "changes" || (chosen === null && isNew))) {
    pages = null;
    body.replaceChildren(changesView(changes));
    return;
  }
  const chunk = chunkId ? await get(`/chunks/${chunkId}`) : null;
  if (edition.pages) {
    const document = chunk || { edition_id: edition.id, title: edition.title };
    pages = new PageView(
      { ...document, pages: edition.pages },
      { page: Number(wanted.get("page")) || undefined, whole: true, onPage: keepPage },
    );
    body.replaceChildren(...pages.parts);
    return;
  }
  const text = await get(`/editions/${edition.id}/text${chunkId ? `?chunk=${chunkId}` : ""}`);
  body.replaceChildren(textSheet(text, { chunkId }));
  const mark = body.querySelector("mark");
  if (mark) toMark(/** @type {HTMLElement} */ (mark));
}

/** The address names the page that is shown. @param {number} page */
function keepPage(page) {
  wanted.set("page", String(page));
  history.replaceState(null, "", `?${wanted}`);
}

/** To the pages or to what changed. @param {any} edition */
function views(edition) {
  if (!changes?.base) return null;
  const shows = () => (chosen ?? (edition.state === "draft" && !wanted.get("chunk") ? "changes" : "text"));
  const choice = (/** @type {"text" | "changes"} */ view, /** @type {string} */ label) =>
    button(label, () => choose(view), "quiet", { "data-view": view, "aria-pressed": String(shows() === view) });
  const row = h("div.views", { role: "group", "aria-label": "Show" }, choice("text", "The document"), choice("changes", "What changed"));
  /** @param {"text" | "changes"} view */
  async function choose(view) {
    chosen = view;
    for (const each of row.children) each.setAttribute("aria-pressed", String(each.getAttribute("data-view") === view));
    try {
      await show(edition);
    } catch (error) {
      missing(asProblem(error));
    }
  }
  return row;
}

/** How many answers cite it; whose is told to nobody here. @param {any} citations */
function citedBy(citations) {
  if (!citations) return null;
  const days = citations.days.slice(0, 14).map((/** @type {any} */ each) => h("li", {}, `${day(each.day)}: ${count(each.answers, "answer")}`));
  return h(
    "section",
    {},
    h("h2", {}, "Answers"),
    h("p.small", {}, citations.answers ? `${count(citations.answers, "answer")} cite${citations.answers === 1 ? "s" : ""} this edition.` : "No answer cites this edition."),
    days.length > 0 && h("details", {}, h("summary", {}, "By day"), h("ul", { role: "list" }, ...days)),
    citations.runs && h("p.small", {}, h("a", { href: citations.runs }, "The runs that used it")),
  );
}

/** @param {any} edition @param {Set<string>} permissions @param {any} citations */
function about(edition, permissions, citations) {
  const force = inForce(edition);
  const state =
    edition.state === "published"
      ? chip(force.text, force.kind || "ok")
      : chip(/** @type {any} */ (STATES)[edition.state] || edition.state, edition.state === "failed" ? "stop" : "warn");
  const readers = edition.audience?.includes("*") ? "Everyone" : (edition.audience || []).map(plain).join(", ");
  const facts = [
    ["Library", plain(edition.library)],
    ["Edition", edition.version],
    ["In force from", day(edition.effective_from)],
    ["Until", edition.effective_to && day(edition.effective_to)],
    ["Pages", edition.pages],
    ["Readers", readers],
    ["Key", edition.document],
  ].filter(([, value]) => value);
  byId("about").replaceChildren(
    h("p.small", {}, h("a", { href: "/library" }, "Library")),
    h("h1", {}, edition.title),
    h("div.chips", {}, state),
    views(edition) || "",
    planted(edition, permissions) || "",
    publishing(edition, permissions) || "",
    permissions.has("document:publish") ? readersSection(edition.document, load) : "",
    problems(edition) || "",
    h(
      "section",
      {},
      h("h2", {}, "About"),
      h("dl.kv", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))])),
    ),
    edition.calendar.length ? h("section", {}, h("h2", {}, "Which edition counts when"), timeline(edition.calendar, edition.id)) : "",
    others(edition) || "",
    citedBy(citations) || "",
  );
}

/** @param {any} edition */
function others(edition) {
  const editions = edition.editions || [];
  if (editions.length < 2) return null;
  const rows = editions.map((/** @type {any} */ each) =>
    h(
      "li",
      {},
      h(
        "a",
        { href: `/library/${each.id}`, "aria-current": each.id === edition.id ? "page" : null },
        `${each.version}, from ${day(each.effective_from)}`,
      ),
      each.state !== "published" && h("span.small.muted", {}, ` · ${/** @type {any} */ (STATES)[each.state]}`),
    ),
  );
  return h("section", {}, h("h2", {}, "Editions"), h("ul", { role: "list" }, ...rows));
}

/** What could not be read, by page. @param {any} edition */
function problems(edition) {
  const list = (edition.problems || []).filter((/** @type {any} */ problem) => problem.code !== PLANTED);
  if (!list.length) return null;
  const rows = list.map((/** @type {any} */ problem) =>
    h(
      "li",
      {},
      problem.page && edition.pages
        ? button(`Page ${problem.page}: ${problem.detail}`, () => pages?.show(problem.page), "quiet")
        : h("span", {}, problem.detail),
    ),
  );
  return h("section", {}, h("h2", {}, `${count(list.length, "part")} could not be read`), h("ul", { role: "list" }, ...rows));
}

/** For policy owners: passages that give orders to whoever reads them out, each a link to it.
 * @param {any} edition @param {Set<string>} permissions */
function planted(edition, permissions) {
  if (!permissions.has("document:publish") && !permissions.has("document:write")) return null;
  const list = (edition.problems || []).filter((/** @type {any} */ problem) => problem.code === PLANTED);
  if (!list.length) return null;
  const rows = list.map((/** @type {any} */ problem, /** @type {number} */ index) =>
    h(
      "li",
      {},
      problem.chunk_id
        ? h(
            "a",
            { href: `/library/${edition.id}?chunk=${problem.chunk_id}` },
            `Passage ${index + 1}${problem.page ? `, page ${problem.page}` : ""}`,
          )
        : h("span", {}, problem.detail),
    ),
  );
  return h(
    "section",
    {},
    h("h2", {}, "Instructions in the text"),
    h(
      "p.small",
      {},
      "These passages read like orders to the assistant or through it to its readers. Look at each before you publish: somebody may have planted them.",
    ),
    h("ul", { role: "list" }, ...rows),
  );
}

/** @param {any} edition @param {Set<string>} permissions */
function publishing(edition, permissions) {
  if (!permissions.has("document:publish") && !permissions.has("document:write")) return null;
  const mayPublish = edition.state === "draft" && changes?.publishing.allowed;
  const mayWithdraw = permissions.has("document:publish") && edition.state === "published";
  const said = h("p.small.muted", { role: "status" });
  /** @param {string} verb @param {string} done @param {string} digest  of what was shown */
  const act = (verb, done, digest) => async () => {
    try {
      await post(`/editions/${edition.id}/${verb}`, { digest });
      announce(done);
      chosen = null;
      await load();
    } catch (error) {
      said.textContent = asProblem(error).message;
      if (asProblem(error).status === 412) await load();
    }
  };
  const sure = async () => {
    try {
      const told = await get(`/editions/${edition.id}/withdrawal`);
      actions.replaceChildren(
        h("p.small", {}, "From now on nobody is answered from this edition. Answers given before keep their record; nothing is destroyed."),
        findings(told.findings) || h("p.small.muted", {}, "It counts on no day, so nothing else changes."),
        button("Withdraw now", act("withdraw", "Withdrawn.", told.digest), "danger"),
        button("Keep it", () => actions.replaceChildren(withdraw), "quiet"),
      );
      actions.querySelector("button")?.focus();
    } catch (error) {
      said.textContent = asProblem(error).message;
    }
  };
  const withdraw = button("Withdraw", sure, "danger");
  const actions = h("div.actions", {}, mayPublish && button("Publish", act("publish", "Published.", changes.digest), "primary"), mayWithdraw && withdraw);
  const words = {
    draft: "Look at every page before you publish. Readers are answered from it on the days it is in force.",
    published: "Its readers are answered from it on the days it is in force.",
    withdrawn: "Nobody is answered from it.",
    failed: "The file could not be read. Upload a corrected file as the same edition.",
    parsing: "It is being read.",
  };
  return h(
    "section",
    {},
    h("h2", {}, "Publishing"),
    h("p.small.muted", {}, /** @type {any} */ (words)[edition.state] || ""),
    edition.state === "draft" && changes?.publishing.second_owner && changes.publishing.allowed && h("p.small", {}, "In this library another policy owner than the uploader publishes."),
    edition.state === "draft" && changes && !changes.publishing.allowed && h("p.small.muted", {}, changes.publishing.reason),
    edition.state === "draft" ? changes && findings(changes.findings) : findings(edition.findings),
    edition.state === "draft" && changes && h("details", {}, h("summary", {}, "The days with it in force"), timeline(changes.calendar, edition.id)),
    actions,
    said,
  );
}

/** @param {import("./api.js").Problem} problem */
function missing(problem) {
  const text = problem.gone
    ? "This document isn’t here. It may have been withdrawn, or it is not for your readers’ group."
    : problem.signedOut
      ? "You are signed out."
      : problem.message;
  body.replaceChildren(told(text));
  const next = encodeURIComponent(location.pathname + location.search);
  byId("about").replaceChildren(
    h("p.small", {}, h("a", { href: "/library" }, "Library")),
    h("h1", {}, problem.gone ? "Not found" : problem.document.title),
    problem.signedOut ? h("a.btn.primary", { href: `/auth/login?next=${next}` }, "Sign in again") : "",
    !problem.gone && !problem.signedOut ? button("Try again", load) : "",
  );
}

listen({
  ArrowLeft: () => pages?.show(pages.page - 1),
  ArrowRight: () => pages?.show(pages.page + 1),
});
load();
