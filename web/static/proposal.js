/** A request as its maker sees it in the conversation: what would be done, with what, who signs, until when. */

import { Problem, asProblem, get } from "./api.js";
import { argumentList } from "./arguments.js";
import { decide, refusal, withdraw } from "./decide.js";
import { announce, button, h } from "./dom.js";
import { EditForm } from "./edit.js";
import { clock, expiry, isPast } from "./times.js";

const TICK_MS = 10_000;
const DECLINED = "Declined by the person who asked, at the confirmation.";
const WAITS = {
  self: "It is done when you confirm it.",
  other: "Waiting for another person’s signature.",
  two: "Waiting for the signatures of two other persons.",
};

export class ProposalCard {
  /** @param {import("./types.js").Proposal} proposal @param {string} runId */
  constructor(proposal, runId) {
    this.proposal = proposal;
    this.runId = runId;
    this.isOpen = true;
    this.wasActedOn = false; // from this page, whose button then lost the focus
    this.signed = /** @type {string[]} */ ([]);
    const id = `proposal-${proposal.approval_id}`;
    this.heading = h("h3", { id, tabindex: "-1" }, proposal.summary);
    this.state = h("p.state", { role: "status" });
    this.wrong = h("div.wrong", { role: "alert" });
    this.actions = h("div.actions", {}, ...this.buttons());
    this.element = h(
      "section.card.proposal",
      { "aria-labelledby": id, "data-approval": proposal.approval_id },
      this.heading,
      h("p.muted.small", {}, proposal.reason),
      argumentList(proposal.arguments),
      this.state,
      this.wrong,
      this.actions,
    );
    this.tell();
    this.timer = setInterval(() => this.tell(), TICK_MS);
  }

  get isOwn() {
    return this.proposal.signature === "self";
  }

  /** Why nothing else can be asked in this conversation meanwhile. */
  get holds() {
    return this.isOwn ? "Confirm or decline the request above to go on here." : "This conversation waits for a signature.";
  }

  buttons() {
    if (!this.isOwn) return [button("Withdraw", () => this.run(() => withdraw(this.runId)))];
    const { approval_id: id, digest } = this.proposal;
    return [
      button("Confirm", () => this.run(() => decide({ id, digest }, "approve")), "primary"),
      button("Change", () => this.change()),
      button("Don’t do it", () => this.run(() => decide({ id, digest }, "reject", { reason: DECLINED })), "quiet"),
    ];
  }

  tell() {
    const { expires_at: until, signature } = this.proposal;
    if (!this.isOpen) return;
    const waits = this.signed.length ? `Signed by ${this.signed.join(" and ")}. Waiting for one more signature.` : WAITS[signature];
    const time = isPast(until) ? "The time to sign has run out." : `It ${expiry(until)}, at ${clock(until)}.`;
    this.set(`${waits} ${time}`);
  }

  /** Said once: a status that is set to the same text is not read out again. @param {string} text */
  set(text) {
    if (this.state.textContent !== text) this.state.textContent = text;
  }

  /** Does it once; what comes of it arrives with the run's events. What is wrong in a form is said there. @param {() => Promise<any>} action @returns {Promise<Problem | null>} */
  async run(action) {
    this.wrong.replaceChildren();
    this.disable(true);
    try {
      this.wasActedOn = true; // now: the run's events may come before the reply
      await action();
      return null;
    } catch (error) {
      this.wasActedOn = false;
      const problem = asProblem(error);
      const { title, text } = refusal(problem);
      if (this.isOpen && problem.status !== 422) this.wrong.replaceChildren(h("b", {}, title), ` ${text}`);
      this.disable(false);
      return problem;
    }
  }

  /** Whether the reader is at this card, so that what comes of it is where reading goes on. */
  get isHeld() {
    return this.element.contains(document.activeElement) || (this.wasActedOn && document.activeElement === document.body);
  }

  /** @param {boolean} on */
  disable(on) {
    for (const each of this.actions.querySelectorAll("button")) each.disabled = on;
  }

  /** Opens the form in the place of the list of arguments. */
  async change() {
    /** @type {import("./types.js").Approval | undefined} */
    let approval;
    await this.run(async () => {
      approval = await get(`/approvals/${this.proposal.approval_id}`);
    });
    this.wasActedOn = false;
    if (!approval || !this.isOpen) return;
    this.disable(false);
    const list = /** @type {HTMLElement} */ (this.element.querySelector(".args"));
    const back = () => {
      form.element.replaceWith(list);
      this.actions.hidden = false;
      /** @type {HTMLElement} */ (this.actions.querySelectorAll("button")[1]).focus();
    };
    const known = approval;
    const form = new EditForm(known, {
      submit: "Use these",
      onSubmit: (args) => this.run(() => decide(known, "edit", { args })),
      onCancel: back,
    });
    list.replaceWith(form.element);
    this.actions.hidden = true;
    form.focus();
  }

  /** @param {import("./types.js").Decided} decided */
  decided({ decision, decided_by_name: name, done }) {
    if (decision === "approve" && !done) {
      this.signed.push(name);
      this.tell();
      announce(this.state.textContent || "");
      return;
    }
    if (decision === "approve") this.signed.push(name);
    this.close();
    const held = this.isHeld;
    this.actions.remove();
    this.wrong.remove();
    if (held) this.heading.focus({ preventScroll: true });
  }

  /** Nothing is asked of anybody any more. @param {string} [text] */
  close(text = "") {
    this.isOpen = false;
    clearInterval(this.timer);
    this.element.classList.add("closed");
    this.set(text);
    this.state.hidden = !text;
  }
}
