/** A structured answer: a checklist or a note on a case, each field with its sources, its confidence, and what the reader changed. */

import { asProblem, post } from "./api.js";
import { copy } from "./basis.js";
import { unquoted, withFigures } from "./claims.js";
import { announce, button, chip, h } from "./dom.js";
import { asText } from "./formtext.js";
import { kept, keep } from "./ticks.js";
import { count, nameOf } from "./words.js";

const LONGEST = 2000; // characters of a change; the service refuses more

export const BASIS = { word_for_word: "Word for word", checked: "Checked against its source", yours: "You wrote this" };

/**
 * @typedef {object} Field
 * @property {string} id
 * @property {string} text
 * @property {"passage" | "you"} source
 * @property {number[]} citations
 * @property {number | null} claim
 * @property {boolean} quote
 * @property {"word_for_word" | "checked" | "yours"} basis
 * @property {number | null} confidence
 * @property {string | null} [group]
 * @property {string | null} [mark]
 * @property {string | null} [lead]
 * @property {string | null} [condition]
 * @property {boolean | null} [required]
 * @property {{name: string, text: string}[]} [cells]
 *
 * @typedef {{kind: "checklist", title: string, items: Field[], left_out: number}} Checklist
 * @typedef {{kind: "case_note", subject: Field, facts: Field[], rules: Field[], next_steps: Field[], open_points: Field[], left_out: number}} CaseNote
 */

/** The parts of a note with their headings. @param {CaseNote} note @returns {[string, Field[]][]} */
export const partsOf = (note) => [
  ["Facts", note.facts],
  ["Rules that apply", note.rules],
  ["Next steps", note.next_steps],
  ["Open points", note.open_points],
];

export class FormView {
  /** @param {any} answer  data of the event `answer` @param {import("./turn.js").Turn} turn @param {{field: string, text: string}[]} corrections  oldest first */
  constructor(answer, turn, corrections) {
    this.form = /** @type {Checklist | CaseNote} */ (answer.structured);
    this.answer = answer;
    this.turn = turn;
    this.changed = new Map(corrections.map((each) => [each.field, each.text]));
    this.ticks = kept(turn.runId);
    this.element = h("div.form.card", { role: "region", "aria-label": this.form.kind === "checklist" ? "Checklist" : "Case note" });
    this.element.append(
      ...(this.form.kind === "checklist" ? this.checklist(this.form) : this.note(this.form)),
      this.leftOut(),
      this.tools(),
    );
    this.tellTicks();
  }

  /** @param {Checklist} form */
  checklist(form) {
    /** @type {HTMLElement[]} */
    const parts = [];
    /** @type {HTMLElement | null} */
    let list = null;
    /** @type {Field | null} */
    let before = null;
    for (const item of form.items) {
      const newGroup = !before || item.group !== before.group;
      const newLead = newGroup || item.lead !== before?.lead;
      if (newGroup && item.group) parts.push(h("h4", {}, item.group));
      if (newLead && item.lead) parts.push(h("p.lead", {}, item.lead));
      if (newLead || !list) {
        list = h(`ol.fields${item.lead ? ".led" : ""}`, { role: "list" });
        parts.push(list);
      }
      list.append(this.field(item, true));
      before = item;
    }
    this.progress = h("p.small.muted", { role: "status" });
    return [h("h3", {}, form.title), this.progress, ...parts];
  }

  /** @param {CaseNote} note */
  note(note) {
    const parts = partsOf(note).filter(([, fields]) => fields.length);
    return [
      h("h3", {}, "Case note"),
      h("ol.fields.subject", { role: "list" }, this.field(note.subject, false)),
      ...parts.flatMap(([title, fields]) => [
        h("h4", {}, title),
        h("ol.fields", { role: "list" }, ...fields.map((field) => this.field(field, false))),
      ]),
    ];
  }

  /** @param {Field} field @param {boolean} ticked */
  field(field, ticked) {
    const element = h(`li.field${field.source === "you" ? ".own" : ""}`, { "data-field": field.id });
    this.draw(element, field, ticked);
    return element;
  }

  /** @param {HTMLElement} element @param {Field} field @param {boolean} ticked */
  draw(element, field, ticked) {
    const own = this.changed.get(field.id);
    const isChanged = own !== undefined && own !== field.text;
    element.classList.toggle("changed", isChanged);
    const words = isChanged ? h("span.words", {}, own) : this.words(field);
    const change = button("Change", () => this.edit(element, field, ticked), "quiet change", { "aria-label": `Change: ${own ?? field.text}` });
    element.replaceChildren(
      ticked ? this.box(field, words) : h("div.text", {}, words),
      h(
        "p.about.small",
        {},
        field.mark && h("span.mono", {}, field.mark),
        isChanged ? chip("Changed by you", "warn") : h("span.how", { title: measured(field) }, BASIS[field.basis]),
        field.required === false && !isChanged && h("span", {}, "optional"),
        ...(isChanged ? [] : this.refs(field)),
        change,
      ),
      ...(isChanged ? [this.checked(field)] : []),
    );
  }

  /** @param {Field} field @param {HTMLElement} words */
  box(field, words) {
    const id = `tick-${this.turn.runId}-${field.id}`;
    const input = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id, checked: this.ticks.has(field.id) }));
    input.addEventListener("change", () => {
      if (input.checked) this.ticks.add(field.id);
      else this.ticks.delete(field.id);
      keep(this.turn.runId, this.ticks);
      this.tellTicks();
    });
    return h("div.text.tick", {}, input, h("label", { for: id }, words));
  }

  tellTicks() {
    if (!this.progress || this.form.kind !== "checklist") return;
    const done = this.form.items.filter((item) => this.ticks.has(item.id)).length;
    this.progress.textContent = done ? `${done} of ${count(this.form.items.length, "item")} ticked` : count(this.form.items.length, "item");
  }

  /** @param {Field} field */
  words(field) {
    const cells = field.cells || [];
    const when = field.condition && h("span.when", {}, ` (${field.condition})`);
    if (!cells.length) return h("span.words", {}, ...withFigures(field.quote ? unquoted(field.text) : field.text), when);
    // The column that holds the item: the first that is no number of a row.
    const named = cells.filter((cell) => cell.text !== field.mark);
    const [first, ...rest] = named.length ? named : cells;
    const row = (/** @type {{name: string, text: string}} */ cell) => h("span.cell", {}, h("span.name", {}, `${cell.name}: `), ...withFigures(cell.text));
    return h("span.words", {}, h("span.first", {}, ...withFigures(first.text)), ...rest.map(row));
  }

  /** What was checked stays, below what a person made of it. @param {Field} field */
  checked(field) {
    return h("div.was.small", {}, h("span.muted", {}, `${BASIS[field.basis]}: `), this.words(field), " ", ...this.refs(field));
  }

  /** @param {Field} field */
  refs(field) {
    const claim = this.answer.claims.find((/** @type {any} */ each) => each.index === field.claim) || null;
    return field.citations.map((ref) => {
      const name = nameOf(this.turn.source(ref));
      const number = h("button.ref", { type: "button", "data-ref": ref, "aria-label": `Source ${ref}: ${name}`, title: name }, String(ref));
      number.addEventListener("click", () => this.turn.open(ref, claim && { ...claim, text: field.text }, number));
      return number;
    });
  }

  /** @param {HTMLElement} element @param {Field} field @param {boolean} ticked */
  edit(element, field, ticked) {
    const area = /** @type {HTMLTextAreaElement} */ (
      h("textarea", { rows: "3", maxlength: String(LONGEST), "aria-label": "Your own words for this field" })
    );
    area.value = this.changed.get(field.id) ?? field.text;
    const wrong = h("p.wrong", { role: "alert" });
    const back = () => {
      this.draw(element, field, ticked);
      /** @type {HTMLElement} */ (element.querySelector(".change")).focus();
    };
    const save = async () => {
      const text = area.value.trim();
      if (!text) return area.focus();
      try {
        await post(`/runs/${this.turn.runId}/corrections`, { field: field.id, text });
      } catch (error) {
        wrong.textContent = `That was not kept: ${asProblem(error).message}`;
        return area.focus();
      }
      this.changed.set(field.id, text);
      back();
      announce(text === field.text ? "As it was checked." : "Changed by you. What was checked stays below.");
    };
    const form = h(
      "form",
      { on: { submit: (/** @type {Event} */ event) => (event.preventDefault(), void save()) } },
      area,
      h("p.small.muted", {}, "Your words are kept beside what was checked. Nobody checks them."),
      wrong,
      h("div.actions", {}, h("button.primary", {}, "Keep my words"), button("Cancel", back, "quiet")),
    );
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      back();
    });
    element.append(form);
    element.querySelector(".change")?.remove();
    area.focus();
  }

  leftOut() {
    const { left_out: number } = this.form;
    return number ? h("p.small.warned", { role: "note" }, `${count(number, "field")} left out: not supported by the sources.`) : "";
  }

  tools() {
    const copying = button(
      "Copy with sources",
      async () => announce((await copy(asText(this.form, this.answer, this.turn, this.changed, this.ticks))) ? "Copied." : "Could not copy."),
      "quiet",
    );
    return h("div.actions.tools", {}, copying, button("Print", () => this.print(), "quiet"));
  }

  /** This form alone. */
  print() {
    this.turn.element.classList.add("printing");
    document.body.classList.add("printing-form");
    addEventListener(
      "afterprint",
      () => {
        this.turn.element.classList.remove("printing");
        document.body.classList.remove("printing-form");
      },
      { once: true },
    );
    window.print();
  }
}

/** @param {Field} field */
const measured = (field) => (field.basis === "checked" && field.confidence !== null ? `Support measured: ${field.confidence.toFixed(2)} of 1` : null);
