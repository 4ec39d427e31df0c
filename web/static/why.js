/** The page "Why was this found?": what each stage of the search made of every passage. The question stands in the address. */

import { asProblem, send } from "./api.js";
import { watchSignInAndNetwork } from "./banner.js";
import { button, byId, h } from "./dom.js";
import { listen } from "./keys.js";
import { count, day, edition, number, path } from "./words.js";

/**
 * @typedef {object} Stage
 * @property {string} stage
 * @property {number | null} score
 * @property {number | null} before
 * @property {number | null} after
 */

const STAGES = {
  glossary: ["Glossary", "what the bank’s abbreviations stand for"],
  lexical: ["Words", "words in common, rare ones counting more"],
  phrases: ["Phrases", "words that stand side by side"],
  dense: ["Meaning", "nearness of meaning, 1 at most"],
  weighting: ["Both together", "words and meaning as one score"],
  learned: ["Learned order", "what readers’ questions taught"],
  rerank: ["Second reading", "a model that reads both texts"],
  diversity: ["Repetition", "what repeats an earlier passage goes back"],
  neighbours: ["Neighbours", "what completes a sentence that was cut"],
};
const form = byId("ask");
const query = /** @type {HTMLInputElement} */ (byId("query"));
const asOf = /** @type {HTMLInputElement} */ (byId("as_of"));
const most = /** @type {HTMLInputElement} */ (byId("k"));
const wrong = byId("wrong");
const found = byId("found");

watchSignInAndNetwork();
listen({ "/": () => query.focus() });

/** @param {number | null} score */
const figure = (score) => (score === null ? "none" : score.toFixed(4));

/** @param {number | null} rank */
const place = (rank) => (rank === null ? "none" : number(rank));

/** @param {Stage} stage */
function moved({ before, after }) {
  if (after === null) return before === null ? "takes no part" : "drops out";
  if (before === null) return "comes in";
  if (before === after) return "stays";
  return after < before ? `up ${number(before - after)}` : `down ${number(after - before)}`;
}

/** @param {Stage} stage */
function row(stage) {
  const [name, says] = /** @type {any} */ (STAGES)[stage.stage] || [stage.stage, ""];
  return h(
    "tr",
    {},
    h("td", {}, h("div", {}, name), h("div.small.muted", {}, says)),
    h("td.figure", {}, figure(stage.score)),
    h("td.figure", {}, place(stage.before)),
    h("td.figure", {}, place(stage.after)),
    h("td", {}, moved(stage)),
  );
}

/** @param {any} passage */
function ending({ beside, score, explanation }) {
  const among = `among ${count(explanation.candidates, "passage")} that you may read`;
  return beside === null ? `Final score ${figure(score)}, ${among}.` : `Brought along behind the hits, with no score of its own, ${among}.`;
}

/** @param {any} passage */
function card(passage) {
  const where = [path(passage.section), passage.page && `page ${passage.page}`].filter(Boolean).join(", ");
  const heads = ["Stage", "Score", "Rank before", "Rank after", ""];
  return h(
    "article.card.hit",
    { "aria-label": `Passage ${passage.ref}` },
    h("h2", {}, `${passage.ref}. `, h("a", { href: `/library/${passage.edition_id}?chunk=${passage.chunk_id}` }, passage.title)),
    h("p.small.muted", {}, [edition(passage.version), where].filter(Boolean).join(" · ")),
    passage.beside !== null && h("p", {}, `Completes passage ${passage.beside}, which is cut off.`),
    h("blockquote", {}, passage.text.length > 400 ? `${passage.text.slice(0, 400)}…` : passage.text),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads.map((name, at) => h(at >= 1 && at <= 3 ? "th.figure" : "th", { scope: "col" }, name)))),
      h("tbody", {}, ...passage.explanation.stages.map(row)),
    ),
    h("p.small.muted", {}, ending(passage)),
  );
}

/** @param {any} result */
function summary({ passages, as_of }) {
  if (!passages.length) return "Nothing was found among the documents that you may read.";
  const beside = passages.filter((/** @type {any} */ passage) => passage.beside !== null).length;
  const more = beside ? `, and ${number(beside)} beside them to complete what is cut off` : "";
  return `${count(passages.length - beside, "passage")} as of ${day(as_of)}${more}.`;
}

async function look() {
  found.replaceChildren(h("p.muted", {}, "Searching."));
  const body = { query: query.value, k: Number(most.value) || 10, explain: true, ...(asOf.value && { as_of: asOf.value }) };
  try {
    const response = await send("/search", { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const result = await response.json();
    found.replaceChildren(
      h("p", {}, summary(result)),
      ...result.passages.map(card),
    );
  } catch (error) {
    const problem = asProblem(error);
    found.replaceChildren(
      h("p", { role: "alert" }, problem.message),
      h(
        "div.actions",
        {},
        button("Try again", () => void look()),
      ),
    );
  }
}

form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  wrong.textContent = query.value.trim() ? "" : "Write a question.";
  if (wrong.textContent) return query.focus();
  const asked = { query: query.value, as_of: asOf.value, k: most.value };
  window.history.pushState(null, "", `/library/why?${new URLSearchParams(asked)}`);
  void look();
});

function fromAddress() {
  const asked = new URLSearchParams(location.search);
  query.value = asked.get("query") || "";
  asOf.value = asked.get("as_of") || "";
  most.value = asked.get("k") || "10";
  if (query.value.trim()) void look();
  else found.replaceChildren();
}

addEventListener("popstate", fromAddress);
// Without a question in the address, what was typed before this script had loaded stays.
if (location.search) fromAddress();
