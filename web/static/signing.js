/** The foot of a request: approve, edit, reject; and in words what stands in the way. */

import { asProblem } from "./api.js";
import { decide, refusal, withdraw } from "./decide.js";
import { announce, button, fill, h } from "./dom.js";
import { EditForm } from "./edit.js";

const BREATH_MS = 700; // after "approve and next" nothing can be signed for so long: a second press was meant for the one before

/** Reasons that were begun, by request. @type {Map<string, string>} */
const drafts = new Map();

/**
 * @typedef {object} Hooks
 * @property {(approval: import("./types.js").Approval, next: boolean) => void} onDecided
 * @property {() => void} onStale  it is no longer as it is shown
 * @property {(form: HTMLElement | null) => void} onEdit  the form takes the place of the arguments; null: they come back
 */

/** @param {string} label @param {string} key @param {() => void} action @param {string} [classes] @param {Record<string, any>} [props] */
function keyed(label, key, action, classes = "", props = {}) {
  const element = button(label, action, classes, { "aria-keyshortcuts": key, ...props });
  element.append(h("kbd", { "aria-hidden": "true" }, key.replace("Shift+", "⇧")));
  return element;
}

export class Signing {
  /** @param {import("./types.js").Approval} approval @param {Hooks} hooks @param {boolean} afterNext */
  constructor(approval, hooks, afterNext) {
    this.approval = approval;
    this.hooks = hooks;
    this.isBusy = false;
    this.heldUntil = afterNext ? performance.now() + BREATH_MS : 0;
    this.wrong = h("div.wrong", { role: "alert" });
    this.place = h("div.place", {});
    this.element = h("div.foot", {}, this.wrong, this.place);
    if (drafts.get(approval.id)) this.reject(false);
    else this.offer();
  }

  offer() {
    const { may } = this.approval;
    const signs = may.approve || may.edit || may.reject;
    const row = signs
      ? [
          may.approve && keyed("Approve", "A", () => this.approve(false), "primary"),
          may.edit && keyed("Edit", "E", () => this.edit()),
          may.reject && keyed("Reject", "R", () => this.reject(), "danger"),
          h("span.grow", {}),
          may.approve && keyed("Approve, then the next", "Shift+A", () => this.approve(true), "quiet"),
        ]
      : [may.withdraw && button("Withdraw", () => this.withdraw())];
    const shown = row.some(Boolean) && h("div.choices-row", {}, ...row);
    fill(this.place, shown, may.why ? h("p.why.muted", {}, may.why) : null);
  }

  /** @param {boolean} next */
  approve(next) {
    if (!this.approval.may.approve || this.element.querySelector("form") || performance.now() < this.heldUntil) return;
    this.send(() => decide(this.approval, "approve"), next);
  }

  withdraw() {
    this.send(async () => {
      await withdraw(this.approval.run_id);
      return { ...this.approval, status: "withdrawn", may: { approve: false, edit: false, reject: false, withdraw: false, why: null } };
    }, false);
  }

  /** @param {() => Promise<import("./types.js").Approval>} action @param {boolean} next @returns {Promise<import("./api.js").Problem | null>} */
  async send(action, next) {
    if (this.isBusy) return null;
    this.isBusy = true;
    const held = /** @type {HTMLElement | null} */ (document.activeElement); // a button that is disabled loses the focus
    this.disable(true);
    this.wrong.replaceChildren();
    try {
      const approval = await action();
      drafts.delete(this.approval.id);
      this.hooks.onDecided(approval, next);
      return null;
    } catch (error) {
      const problem = asProblem(error);
      this.disable(false);
      if (held?.isConnected) held.focus({ preventScroll: true });
      this.tell(problem);
      return problem;
    } finally {
      this.isBusy = false;
      this.disable(false);
    }
  }

  /** @param {boolean} on */
  disable(on) {
    for (const each of this.element.querySelectorAll("button")) each.disabled = on;
  }

  /** @param {import("./api.js").Problem} problem */
  tell(problem) {
    const { title, text, stale } = refusal(problem);
    if (problem.status !== 422) this.wrong.replaceChildren(h("b", {}, title), ` ${text}`);
    if (stale) this.hooks.onStale();
  }

  /** @param {boolean} [focus] */
  reject(focus = true) {
    if (!this.approval.may.reject || this.element.querySelector("form")) return;
    const id = `reason-${this.approval.id}`;
    const why = /** @type {HTMLTextAreaElement} */ (
      h("textarea", { id, rows: "2", maxlength: "1000", "aria-describedby": `${id}-wrong ${id}-hint` })
    );
    const wrong = h("p.wrong", { id: `${id}-wrong`, role: "alert" });
    why.value = drafts.get(this.approval.id) || "";
    why.addEventListener("input", () => drafts.set(this.approval.id, why.value));
    const submit = async (/** @type {Event} */ event) => {
      event.preventDefault();
      const reason = why.value.trim();
      wrong.textContent = reason ? "" : "Give the reason: whoever asked reads it.";
      why.setAttribute("aria-invalid", String(!reason));
      if (!reason) why.focus();
      else {
        const problem = await this.send(() => decide(this.approval, "reject", { reason }), false);
        if (problem?.status === 422) wrong.textContent = problem.document.fields?.[0]?.problem || problem.message;
      }
    };
    const form = h(
      "form.reject",
      {
        novalidate: true,
        "aria-label": "Reject",
        on: { submit, keydown: (/** @type {KeyboardEvent} */ event) => this.leave(event, "Reject") },
      },
      h("label", { for: id }, "Why not?"),
      why,
      h(
        "p.small.muted",
        { id: `${id}-hint` },
        `${this.approval.makers[0]?.name || "The person who asked"} reads this. It is kept in the record.`,
      ),
      wrong,
      h(
        "div.actions",
        {},
        h("button.danger", { type: "submit" }, "Reject"),
        button("Cancel", () => this.cancel("Reject"), "quiet"),
      ),
    );
    this.place.replaceChildren(form);
    if (focus) why.focus();
  }

  edit() {
    if (!this.approval.may.edit || this.element.querySelector("form")) return;
    const form = new EditForm(this.approval, {
      submit: "Send the changed request",
      onSubmit: (args) => this.send(() => decide(this.approval, "edit", { args }), false),
      onCancel: () => this.cancel("Edit"),
    });
    this.place.replaceChildren(h("p.why.muted", {}, "Once you change it, it is your request too: another person signs it."));
    this.hooks.onEdit(form.element);
    form.focus();
    announce("Edit the request. Escape goes back.");
  }

  /** @param {KeyboardEvent} event @param {string} label */
  leave(event, label) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.cancel(label);
  }

  /** Back to the choice, where the button was. @param {string} label */
  cancel(label) {
    drafts.delete(this.approval.id);
    this.wrong.replaceChildren();
    this.hooks.onEdit(null);
    this.offer();
    [...this.place.querySelectorAll("button")].find((each) => each.firstChild?.textContent === label)?.focus();
  }
}
