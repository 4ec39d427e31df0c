/** The caller's conversations, newest first, by day; find one, open one, hide one. */

import { asProblem, get, post } from "./api.js";
import { announce, button, h } from "./dom.js";
import { period } from "./words.js";

export class History {
  /** @param {{list: HTMLElement, find: HTMLInputElement, onOpen: (id: string) => void, onHidden: (id: string) => void}} parts */
  constructor({ list, find, onOpen, onHidden }) {
    this.list = list;
    this.find = find;
    this.onOpen = onOpen;
    this.onHidden = onHidden;
    /** @type {import("./types.js").Thread[]} */
    this.threads = [];
    /** @type {string | null} */
    this.cursor = null;
    /** @type {string | null} */
    this.current = null;
    /** @type {string | null} */
    this.confirming = null;
    this.problem = "";
    find.addEventListener("input", () => this.draw());
  }

  /** Reads the list again from its newest. */
  async load() {
    const slow = setTimeout(() => {
      if (!this.threads.length) this.list.replaceChildren(h("p.note", {}, "Waiting for your conversations."));
    }, 1000);
    try {
      const page = await get("/threads?limit=50");
      this.threads = page.items;
      this.cursor = page.next_cursor;
      this.problem = "";
    } catch (error) {
      this.problem = asProblem(error).message;
    } finally {
      clearTimeout(slow);
    }
    this.draw();
  }

  async older() {
    const page = await get(`/threads?limit=50&cursor=${encodeURIComponent(this.cursor || "")}`).catch((error) => {
      this.problem = asProblem(error).message;
    });
    if (page) {
      this.threads.push(...page.items);
      this.cursor = page.next_cursor;
    }
    this.draw();
  }

  /** @param {string | null} id */
  mark(id) {
    this.current = id;
    this.draw();
  }

  draw() {
    const wanted = this.find.value.trim().toLocaleLowerCase();
    const shown = this.threads.filter((thread) => !wanted || thread.title.toLocaleLowerCase().includes(wanted));
    /** @type {Map<string, HTMLElement>} */
    const groups = new Map();
    for (const thread of shown) {
      const name = period(thread.updated_at || thread.created_at);
      if (!groups.has(name)) groups.set(name, h("ul", { role: "list" }));
      groups.get(name)?.append(this.confirming === thread.id ? this.question(thread) : this.row(thread));
    }
    const parts = [...groups].flatMap(([name, list]) => [h("h2", {}, name), list]);
    const note = this.note(shown.length, wanted);
    this.list.replaceChildren(
      ...parts,
      ...(note ? [h("p.note", {}, note)] : []),
      ...(this.problem ? [button("Try again", () => this.load())] : []),
      ...(this.cursor && !this.problem ? [button(wanted ? "Look further back" : "Show older", () => this.older(), "quiet")] : []),
    );
  }

  /** @param {number} shown @param {string} wanted */
  note(shown, wanted) {
    if (this.problem) return `Your conversations can’t be shown now. ${this.problem}`;
    if (shown) return "";
    return wanted ? "No conversation has these words in its title." : "Your conversations will be listed here.";
  }

  /** @param {import("./types.js").Thread} thread */
  row(thread) {
    const isCurrent = thread.id === this.current;
    const open = (/** @type {MouseEvent} */ event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.onOpen(thread.id);
    };
    return h(
      "li",
      { "data-current": isCurrent },
      h(
        "a",
        { href: `/?thread=${thread.id}`, title: thread.title, "aria-current": isCurrent ? "true" : null, on: { click: open } },
        thread.title,
      ),
      button(
        "Hide",
        () => {
          this.confirming = thread.id;
          this.draw();
          /** @type {HTMLElement | null} */ (this.list.querySelector(".confirm button"))?.focus();
        },
        "quiet",
        { "aria-label": `Hide the conversation ${thread.title}` },
      ),
    );
  }

  /** @param {import("./types.js").Thread} thread */
  question(thread) {
    const keep = () => {
      this.confirming = null;
      this.draw();
      this.list.querySelector("a")?.focus();
    };
    return h(
      "li.confirm",
      {},
      h("span", {}, `Hide “${thread.title.slice(0, 60)}” from this list? The record of it is kept.`),
      button("Hide", () => this.hide(thread)),
      button("Keep", keep, "quiet"),
    );
  }

  /** @param {import("./types.js").Thread} thread */
  async hide(thread) {
    this.confirming = null;
    try {
      await post(`/threads/${thread.id}/hide`);
      this.threads = this.threads.filter((each) => each.id !== thread.id);
      announce("Hidden.");
      this.onHidden(thread.id);
    } catch (error) {
      this.problem = asProblem(error).message;
    }
    this.draw();
    this.find.focus();
  }
}
