/** The cards that stand where there is no answer: abstained, refused, stopped, failed. Each has a way out. */

import { button, h } from "./dom.js";
import { plain, tail } from "./words.js";

/**
 * @typedef {object} WaysOut
 * @property {() => void} rephrase  puts the question back into the field
 * @property {() => void} again  asks the same once more
 * @property {() => void} elsewhere  asks it in a new conversation
 * @property {() => void} copy  copies question and nearest passages
 * @property {(ref: number, opener: HTMLElement) => void} open
 * @property {(() => void) | null} askToday  where an earlier day was asked for
 */

/** @param {string} kind @param {string} title @param {(Node | string | null | undefined | false)[]} content @param {(Node | null | false)[]} actions */
function card(kind, title, content, actions) {
  return h(`section.card.notice${kind}`, {}, h("h2", {}, title), ...content, h("div.actions", {}, ...actions));
}

/** @param {string | undefined} step */
const next = (step) => step && h("p.next", {}, h("b", {}, "What to do: "), step);

/** @param {import("./types.js").Source} source @param {WaysOut} ways */
function nearestRow(source, ways) {
  const where = [source.title, source.page ? `p. ${source.page}` : ""].filter(Boolean).join(" · ");
  const number = h(
    "button.ref",
    { type: "button", "data-ref": source.ref, "aria-label": `Source ${source.ref}: ${where}` },
    String(source.ref),
  );
  number.addEventListener("click", () => ways.open(source.ref, number));
  return h("li", {}, h("span", {}, where, source.section?.length ? h("span.muted", {}, ` — ${tail(source.section)}`) : null), number);
}

const UNANSWERED = "No approved document that you can read answers this.";
const UNSUPPORTED = "No answer stood up to the check against the documents.";
// Where something was to be done or looked up: it was not the documents that had no answer.
const ACTS = {
  argument_missing: "Something is missing.",
  tool_refused: "The bank’s system did not give this.",
};
const CHANGED = "A source of this answer has changed meanwhile.";
const WITHDRAWN = "The answer did not hold up against its sources and was withdrawn.";

/** @typedef {{role: string, person: string | null, name: string | null, library: string | null, documents: string[]}} Asked */

/** Whom to ask: by name with the documents of theirs that came near, or the role for a library. @param {Asked[]} people */
function whom(people) {
  if (!people.length) return null;
  const told = people.map(({ name, library, documents }) => {
    const about = documents.map((title) => `“${title}”`).join(", ");
    return name ? [h("b", {}, name), `, who published ${about}`] : [`the policy owner of ${plain(library || "")}`];
  });
  return h("p.next", {}, h("b", {}, "Whom to ask: "), ...told.flatMap((each, index) => (index ? ["; ", ...each] : each)), ".");
}

/** @param {any} data  of the event `abstained` @param {WaysOut} ways */
export function abstained(data, ways) {
  const act = ACTS[/** @type {keyof typeof ACTS} */ (data.code)];
  const changed = data.code === "evidence_changed" && CHANGED;
  const title = act || changed || (data.withdrawn?.length ? WITHDRAWN : data.code === "unsupported_answer" ? UNSUPPORTED : UNANSWERED);
  const nearest = (data.nearest || []).filter((/** @type {any} */ source) => source.chunk_id);
  const content = [
    data.reason && data.reason !== title && h("p.muted", {}, data.reason),
    data.missing && h("p.missing", {}, data.missing.text),
    next(data.next_step),
    whom(data.ask || []),
    nearest.length > 0 &&
      h(
        "ul.nearest",
        { role: "list", "aria-label": "Closest passages" },
        ...nearest.map((/** @type {any} */ source) => nearestRow(source, ways)),
      ),
  ];
  return card("", title, content, [
    changed && button("Ask again", ways.again, "primary"),
    button("Rephrase", ways.rephrase, changed ? "quiet" : "primary"),
    ways.askToday && button("Ask as of today", ways.askToday),
    !act && button(nearest.length ? "Copy question and passages" : "Copy the question", ways.copy, "quiet"),
  ]);
}

// Red is kept for what tries to get past a control.
const REFUSALS = {
  empty: ["There was no question.", ".calm"],
  too_long: ["The question is too long.", ".calm"],
  unreadable: ["The question can’t be read.", ".calm"],
  small_talk: ["Ready for your question.", ".calm"],
  out_of_scope: ["This can’t be asked here.", ""],
  action_unavailable: ["This can’t be done here yet.", ""],
  guard_unavailable: ["The question was not answered.", ""],
  no_tool_fits: ["This can’t be done here.", ""],
  tools_stopped: ["This is stopped at present.", ""],
  no_permission: ["You may not ask for this.", ""],
  above_limits: ["This can’t be asked for.", ""],
  injection: ["This can’t be asked here.", ".stop"],
  forbidden: ["This can’t be asked here.", ".stop"],
  other_persons_data: ["Which case is this for?", ""],
  credit_decision: ["This is for people to decide.", ""],
  tipping_off: ["This can’t be done here.", ".stop"],
  discrimination: ["This can’t be done here.", ".stop"],
};

/** @param {any} data  of the event `refused` @param {WaysOut} ways */
export function refused(data, ways) {
  const [title, kind] = REFUSALS[/** @type {keyof typeof REFUSALS} */ (data.code)] || ["This is not done.", ""];
  const again = data.code === "guard_unavailable" && button("Ask again", ways.again, "primary");
  return card(kind, title, [h("p.muted", {}, data.reason), next(data.next_step)], [again, button("Rephrase", ways.rephrase)]);
}

/** @param {import("./types.js").ProblemDocument} problem @param {WaysOut} ways @param {boolean} [wasRequest]  that something be done */
export function failed(problem, ways, wasRequest = false) {
  const isOver = problem.code === "budget_exceeded";
  if (problem.code === "thread_busy") return busy(ways);
  return card(
    wasRequest ? "" : ".stop",
    problem.title || "The question could not be answered.",
    [
      h("p.muted", {}, problem.detail || "Something went wrong on our side. Nothing was decided on your question; ask it again."),
      problem.request_id && h("p.small.muted", {}, "Request ", h("span.mono", {}, problem.request_id)),
    ],
    [!isOver && button("Ask again", ways.again, "primary"), button("Rephrase", ways.rephrase, isOver ? "primary" : "quiet")],
  );
}

/** Nothing was asked: an earlier request of this conversation still waits, perhaps in another tab. @param {WaysOut} ways */
function busy(ways) {
  return card(
    ".calm",
    "This conversation is still busy.",
    [h("p.muted", {}, "Its last request is under way or waits for a signature. Wait for it, or ask in a new conversation.")],
    [button("Ask in a new conversation", ways.elsewhere, "primary"), button("Rephrase", ways.rephrase, "quiet")],
  );
}

const ENDINGS = {
  cancelled: ["Stopped.", "You stopped this question. What was shown before had been checked; nothing more will be written."],
  budget_exceeded: [
    "This question needed more work than one question may take.",
    "Ask for a part of it, or name the document that you mean.",
  ],
  failed: ["The question could not be answered.", "Something went wrong on our side. Ask it again."],
  expired: ["The time for this question ran out.", "Ask it again."],
};

/** An end without an answer, abstention, refusal or problem. @param {string} status @param {WaysOut} ways */
export function ended(status, ways) {
  const [title, text] = ENDINGS[/** @type {keyof typeof ENDINGS} */ (status)] || ENDINGS.failed;
  return card(".calm", title, [h("p.muted", {}, text)], [button("Ask again", ways.again), button("Rephrase", ways.rephrase, "quiet")]);
}

/** @param {import("./types.js").ProblemDocument} document @returns {import("./types.js").ProblemDocument} for a run that goes on without its reader */
export const signedOutMeanwhile = (document) => ({
  ...document,
  title: "You are signed out",
  detail: "Your question goes on. Sign in again and open this conversation to read the answer.",
});

/** In the place of a conversation. @param {import("./api.js").Problem} problem @param {() => void} again */
export function missing(problem, again) {
  const gone = "This conversation isn’t here. It may be another person’s, or its time of keeping has ended.";
  return h(
    "section.turn.card.notice.calm",
    { role: "status" },
    h("h2", {}, problem.gone ? "Not found" : problem.document.title),
    h("p.muted", {}, problem.gone ? gone : problem.message),
    !problem.gone && h("div.actions", {}, button("Try again", again)),
  );
}
