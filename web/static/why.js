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
const figure = (score) => (score === null ? "–" : score.toFixed(4));

/** @param {Stage} stage */
function moved({ before, after }) {
  if (before === null || after === null) return "";
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
    h("td.figure", {}, stage.before === null ? "–" : number(stage.before)),
    h("td.figure", {}, stage.after === null ? "–" : number(stage.after)),
    h("td", {}, moved(stage)),
  );
}

/** @param {any} passage */
function card(passage) {
  const place = [path(passage.section), passage.page && `page ${passage.page}`].filter(Boolean).join(", ");
  const explanation = passage.explanation;
  const heads = ["Stage", "Score", "Rank before", "Rank after", ""];
  return h(
    "article.card.hit",
    { "aria-label": `Passage ${passage.ref}` },
    h("h2", {}, `${passage.ref}. `, h("a", { href: `/library/${passage.edition_id}?chunk=${passage.chunk_id}` }, passage.title)),
    h("p.small.muted", {}, [edition(passage.version), place].filter(Boolean).join(" · ")),
    h("blockquote", {}, passage.text.length > 400 ? `${passage.text.slice(0, 400)}…` : passage.text),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads.map((name, at) => h(at >= 1 && at <= 3 ? "th.figure" : "th", { scope: "col" }, name)))),
      h("tbody", {}, ...explanation.stages.map(row)),
    ),
    h("p.small.muted", {}, `Final score ${figure(passage.score)}, among ${count(explanation.candidates, "passage")} that you may read.`),
  );
}

async function look() {
  found.replaceChildren(h("p.muted", {}, "Searching."));
  const body = { query: query.value, k: Number(most.value) || 10, explain: true, ...(asOf.value && { as_of: asOf.value }) };
  try {
    const response = await send("/search", { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    const result = await response.json();
    found.replaceChildren(
      h("p", {}, result.passages.length ? `${count(result.passages.length, "passage")} as of ${day(result.as_of)}.` : "Nothing was found among the documents that you may read."),
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
fromAddress();
