/** The form in which the arguments of a request are changed, built from their JSON Schema. */

import { visible } from "./arguments.js";
import { h } from "./dom.js";

const LONG = 160; // characters of a text from which a field of several lines is given

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */

/** @param {any} schema @param {any} value @param {Record<string, any>} props @returns {Field} */
function control(schema, value, props) {
  const text = value === undefined || value === null ? "" : String(value);
  /** @type {any} */
  let element;
  if (schema.enum) {
    element = h("select", props, ...(props.required ? [] : [h("option", { value: "" }, "–")]));
    for (const each of schema.enum) element.append(h("option", { value: String(each) }, String(each).replaceAll("_", " ")));
  } else if (schema.type === "boolean") {
    element = h("input", { ...props, type: "checkbox", checked: value === true });
    return element;
  } else if (schema.type === "integer" || schema.type === "number") {
    element = h("input", { ...props, type: "number", inputmode: "numeric", step: "1", min: schema.minimum, max: schema.maximum });
  } else if (schema.format === "date") {
    element = h("input", { ...props, type: "date" });
  } else if ((schema.maxLength || (schema.pattern ? 0 : Infinity)) > LONG) {
    element = h("textarea", { ...props, rows: "3", maxlength: schema.maxLength });
  } else {
    element = h("input", { ...props, type: "text", maxlength: schema.maxLength, autocomplete: "off", spellcheck: "false" });
  }
  element.value = text;
  return element;
}

/** @param {any} schema @param {Field} field @returns {any} undefined where nothing was given */
function valueOf(schema, field) {
  if (schema.type === "boolean") return /** @type {HTMLInputElement} */ (field).checked;
  const text = field.value;
  if (schema.type === "integer" || schema.type === "number") return text.trim() === "" ? undefined : Number(text);
  if (schema.enum) return schema.enum.find((/** @type {any} */ each) => String(each) === text);
  return text === "" ? undefined : text;
}

let opened = 0;

export class EditForm {
  /**
   * @param {import("./types.js").Approval} approval
   * @param {{submit: string, onSubmit: (args: Record<string, any>) => Promise<import("./api.js").Problem | null>, onCancel: () => void}} parts
   */
  constructor(approval, { submit, onSubmit, onCancel }) {
    this.approval = approval;
    this.onSubmit = onSubmit;
    /** @type {Map<string, {schema: any, field: Field, wrong: HTMLElement}>} */
    this.fields = new Map();
    this.general = h("p.wrong", { role: "alert" });
    opened += 1;
    const rows = Object.entries(approval.schema?.properties || {}).map(([name, schema]) => this.row(name, schema));
    this.send = /** @type {HTMLButtonElement} */ (h("button.primary", { type: "submit" }, submit));
    const cancel = h("button.quiet", { type: "button", on: { click: onCancel } }, "Cancel");
    this.element = h(
      "form.edit",
      {
        novalidate: true,
        "aria-label": "Change the request",
        on: {
          submit: (/** @type {Event} */ event) => {
            event.preventDefault();
            this.submit();
          },
          keydown: (/** @type {KeyboardEvent} */ event) => {
            if (event.key !== "Escape") return;
            event.preventDefault();
            onCancel();
          },
        },
      },
      ...rows,
      this.general,
      h("div.actions", {}, this.send, cancel),
    );
  }

  /** @param {string} name @param {any} schema */
  row(name, schema) {
    const id = `edit-${opened}-${name}`;
    const given = this.approval.arguments.find((argument) => argument.name === name);
    const required = (this.approval.schema.required || []).includes(name);
    const wrong = h("p.wrong", { id: `${id}-wrong` });
    const field = control(schema, this.approval.args[name], { id, name, required, "aria-describedby": wrong.id });
    this.fields.set(name, { schema, field, wrong });
    const label = h("label", { for: id }, given?.label || schema.title || name.replaceAll("_", " "));
    if (!required) label.append(h("span.muted", {}, " (optional)"));
    const hidden =
      given && visible(given.text) !== given.text && h("p.small.muted", {}, `Shown with what can’t be seen: ${visible(given.text)}`);
    return h("div.field", {}, label, field, hidden, wrong);
  }

  focus() {
    this.fields.values().next().value?.field.focus();
  }

  /** All arguments as the form has them; those that are empty are left out. */
  args() {
    const pairs = [...this.fields].map(([name, { schema, field }]) => [name, valueOf(schema, field)]);
    return Object.fromEntries(pairs.filter(([, value]) => value !== undefined));
  }

  get isChanged() {
    const args = this.args();
    const names = new Set([...Object.keys(args), ...Object.keys(this.approval.args)]);
    return [...names].some((name) => JSON.stringify(args[name]) !== JSON.stringify(this.approval.args[name]));
  }

  async submit() {
    this.clear();
    if (!this.isChanged) {
      this.general.textContent = "Nothing has been changed yet.";
      this.focus();
      return;
    }
    this.send.disabled = true;
    const problem = await this.onSubmit(this.args());
    this.send.disabled = false;
    if (problem?.status === 422) this.tell(problem);
    else if (problem) this.send.focus();
  }

  clear() {
    this.general.textContent = "";
    for (const { field, wrong } of this.fields.values()) {
      field.removeAttribute("aria-invalid");
      wrong.textContent = "";
    }
  }

  /** Each sentence at its field, the rest below. @param {import("./api.js").Problem} problem */
  tell({ document }) {
    const told = (document.fields || []).filter(({ field, problem }) => this.mark(field.split(".").at(-1) || "", problem));
    const text = document.detail || document.title;
    const named = [...this.fields.keys()].filter((name) => this.isNamed(name, text));
    if (!told.length && !(named.length === 1 && this.mark(named[0], text))) this.general.textContent = text;
    const first = [...this.fields.values()].find(({ wrong }) => wrong.textContent);
    (first?.field || this.send).focus();
  }

  /** @param {string} name @param {string} text */
  isNamed(name, text) {
    const label = this.approval.arguments.find((argument) => argument.name === name)?.label;
    const said = text.toLocaleLowerCase();
    return [name, name.replaceAll("_", " "), label].some((each) => each && said.includes(each.toLocaleLowerCase()));
  }

  /** @param {string} name @param {string} text */
  mark(name, text) {
    const known = this.fields.get(name);
    if (!known) return false;
    known.field.setAttribute("aria-invalid", "true");
    known.wrong.textContent = text;
    return true;
  }
}
