/** One request as whoever signs it sees it: the act itself, where each value came from, and what stands there now. */

import { argumentList, visible } from "./arguments.js";
import { announce, button, chip, fill, h } from "./dom.js";
import { Signing } from "./signing.js";
import { approvers, became, history, list, nameFor, partly, refusedBecause, stateOf } from "./states.js";
import { ago, clock, expiry, isPast, isSoon, moment } from "./times.js";

/** @typedef {import("./types.js").Approval} Approval */

const NEEDS = { self: "confirmed by who asked", other: "needs one other person", two: "needs two other persons" };
const FIRST_NAME = /^\S+/;

/** @param {Approval} approval @returns {string} It will be done once, in your and Anna’s name. */
function promise(approval) {
  const me = document.body.dataset.person;
  const people = [...approval.makers, ...approvers(approval)];
  const known = [...new Set(people.map(nameFor))];
  const others = people.filter((each) => each.person !== me);
  const names = [...new Set(others.map((each) => FIRST_NAME.exec(each.name)?.[0] || each.name))];
  if (!approval.may.approve) return `It will be done once, in the name of ${list(known)} and of who signs.`;
  const whose = names.length === 1 ? `in your and ${names[0]}’s name` : `in your name and those of ${list(names)}`;
  const last = approval.needed - approvers(approval).length <= 1;
  return last ? `It will be done once, ${whose}.` : `One more person signs after you. Then it will be done once, ${whose} and theirs.`;
}

/** @param {import("./types.js").Fact} fact */
function factRow({ label, now, after }) {
  const change = after !== null && after !== now;
  const value = change
    ? h(
        "span.change",
        {},
        h("s", {}, h("span.vh", {}, "now "), visible(now)),
        h("span", { "aria-hidden": "true" }, "→"),
        h("b", {}, h("span.vh", {}, "afterwards "), visible(after)),
      )
    : visible(now);
  return h("div", {}, h("dt", {}, label), h("dd", {}, value));
}

/** What is asked, and below it what stands in the bank's system. @param {Approval} approval @returns {Node[]} */
function act({ arguments: given, facts, system, status }) {
  const list = argumentList(given);
  if (facts === undefined && status === "pending") return [list, h("p.facts-head.small.muted", {}, `Reading ${system}…`)];
  if (!facts) return [list];
  if (facts.problem) return [list, h("p.facts-head.warned.small", {}, facts.problem)];
  const head = h("p.facts-head.small.muted", {}, `In ${system} now, read ${ago(facts.read_at)}`);
  return [list, head, h("dl.args", {}, ...facts.lines.map(factRow))];
}

export class Detail {
  /** @param {HTMLElement} place @param {Omit<import("./signing.js").Hooks, "onEdit">} hooks */
  constructor(place, hooks) {
    this.place = place;
    this.hooks = hooks;
    /** @type {Approval | null} */
    this.approval = null;
    /** @type {Signing | null} */
    this.signing = null;
    this.outcome = h("div.outcome", { tabindex: "-1", role: "status" });
    this.expiry = h("span", {});
    this.promise = h("span", {});
    this.args = h("div.card.act", {});
  }

  get title() {
    return /** @type {HTMLElement | null} */ (this.place.querySelector("h2"));
  }

  /** @param {Node} content  instead of a request */
  tell(content) {
    this.approval = null;
    this.signing = null;
    this.place.replaceChildren(h("div.wrap.told", {}, content));
  }

  /** @param {Approval} approval @param {{afterNext?: boolean}} [how] */
  show(approval, { afterNext = false } = {}) {
    this.approval = approval;
    this.outcome.replaceChildren();
    this.args = h("div.card.act", {}, ...act(approval));
    this.signing = this.newSigning(approval, afterNext);
    this.place.replaceChildren(
      h(
        "div.wrap",
        {},
        h("a.back.btn.quiet", { href: "/approvals", "data-action": "back" }, "‹ All requests"),
        h("p.small.muted", {}, `Write in ${approval.system} · ${approval.tool} · ${NEEDS[approval.signature]}`),
        h("h2.act-title", { tabindex: "-1" }, visible(approval.summary)),
        this.asked(approval),
        approval.request && h("blockquote", {}, visible(approval.request)),
        approval.reason && h("p.reason", {}, `Why it waits: ${approval.reason}`),
        this.args,
        h("p.small.muted.promise", {}, this.promise, this.bound(approval)),
        this.outcome,
        this.signing?.element,
      ),
    );
    this.tellState();
  }

  /** @param {Approval} approval @param {boolean} [afterNext] */
  newSigning(approval, afterNext = false) {
    if (approval.status !== "pending") return null;
    return new Signing(approval, { ...this.hooks, onEdit: (form) => this.swap(form) }, afterNext);
  }

  /** @param {Approval} approval */
  asked(approval) {
    const names = approval.makers.flatMap((maker, index) => [index ? " and " : "", h("b", {}, nameFor(maker))]);
    const where = approval.branch ? `, branch ${approval.branch}` : "";
    const open = approval.thread_id && h("a", { href: `/?thread=${approval.thread_id}` }, "See the conversation");
    return h(
      "p.asked",
      {},
      approval.follows ? "Asked and changed by " : "Asked by ",
      ...names,
      `${where}, ${moment(approval.created_at)}. `,
      this.expiry,
      " ",
      open,
    );
  }

  /** What the signature binds, short. @param {Approval} approval */
  bound({ digest, catalogue_version: version }) {
    const short = (/** @type {string} */ hash) => (hash.length > 12 ? `${hash.slice(0, 4)}…${hash.slice(-4)}` : hash);
    return h("span.mono.bound", { title: `${digest}\n${version}` }, `digest ${short(digest)} · catalogue ${short(version)}`);
  }

  /** The form in the place of the list, or the list again. @param {HTMLElement | null} form */
  swap(form) {
    const approval = /** @type {Approval} */ (this.approval);
    fill(this.args, ...(form ? [form] : act(approval)));
  }

  /** Takes over what may change while it is looked at; what is being written stays. @param {Approval} approval */
  update(approval) {
    const before = this.approval;
    if (!before || before.id !== approval.id) return;
    this.approval = { ...approval, facts: approval.facts === undefined ? before.facts : approval.facts };
    const isEditing = this.args.querySelector("form") !== null;
    if (!isEditing || approval.status !== "pending") this.swap(null);
    const rights = (/** @type {Approval} */ { status, may, signatures, digest }) =>
      JSON.stringify([status, may, signatures.length, digest]);
    if (rights(before) !== rights(approval)) {
      const held = this.signing?.element.contains(document.activeElement) || (isEditing && approval.status !== "pending");
      const fresh = this.newSigning(this.approval);
      const told = this.signing?.wrong.childNodes.length ? this.signing.wrong : null;
      if (fresh && told) fresh.element.prepend(told);
      else if (told) this.outcome.before(told);
      this.signing?.element.remove();
      this.signing = fresh;
      if (fresh) this.outcome.after(fresh.element);
      if (held) this.focusOutcome();
    }
    this.tellState();
  }

  /** What became of it, who signed, when it expires. */
  tellState() {
    const approval = /** @type {Approval} */ (this.approval);
    const isOpen = approval.status === "pending";
    const until = `It ${expiry(approval.expires_at)}, at ${clock(approval.expires_at)}.`;
    this.expiry.textContent = !isOpen ? "" : isPast(approval.expires_at) ? "The time to sign has run out." : until;
    this.expiry.classList.toggle("warned", isOpen && isSoon(approval.expires_at));
    this.promise.textContent = isOpen ? `${promise(approval)} ` : "";
    const reason = refusedBecause(approval);
    const { text, kind } = stateOf(approval);
    const next =
      approval.followed_by &&
      h("a", { href: `/approvals/${approval.followed_by}`, "data-approval": approval.followed_by }, "See the changed request");
    const lines = [
      !isOpen && h("p", {}, chip(text, kind)),
      ...history(approval).map((sentence) => h("p", {}, sentence)),
      isOpen && approval.follows && !approval.may.approve && h("p", {}, "It was changed, and waits for the signature of another person."),
      isOpen && partly(approval) && h("p", {}, "One more signature is needed."),
      reason && h("blockquote", {}, visible(reason)),
      !isOpen && h("p.muted", {}, became(approval), " ", next),
      approval.result && h("p.result", {}, visible(approval.result)),
    ];
    fill(this.outcome, ...lines.map((line) => line || null));
  }

  focusOutcome() {
    this.outcome.focus({ preventScroll: true });
    this.outcome.scrollIntoView({ block: "nearest" });
  }

  /** After a decision of one's own: what came of it, read out, and the way to the next. @param {Approval} approval @param {(() => void) | null} next */
  decided(approval, next) {
    this.show(approval);
    const more = next && button("The next request", next, "", { "aria-keyshortcuts": "J" });
    more?.append(h("kbd", { "aria-hidden": "true" }, "J"));
    this.outcome.after(h("div.actions.further", {}, more));
    this.focusOutcome();
    announce(this.outcome.textContent || "");
  }
}
