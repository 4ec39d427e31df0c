/** What an answer stands on, below it: days, editions, how it was made; and what the reader may do with it. */

import { asProblem, post } from "./api.js";
import { announce, button, chip, h } from "./dom.js";
import { day, evidence, isResult, path, titleOf, today } from "./words.js";

/**
 * @param {any} answer  data of the event `answer`
 * @param {{runId: string, notice: string, question: string, sources: import("./types.js").Source[], feedback?: {rating: string} | null, askToday?: (() => void) | null, asForm?: (() => void) | null}} turn
 */
export function basis(answer, turn) {
  const cited = new Set(answer.claims.flatMap((/** @type {import("./types.js").Claim} */ claim) => claim.citations));
  const used = turn.sources.filter((source) => cited.has(source.ref));
  const passages = used.filter((source) => !isResult(source));
  const editions = new Map(passages.map((source) => [source.edition_id, source]));
  const chips = [...editions.values()].slice(0, 4).map((source) => chip(`${source.title}, edition of ${day(source.effective_from)}`));
  const more = editions.size > 4 && chip(`and ${editions.size - 4} more`);
  return h(
    "footer.basis",
    {},
    passages.length > 0 && thenOf(answer, turn.askToday),
    h(
      "div.row",
      {},
      passages.length > 0 && chip(`Policy of ${day(answer.as_of)}`, "ok"),
      ...chips,
      more,
      passages.length < used.length && chip("Read from the bank’s system", "ok"),
    ),
    h(
      "div.row.tools.actions",
      {},
      ...feedback(turn),
      turn.asForm && button("Make it a checklist", turn.asForm, "quiet"),
      ...(answer.structured ? [] : [copyButton(() => plainText(turn.question, answer, used))]), // a form copies itself
      made(answer, turn),
    ),
  );
}

/** That another day than the present was asked about, and the way back. @param {any} answer @param {(() => void) | null} [askToday] */
function thenOf(answer, askToday) {
  if (!askToday || answer.as_of === today()) return null;
  return h(
    "p.then",
    {},
    `Answered from the editions in force on ${day(answer.as_of)}. `,
    answer.day?.note && h("span.small.muted", {}, `${answer.day.note} `),
    button("Ask about today", askToday, "quiet"),
  );
}

/** What no longer counts of what an answer stands on. @param {any[]} marks */
export function superseded(marks) {
  const rows = marks.map((mark) =>
    h(
      "li",
      {},
      `Source ${mark.refs.join(", ")}: ${mark.text} `,
      mark.now && h("a", { href: `/library/${mark.now.edition_id}` }, "See the edition that counts"),
    ),
  );
  return h(
    "div.superseded",
    { role: "note" },
    h("b", {}, marks.length === 1 ? "A source of this answer no longer counts." : "Sources of this answer no longer count."),
    h("ul", { role: "list" }, ...rows),
  );
}

/** @param {{runId: string, feedback?: {rating: string} | null}} turn */
function feedback({ runId, feedback: given }) {
  const pressed = (/** @type {string} */ rating) => ({ "aria-pressed": String(given?.rating === rating) });
  const up = button("Helpful", () => send("up"), "quiet", pressed("up"));
  const down = button("Not right", () => askWhy(), "quiet", pressed("down"));

  /** @param {"up" | "down"} rating @param {string} [comment] */
  async function send(rating, comment) {
    up.setAttribute("aria-pressed", String(rating === "up"));
    down.setAttribute("aria-pressed", String(rating === "down"));
    up.closest(".basis")?.querySelector("form, .thanks")?.remove();
    let said = "Thank you. It is kept with this answer.";
    try {
      await post(`/runs/${runId}/feedback`, { rating, ...(comment ? { comment } : {}) });
    } catch (error) {
      said = `That was not kept: ${asProblem(error).message}`;
    }
    up.closest(".basis")?.append(h("p.thanks.small.muted", { role: "status" }, said));
  }

  function askWhy() {
    const box = up.closest(".basis");
    if (box?.querySelector("form")) return;
    const why = /** @type {HTMLTextAreaElement} */ (
      h("textarea", {
        rows: "2",
        maxlength: "2000",
        "aria-label": "What is not right? (optional)",
        placeholder: "What is not right? (optional)",
      })
    );
    const form = h(
      "form.card",
      {
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            down.focus();
            send("down", why.value.trim());
          },
        },
      },
      why,
      h(
        "div.actions",
        {},
        h("button.primary", {}, "Send"),
        button(
          "Cancel",
          () => {
            form.remove();
            down.focus();
          },
          "quiet",
        ),
      ),
    );
    box?.append(form);
    why.focus();
  }
  return [up, down];
}

/** @param {() => string} text */
function copyButton(text) {
  const element = button(
    "Copy with sources",
    async () => {
      element.textContent = (await copy(text())) ? "Copied" : "Could not copy";
      announce(element.textContent);
      setTimeout(() => {
        element.textContent = "Copy with sources";
      }, 2500);
    },
    "quiet",
  );
  return element;
}

/** @param {string} text @returns {Promise<boolean>} */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return false; // no right to the clipboard, or none here
    throw error;
  }
}

/** @param {any} answer @param {{runId: string, notice: string, sources: import("./types.js").Source[]}} turn */
function made(answer, turn) {
  const rows = [
    ["Written by", answer.model],
    ["Prompt", answer.prompt_version],
    ["Evidence", evidence(turn.sources)],
    ["Notice", turn.notice],
    ["Record", turn.runId],
  ].filter(([, value]) => value);
  const list = rows.flatMap(([name, value]) => [h("dt", {}, name), h(`dd${name === "Record" ? ".mono" : ""}`, {}, value)]);
  return h("details.made", {}, h("summary", {}, "How it was made"), h("dl.kv", {}, ...list));
}

/** One source in a line. @param {import("./types.js").Source} source */
export function cite(source) {
  if (isResult(source)) return `[${source.ref}] ${titleOf(source)}: ${source.summary}`;
  const where = [path(source.section), source.page ? `page ${source.page}` : ""].filter(Boolean).join(", ");
  return `[${source.ref}] ${source.title}, edition ${source.version} of ${day(source.effective_from)}${where ? `, ${where}` : ""}`;
}

/** @param {string} question @param {any} answer @param {import("./types.js").Source[]} used */
function plainText(question, answer, used) {
  const claims = answer.claims.map((/** @type {import("./types.js").Claim} */ claim) => {
    const text = claim.quote ? `“${claim.text.trim().replace(/^["“]|["”]$/g, "")}”` : claim.text;
    return `${text} ${claim.citations.map((ref) => `[${ref}]`).join("")}`;
  });
  return [
    question,
    "",
    ...claims,
    "",
    "Sources",
    ...used.map(cite),
    "",
    used.every(isResult)
      ? "Read from the bank’s system; not written by an AI system."
      : `Policy of ${day(answer.as_of)}. Written by an AI system from approved documents and checked against them.`,
  ].join("\n");
}
