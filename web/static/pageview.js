/** One page of a document as an image, with its pager and zoom. */

import { announce, button, h } from "./dom.js";
import { count } from "./words.js";

const ZOOMS = [1, 0, 1.7, 2.4]; // of the panel's width; 0: so that the lines of text fill it
const LETTER = { width: 612, height: 792 }; // points; only where the service does not say
const MARGIN = 28; // points, beside the lines: outdented marks stand there
const FILL_MOST = 1.3;
const narrow = matchMedia("(max-width: 759px)"); // a page's letters are too small there: its text is shown with it

/**
 * @typedef {object} Paged
 * @property {string} edition_id
 * @property {string} title
 * @property {number | null} pages
 * @property {string} [id]  the passage to mark
 * @property {number | null} [page]
 * @property {number | null} [page_end]
 * @property {string} [text]
 * @property {import("./types.js").Box[]} [boxes]
 * @property {number} [page_height]  points
 * @property {number} [page_width]
 */

export class PageView {
  /**
   * @param {Paged} document
   * @param {{page?: number, range?: import("./types.js").Range | null, whole?: boolean, onPage?: (page: number) => void}} [how]  whole: the document's own page, not the panel
   */
  constructor(document, { page, range = null, whole = false, onPage } = {}) {
    this.document = document;
    this.range = range;
    this.whole = whole;
    this.onPage = onPage;
    this.page = page || document.page || 1;
    this.zoom = whole ? 0 : 1;
    this.image = /** @type {HTMLImageElement} */ (h("img", { decoding: "async" }));
    this.problem = h("p.told", { role: "status", hidden: true });
    this.figure = h("figure", {}, this.image);
    this.view = h("div.view", { tabindex: "0", role: "group", "aria-label": "Page" }, this.problem, this.figure);
    this.pager = h("div.pager", { role: "group", "aria-label": "Pages" });
    this.image.addEventListener("load", () => {
      clearTimeout(this.slow);
      this.image.style.aspectRatio = "";
      this.problem.hidden = true;
      this.figure.hidden = false;
      this.toMark();
    });
    this.image.addEventListener("error", () => this.failed());
    const { page_width: width, page_height: height } = document;
    this.image.style.aspectRatio = String((width || LETTER.width) / (height || LETTER.height)); // holds the place until it is drawn
    this.size();
    this.show(this.page);
  }

  get parts() {
    return [this.view, this.asText(), this.pager].filter((part) => part !== null);
  }

  asText() {
    return this.document.text ? h("details.as-text", { open: narrow.matches }, h("summary", {}, "The passage as text"), h("p", {}, this.document.text)) : null;
  }

  get isMarked() {
    const { id, page, page_end } = this.document;
    return Boolean(id && page && this.page >= page && this.page <= (page_end || page));
  }

  /** @param {number} page */
  show(page) {
    this.page = Math.min(Math.max(1, page), this.document.pages || page);
    const { edition_id, id, title } = this.document;
    const query = new URLSearchParams(
      id ? { chunk: id, ...(this.range ? { start: String(this.range[0]), end: String(this.range[1]) } : {}) } : {},
    );
    clearTimeout(this.slow);
    this.slow = setTimeout(() => this.tell("Waiting for the page to be drawn."), 1000);
    this.image.alt = `Page ${this.page} of ${title}${this.isMarked ? ", with the passage marked" : ""}`;
    this.image.src = `/v1/editions/${edition_id}/pages/${this.page}${query.size ? `?${query}` : ""}`;
    this.view.setAttribute("aria-label", this.image.alt);
    this.drawPager();
    this.onPage?.(this.page);
  }

  /** @param {string} text */
  tell(text) {
    this.problem.textContent = text;
    this.problem.hidden = false;
  }

  failed() {
    clearTimeout(this.slow);
    this.figure.hidden = true;
    this.tell("This page can’t be shown now. It may have been withdrawn, or you may be signed out. ");
    this.problem.append(button("Try again", () => this.show(this.page)));
  }

  /** Brings the mark into view, a little below the top. */
  toMark() {
    const boxes = (this.document.boxes || []).filter(
      (box) => box.page === this.page && (!this.range || (box.start < this.range[1] && box.end > this.range[0])),
    );
    if (!boxes.length) {
      this.view.scrollTop = 0;
      this.view.scrollLeft = (this.view.scrollWidth - this.view.clientWidth) / 2;
      return;
    }
    const scale = this.image.clientHeight / (this.document.page_height || LETTER.height);
    const top = Math.min(...boxes.map((box) => box.y0)) * scale;
    const left = (Math.min(...(this.document.boxes || []).map((box) => box.x0)) - MARGIN) * scale;
    this.view.scrollTop = this.image.offsetTop + top - this.view.clientHeight / 4;
    this.view.scrollLeft = this.image.offsetLeft + left;
  }

  /** @param {number} by */
  zoomBy(by) {
    this.zoom = Math.min(Math.max(0, this.zoom + by), ZOOMS.length - 1);
    this.size();
    this.toMark();
    this.drawPager(by > 0 ? "larger" : "smaller");
    announce(`Size ${Math.round(this.times * 100)} per cent`);
  }

  /** How many times the panel's width the page is. */
  get times() {
    const boxes = this.document.boxes || [];
    if (ZOOMS[this.zoom] || !boxes.length) return ZOOMS[this.zoom] || 1.15;
    const lines = Math.max(...boxes.map((box) => box.x1)) - Math.min(...boxes.map((box) => box.x0)) + 2 * MARGIN;
    return Math.min(FILL_MOST, Math.max(1, (this.document.page_width || LETTER.width) / lines));
  }

  size() {
    this.figure.style.width = `${this.times * 100}%`;
    this.figure.style.maxWidth = this.zoom ? "none" : "";
  }

  /** @param {number} pages */
  goTo(pages) {
    const field = /** @type {HTMLInputElement} */ (h("input", { type: "number", min: 1, max: pages, value: this.page, "data-does": "go" }));
    field.addEventListener("change", () => {
      if (field.checkValidity()) this.show(field.valueAsNumber);
      else field.value = String(this.page);
    });
    return h("label", {}, "Page", field, `of ${pages}`);
  }

  /** @param {string} [focus]  the control to leave the focus on */
  drawPager(focus) {
    const held = focus || /** @type {HTMLElement | null} */ (this.pager.querySelector(":focus"))?.dataset.does;
    const { pages, edition_id, id, page, page_end } = this.document;
    const does = (
      /** @type {string} */ name,
      /** @type {string} */ label,
      /** @type {string} */ text,
      /** @type {boolean} */ off,
      /** @type {() => void} */ act,
    ) => button(text, act, "quiet", { "data-does": name, "aria-label": label, disabled: off });
    const to = (/** @type {number} */ n) => () => {
      this.show(n);
      announce(this.image.alt);
    };
    const link = `/library/${edition_id}?page=${this.page}${id ? `&chunk=${id}` : ""}`;
    const goesOn = page && page_end && page_end > page && this.page === page;
    this.pager.replaceChildren(
      this.whole && pages ? this.goTo(pages) : h("span", {}, `Page ${this.page}${pages ? ` of ${pages}` : ""}`),
      goesOn ? h("span.muted", {}, `The passage goes on for ${count(page_end - page, "page")}`) : "",
      h("span.grow", {}),
      does("smaller", "Smaller", "−", this.zoom === 0, () => this.zoomBy(-1)),
      does("larger", "Larger", "+", this.zoom === ZOOMS.length - 1, () => this.zoomBy(1)),
      does("previous", `Previous page, ${this.page - 1}`, `‹ ${this.page > 1 ? this.page - 1 : ""}`, this.page <= 1, to(this.page - 1)),
      does(
        "next",
        `Next page, ${this.page + 1}`,
        `${!pages || this.page < pages ? this.page + 1 : ""} ›`,
        Boolean(pages && this.page >= pages),
        to(this.page + 1),
      ),
      this.whole ? "" : h("a.btn.quiet", { href: link }, "Open document"),
    );
    if (held) /** @type {HTMLElement | null} */ (this.pager.querySelector(`[data-does="${held}"]`))?.focus();
  }
}
