/** Who may read a document: for its policy owners, with changing it and what that leads to. */

import { asProblem, get, post } from "./api.js";
import { announce, button, h } from "./dom.js";
import { count, day, plain } from "./words.js";

/**
 * @typedef {object} Entry
 * @property {number} number
 * @property {string[]} audience
 * @property {{name: string}} changed_by
 * @property {{name: string} | null} proposed_by
 * @property {string | null} reason
 * @property {string} changed_at
 *
 * @typedef {object} Audience
 * @property {string} document
 * @property {string[]} audience
 * @property {number} number
 * @property {boolean} two_owners
 * @property {string[]} roles
 * @property {Entry[]} history
 * @property {{audience: string[], proposed_by: {name: string}, reason: string, proposed_at: string, own: boolean}[]} waiting
 */

/** @param {string[]} audience */
export const readersNamed = (audience) =>
  audience.includes("*") ? "Everyone of the bank" : audience.map(plain).join(", ") || "Nobody";

/** @param {string[]} audience */
function sentence(audience) {
  const named = readersNamed(audience);
  return `${named[0].toUpperCase()}${named.slice(1)}`;
}

/** @param {string} document */
const path = (document) => `/documents/${encodeURIComponent(document)}/audience`;

/**
 * The section about readers; empty for who may not change them.
 * @param {string} document  its key
 * @param {() => Promise<void> | void} changed  called after a change, to draw the page again
 */
export function readersSection(document, changed) {
  const section = h("section.readers", { "aria-label": "Who may read this" });
  void show(section, document, changed);
  return section;
}

/** @param {HTMLElement} section @param {string} document @param {() => Promise<void> | void} changed */
async function show(section, document, changed) {
  try {
    const audience = /** @type {Audience} */ (await get(path(document)));
    draw(section, audience, changed);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.gone || problem.status === 403) return section.remove();
    section.replaceChildren(
      h("h2", {}, "Who may read this"),
      h("p.small.muted", { role: "status" }, problem.message),
    );
  }
}

/** @param {HTMLElement} section @param {Audience} audience @param {() => Promise<void> | void} changed */
function draw(section, audience, changed) {
  const change = button("Change who may read it", () => {
    section.replaceChildren(h("h2", {}, "Who may read this"), form(section, audience, changed));
    section.querySelector("input")?.focus();
  });
  section.replaceChildren(
    h("h2", {}, "Who may read this"),
    h("p", {}, sentence(audience.audience)),
    ...audience.waiting.map((asked) => waiting(section, audience, asked, changed)),
    h("div.actions", {}, change),
    history(audience) || "",
  );
}

/** @param {HTMLElement} section @param {Audience} audience @param {Audience["waiting"][number]} asked @param {() => Promise<void> | void} changed */
function waiting(section, audience, asked, changed) {
  const said = h("p.small.muted", { role: "status" });
  const agree = async () => {
    const body = { audience: asked.audience, reason: `Agreed: ${asked.reason}`.slice(0, 2000), seen: audience.number };
    try {
      const outcome = await post(path(audience.document), body);
      announce(outcome.state === "changed" ? "Changed." : "A second policy owner has to agree.");
      await changed();
    } catch (error) {
      said.textContent = asProblem(error).message;
    }
  };
  return h(
    "div.asked",
    {},
    h("p", {}, `${asked.proposed_by.name} asks, since ${day(asked.proposed_at)}: ${readersNamed(asked.audience)}.`),
    h("p.small.muted", {}, `“${asked.reason}”`),
    asked.own
      ? h("p.small.muted", {}, "A second policy owner has to agree.")
      : h(
          "div.actions",
          {},
          button("Agree", () => void agree(), "primary"),
        ),
    said,
  );
}

/** @param {Audience} audience */
function history(audience) {
  if (audience.history.length < 2) return null;
  const rows = audience.history.map((entry) =>
    h(
      "li",
      {},
      h("p", {}, `${day(entry.changed_at)}: ${readersNamed(entry.audience)}`),
      h(
        "p.small.muted",
        {},
        entry.reason === null
          ? `As ${entry.changed_by.name} put it in.`
          : `${entry.proposed_by ? `${entry.proposed_by.name} and ` : ""}${entry.changed_by.name}: “${entry.reason}”`,
      ),
    ),
  );
  return h(
    "details",
    {},
    h("summary", {}, `${count(audience.history.length - 1, "change")}`),
    h("ul", { role: "list" }, ...rows),
  );
}

/** @param {HTMLElement} section @param {Audience} audience @param {() => Promise<void> | void} changed */
function form(section, audience, changed) {
  const everyone = tick("*", "Everyone of the bank", audience.audience.includes("*"));
  const roles = audience.roles.map((role) => tick(role, plain(role), audience.audience.includes(role)));
  const ticks = [everyone, ...roles];
  const reason = /** @type {HTMLTextAreaElement} */ (h("textarea", { rows: 3, maxlength: 2000, required: true }));
  const leads = h("p.small", { role: "status" });
  const wrong = h("p.wrong", { role: "alert" });
  const chosen = () => {
    const named = ticks.map((each) => each.box).filter((box) => box.checked && !box.disabled);
    return named.map((box) => box.value);
  };
  const follow = () => {
    for (const { box } of roles) box.disabled = everyone.box.checked;
    leads.textContent = consequence(audience, chosen());
  };
  const send = async () => {
    const wanted = chosen();
    wrong.textContent = !wanted.length ? "Choose who may read it." : !reason.value.trim() ? "Say why." : "";
    if (wrong.textContent) return;
    try {
      const outcome = await post(path(audience.document), { audience: wanted, reason: reason.value, seen: audience.number });
      announce(outcome.state === "waiting" ? "A second policy owner has to agree." : "Changed.");
      if (outcome.state === "waiting") await show(section, audience.document, changed);
      else await changed();
    } catch (error) {
      wrong.textContent = asProblem(error).message;
    }
  };
  const whole = h(
    "form",
    { novalidate: true, on: { submit: submitting(send) } },
    h("fieldset", {}, h("legend.vh", {}, "Who may read it"), ...ticks.map((each) => each.label)),
    h("label", {}, h("span", {}, "Why"), reason),
    leads,
    wrong,
    h(
      "div.actions",
      {},
      h("button.primary", { type: "submit" }, "Change"),
      button("Keep it", () => draw(section, audience, changed), "quiet"),
    ),
  );
  for (const { box } of ticks) box.addEventListener("change", follow);
  follow();
  return whole;
}

/** @param {() => Promise<void>} send */
const submitting = (send) => (/** @type {Event} */ event) => {
  event.preventDefault();
  void send();
};

/** @param {string} value @param {string} name @param {boolean} checked */
function tick(value, name, checked) {
  const box = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", name: "reader", value, checked }));
  return { box, label: h("label.tick", {}, box, h("span", {}, name)) };
}

/** What a change leads to, in words. @param {Audience} audience @param {string[]} wanted */
function consequence(audience, wanted) {
  const before = new Set(audience.audience);
  const after = new Set(wanted);
  if (!wanted.length) return "Choose at least one.";
  const same = before.size === after.size && wanted.every((role) => before.has(role));
  if (same) return "";
  const gained = before.has("*") ? [] : wanted.filter((role) => !before.has(role));
  const lost = after.has("*") ? [] : audience.audience.filter((role) => !after.has(role));
  const said = [];
  if (lost.length) {
    const who = lost.includes("*") ? "Whoever has none of the chosen roles" : `Whoever reads it only as ${lost.map(plain).join(" or ")}`;
    said.push(`${who} is not answered from it any more, from the next question on, and can’t open it. Answers given before keep their record.`);
  }
  if (gained.length && audience.two_owners) {
    said.push("In this library a second policy owner has to ask for the same before more people may read it; until then all stays as it is.");
  } else if (gained.length) {
    said.push(`${gained.includes("*") ? "Everyone of the bank" : gained.map(plain).join(", ")} may read it at once.`);
  }
  return said.join(" ");
}
