/** The queue: what waits for a signature, the oldest first. Rows are kept and changed in place, so that nothing flickers. */

import { isDoubtful, visible } from "./arguments.js";
import { byId, chip, fill, h } from "./dom.js";
import { wasOpened } from "./seen.js";
import { gist, list, partly } from "./states.js";
import { age, expiry, isSoon } from "./times.js";

const MOST_TAGS = 2;

/** @typedef {import("./types.js").Approval} Approval */

/** @param {Approval} approval @returns {{text: string, kind: string}[]} what a signer should know before opening it, the gravest first */
function tags(approval) {
  const some = [
    approval.arguments.some(isDoubtful) && { text: "from a document", kind: "stop" },
    isSoon(approval.expires_at) && { text: expiry(approval.expires_at), kind: "warn" },
    partly(approval) && { text: String(partly(approval)), kind: "" },
  ];
  const known = /** @type {{text: string, kind: string}[]} */ (some.filter(Boolean));
  return known.length || wasOpened(approval.id) ? known.slice(0, MOST_TAGS) : [{ text: "new", kind: "" }];
}

/** @param {Approval} approval */
function parts(approval) {
  const who = [list(approval.makers.map((maker) => maker.name)), approval.branch && `Branch ${approval.branch}`, age(approval.created_at)];
  return [
    h("b", {}, visible(approval.summary)),
    gist(approval) && h("span.gist.small", {}, visible(gist(approval))),
    h("span.small.muted", {}, who.filter(Boolean).join(" · ")),
    h("span.chips", {}, ...tags(approval).map(({ text, kind }) => chip(text, kind))),
  ];
}

/** What is chosen of several; keeps the choice while the list changes. @param {HTMLSelectElement} select @param {Map<string, string>} names */
function offer(select, names) {
  const known = [...select.options].slice(1).map((option) => option.value);
  const wanted = [...names.keys()];
  if (select.value && !names.has(select.value)) wanted.push(select.value);
  if (known.join() === wanted.join()) return;
  const chosen = select.value;
  const label = select.selectedOptions[0]?.textContent || chosen;
  const options = wanted.map((value) => h("option", { value }, names.get(value) || label));
  select.replaceChildren(select.options[0], ...options);
  select.value = chosen;
}

export class Queue {
  /** @param {{onOpen: (id: string) => void}} hooks */
  constructor({ onOpen }) {
    this.onOpen = onOpen;
    this.place = byId("items");
    this.byTool = /** @type {HTMLSelectElement} */ (byId("by-tool"));
    this.byPerson = /** @type {HTMLSelectElement} */ (byId("by-person"));
    /** @type {Approval[]} */
    this.all = [];
    /** @type {Map<string, {element: HTMLElement, link: HTMLElement}>} */
    this.rows = new Map();
    /** @type {string | null} */
    this.current = null;
    this.at = 0; // where the current one stands or stood
    this.isLoaded = false;
    for (const select of [this.byTool, this.byPerson]) select.addEventListener("change", () => this.draw());
  }

  /** @param {Approval[]} approvals */
  set(approvals) {
    this.isLoaded = true;
    this.all = [...approvals].sort((a, b) => a.created_at.localeCompare(b.created_at));
    this.draw();
  }

  get shown() {
    const { byTool, byPerson } = this;
    return this.all.filter(
      (each) =>
        (!byTool.value || each.tool === byTool.value) && (!byPerson.value || each.makers.some((maker) => maker.person === byPerson.value)),
    );
  }

  /** @param {string | null} id */
  get(id) {
    return this.all.find((each) => each.id === id) || null;
  }

  draw() {
    offer(this.byTool, new Map(this.all.map((each) => [each.tool, each.title])));
    offer(this.byPerson, new Map(this.all.flatMap((each) => each.makers.map((maker) => [maker.person, maker.name]))));
    byId("filters").hidden = this.all.length < 2 && !this.byTool.value && !this.byPerson.value;
    const shown = this.shown;
    const ids = new Set(shown.map((each) => each.id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    shown.forEach((approval, index) => this.row(approval, index));
    const at = shown.findIndex((each) => each.id === this.current);
    if (at >= 0) this.at = at;
    this.tell(shown);
  }

  /** @param {Approval} approval @param {number} index */
  row(approval, index) {
    let row = this.rows.get(approval.id);
    if (!row) {
      const open = (/** @type {MouseEvent} */ event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        this.onOpen(approval.id);
      };
      const link = h("a.item", { href: `/approvals/${approval.id}`, on: { click: open } });
      row = { element: h("li", {}, link), link };
      this.rows.set(approval.id, row);
    }
    fill(row.link, ...parts(approval).map((part) => part || null));
    if (approval.id === this.current) row.link.setAttribute("aria-current", "true");
    else row.link.removeAttribute("aria-current");
    if (this.place.children[index] !== row.element) this.place.insertBefore(row.element, this.place.children[index] || null);
  }

  /** @param {Approval[]} shown */
  tell(shown) {
    const mine = this.all.filter((each) => each.may.approve);
    byId("tally").textContent = mine.length ? `${mine.length} waiting · oldest ${age(mine[0].created_at)}` : "";
    const text = shown.length
      ? ""
      : this.all.length
        ? "Nothing that waits fits this choice."
        : "Nothing waits for your signature. New requests appear here by themselves.";
    if (byId("note").textContent !== text) byId("note").textContent = text;
  }

  /** @param {string | null} id */
  select(id) {
    this.current = id;
    this.draw();
    this.rows.get(id || "")?.element.scrollIntoView({ block: "nearest" });
  }

  /** The one after or before the current one; where that has left the queue, the one that took its place. @param {1 | -1} step @returns {string | null} */
  beside(step) {
    const shown = this.shown;
    const at = shown.findIndex((each) => each.id === this.current);
    const to = at >= 0 ? at + step : step > 0 ? Math.min(this.at, shown.length - 1) : this.at - 1;
    return shown[to]?.id || null;
  }
}
