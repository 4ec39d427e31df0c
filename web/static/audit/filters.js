/** The filters as chips. A chip opens its field underneath; what is chosen stands in the address. */

import { button, byId, fill, h } from "../dom.js";
import { FILTERS, personCalled } from "./fields.js";

/** @typedef {import("./fields.js").Filter} Filter */

/** What may be typed, filled in once it is known. @param {string} id @param {() => Promise<[string, string][]>} known */
function suggestions(id, known) {
  const list = h("datalist", { id });
  void known().then((values) => list.append(...values.map(([value, words]) => h("option", { value }, words))));
  return list;
}

export class Filters {
  /** @param {URLSearchParams} query @param {(query: URLSearchParams) => void} onChange */
  constructor(query, onChange) {
    this.query = query;
    this.onChange = onChange;
    this.place = byId("filters");
    this.row = h("div.chips", { role: "group", "aria-label": "Filters" });
    this.panel = h("form.panel.card", { hidden: true, id: "filter-panel", novalidate: true });
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      this.apply();
    });
    this.panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close();
    });
    /** @type {string | null} */
    this.open = null;
    this.place.replaceChildren(this.row, this.panel);
    this.draw();
  }

  /** @param {URLSearchParams} query */
  set(query) {
    this.query = query;
    this.open = null;
    this.panel.hidden = true;
    this.draw();
  }

  draw() {
    const active = FILTERS.filter((filter) => filter.names.some((name) => this.query.get(name)));
    const chips = active.map((filter) => this.chip(filter));
    const add = button("+ filter", () => this.toggle("add"), "pill", this.attributes("add"));
    const clear = active.length > 1 && button("Clear all", () => this.clear(), "quiet small");
    fill(this.row, ...chips, active.length < FILTERS.length && add, clear);
  }

  /** @param {string} key */
  attributes(key) {
    return { "data-filter": key, "aria-expanded": String(this.open === key), "aria-controls": "filter-panel" };
  }

  /** @param {Filter} filter */
  chip(filter) {
    const said = `${filter.label}: ${filter.say(filter.names.map((name) => this.query.get(name) || ""))}`;
    return h(
      "span.filter",
      {},
      button(said, () => this.toggle(filter.key), "pill set", this.attributes(filter.key)),
      button("×", () => this.remove(filter), "pill off", { "aria-label": `Remove the filter ${said}` }),
    );
  }

  /** @param {string} key  a filter's, or "add" */
  toggle(key) {
    if (this.open === key) return this.close();
    this.open = key;
    this.draw();
    const filter = FILTERS.find((each) => each.key === key);
    this.panel.hidden = false;
    if (filter) this.edit(filter);
    else this.choose();
  }

  /** Which filter to add. */
  choose() {
    const free = FILTERS.filter((filter) => !filter.names.some((name) => this.query.get(name)));
    const kinds = free.map((filter) => button(filter.label, () => this.toggle(filter.key), "pill"));
    this.panel.replaceChildren(h("p.legend", {}, "Look for runs by"), h("div.chips", {}, ...kinds));
    kinds[0]?.focus();
  }

  /** @param {Filter} filter */
  edit(filter) {
    const fields = filter.names.map((name) => this.field(filter, name));
    this.panel.replaceChildren(
      h("div.fields", {}, ...fields),
      filter.hint ? h("p.small.muted", { id: "filter-hint" }, filter.hint) : "",
      h(
        "div.actions",
        {},
        h("button.primary", { type: "submit" }, "Show runs"),
        button("Cancel", () => this.close(), "quiet"),
      ),
    );
    /** @type {HTMLElement | null} */ (this.panel.querySelector("input, select"))?.focus();
  }

  /** @param {Filter} filter @param {string} name */
  field(filter, name) {
    const label = { from: "From", to: "Until" }[name] || filter.label;
    const shared = { id: `by-${name}`, name, "aria-describedby": filter.hint && "filter-hint" };
    const value = this.query.get(name) || "";
    /** @type {any} */
    let control;
    if (filter.choices) {
      control = h("select", shared, ...filter.choices().map(([each, words]) => h("option", { value: each }, words)));
      if (value) control.value = value;
    } else {
      const type = filter.key === "dates" ? "date" : "text";
      const known = filter.known && `known-${name}`;
      control = h("input", { ...shared, type, autocomplete: "off", spellcheck: "false", placeholder: filter.example, list: known, value });
      if (filter.known) return h("div", {}, h("label", { for: shared.id }, label), control, suggestions(String(known), filter.known));
    }
    return h("div", {}, h("label", { for: shared.id }, label), control);
  }

  apply() {
    const query = new URLSearchParams(this.query);
    for (const element of this.panel.querySelectorAll("input, select")) {
      const { name, value } = /** @type {HTMLInputElement | HTMLSelectElement} */ (element);
      if (value.trim()) query.set(name, name === "user" ? personCalled(value.trim()) : value.trim());
      else query.delete(name);
    }
    this.change(query);
  }

  /** @param {Filter} filter */
  remove(filter) {
    const query = new URLSearchParams(this.query);
    for (const name of filter.names) query.delete(name);
    this.change(query);
  }

  clear() {
    this.change(new URLSearchParams());
  }

  /** @param {URLSearchParams} query */
  change(query) {
    this.set(query);
    this.focus();
    this.onChange(query);
  }

  close() {
    const key = this.open;
    this.open = null;
    this.panel.hidden = true;
    this.draw();
    /** @type {HTMLElement | null} */ (this.row.querySelector(`[data-filter="${key}"], [data-filter="add"]`))?.focus();
  }

  focus() {
    /** @type {HTMLElement | null} */ (this.row.querySelector('[data-filter="add"], button'))?.focus();
  }
}
