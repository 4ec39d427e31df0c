/** How an act ends, in words: done, not signed, too late, taken back, stopped by the service. */

import { announce, button, h } from "./dom.js";
import { copy } from "./basis.js";
import { clock } from "./times.js";
import { nameOf } from "./words.js";

/** @typedef {import("./acting.js").Acting} Acting */

const NOTHING = "Nothing was changed in the bank’s system.";

/** @param {import("./types.js").Decided} decided @param {import("./proposal.js").ProposalCard | null} card @returns {{line: string, state: import("./stages.js").State}} */
export function tellsOf({ decision, decided_by_name: name, done }, card) {
  const isOwn = Boolean(card?.isOwn);
  const lines = {
    approve: isOwn ? "Confirmed by you" : done ? `Signed by ${name}` : `Signed by ${name}, one more to sign`,
    reject: isOwn ? "Declined by you" : `Not signed by ${name}`,
    edit: isOwn ? "Changed by you" : `Changed by ${name}`,
    expire: "Not signed in time",
    withdraw: "Withdrawn",
    void: "Not done, though signed",
  };
  const waits = decision === "approve" && !done;
  const good = decision === "approve" || decision === "edit";
  return { line: lines[decision], state: waits ? "now" : good ? "done" : "wrong" };
}

/** @param {string} kind @param {string} title @param {(Node | string | null | undefined | false)[]} content @param {(Node | false)[]} actions */
const card = (kind, title, content, actions) =>
  h(`section.card.notice${kind}`, {}, h("h2", {}, title), ...content, h("div.actions", {}, ...actions));

/** @param {Acting} acting @param {string} status  of the run @returns {[string, string | null | undefined, string]} title, reason, what now */
function words(acting, status) {
  const last = acting.last;
  const own = acting.card?.isOwn;
  if (last?.decision === "withdraw") return ["Withdrawn.", last.reason, NOTHING];
  if (last?.decision === "reject") {
    return own ? ["Not done, as you wished.", null, NOTHING] : [`${last.decided_by_name} did not sign this.`, last.reason, NOTHING];
  }
  if (last?.decision === "expire") return ["Nobody signed in time.", null, `${NOTHING} You can ask again.`];
  if (last?.decision === "void") return ["It was not done.", last.reason, NOTHING];
  if (status === "cancelled") return ["Stopped.", null, acting.hasDone ? "What was done before stays done." : NOTHING];
  const failed = [...acting.calls.values()].find((call) => call.ok === false);
  return ["It could not be done.", failed?.summary, "Ask again in a while; if it happens again, tell support."];
}

/**
 * The card of an act that was not done.
 * @param {Acting} acting @param {string} status @param {import("./outcome.js").WaysOut} ways
 */
export function undone(acting, status, ways) {
  const [title, reason, now] = words(acting, status);
  const quoted = acting.last?.decision === "reject" && reason;
  return card(
    ".calm",
    title,
    [reason && (quoted ? h("blockquote", {}, reason) : h("p", {}, reason)), h("p.muted", {}, now)],
    [button("Ask again", ways.again), button("Rephrase", ways.rephrase, "quiet")],
  );
}

/** @param {Acting} acting @returns {string} Signed by Sam Okafor at 10:44. */
function signedBy(acting) {
  const signed = acting.decisions.filter((each) => each.decision === "approve");
  if (!signed.length) return "";
  const at = clock(signed[signed.length - 1].at);
  if (acting.card?.isOwn) return `Confirmed by you at ${at}.`;
  return `Signed by ${signed.map((each) => each.decided_by_name).join(" and ")} at ${at}.`;
}

/** What an answer from the bank's system says beyond its claims: why the rest was not done. @param {any} answer @returns {HTMLElement[]} */
export function restOf(answer) {
  const said = answer.claims.map((/** @type {import("./types.js").Claim} */ claim) => claim.text).join("\n");
  const rest = answer.text.startsWith(said) ? answer.text.slice(said.length).trim() : "";
  return rest ? rest.split("\n").map((/** @type {string} */ line) => h("p.rest", {}, line)) : [];
}

/**
 * The receipt of an act: what was done, by whom signed, with the bank's reply as its source.
 * @param {any} answer  data of the event `answer` @param {import("./turn.js").Turn} turn
 */
export function receipt(answer, turn) {
  /** @type {import("./types.js").Claim[]} */
  const claims = answer.claims;
  const ref = (/** @type {number} */ number) => {
    const element = h(
      "button.ref",
      { type: "button", "data-ref": number, "aria-label": `Source ${number}: ${nameOf(turn.source(number))}` },
      String(number),
    );
    element.addEventListener("click", () => turn.open(number, null, element));
    return element;
  };
  const signed = signedBy(turn.acting);
  const copied = button(
    "Copy the receipt",
    async () => announce((await copy([answer.text, signed, `Record ${turn.runId}`].join("\n"))) ? "Copied." : "Could not copy."),
    "quiet",
  );
  return h(
    "section.card.notice.receipt",
    {},
    h("h2", {}, "Done"),
    ...claims.map((claim) => h("p", {}, claim.text, ...claim.citations.map(ref))),
    ...restOf(answer),
    h("p.small.muted", {}, signed),
    h("div.actions.small", {}, copied, made(answer, turn.runId)),
  );
}

/** @param {any} answer @param {string} runId */
function made(answer, runId) {
  const at = answer.at ? [h("dt", {}, "At"), h("dd", {}, clock(answer.at))] : [];
  return h(
    "details.made",
    {},
    h("summary", {}, "How it was made"),
    h(
      "dl.kv",
      {},
      h("dt", {}, "Done"),
      h("dd", {}, "Once, by the service, after the signature; the words are fixed and not written by a model."),
      ...at,
      h("dt", {}, "Record"),
      h("dd.mono", {}, runId),
    ),
  );
}
