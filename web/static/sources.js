/** The source column: the passages of a turn, or one of them in its document. */

import { announce, button, chip, h } from "./dom.js";
import { lower, raise } from "./overlay.js";
import { showPassage } from "./passage.js";
import { showResult } from "./result.js";
import { count, edition, evidence, inForce, isResult, path, place, titleOf } from "./words.js";

// What `warning: "instructions"` of a source means to its reader.
const INSTRUCTIONS =
  "Part of this passage reads like an instruction to the assistant. It was not followed and is no part of the answer. Tell the owner of the document if it should not be there.";

const narrow = matchMedia("(max-width: 759px)");
const beside = matchMedia("(min-width: 1180px)");

export class SourceColumn {
  /** @param {HTMLElement} element @param {HTMLElement} chat  carries the class that gives the column its room */
  constructor(element, chat) {
    this.element = element;
    this.chat = chat;
    /** @type {import("./turn.js").Turn | null} */
    this.turn = null;
    /** @type {number | null} */
    this.ref = null;
    this.openedByItself = false;
    /** @type {HTMLElement | null} */
    this.opener = null;
    this.list(null);
    narrow.addEventListener("change", () => this.settle());
  }

  get isOpen() {
    return this.ref !== null || this.chat.classList.contains("reading");
  }
  /** Whether a source may be opened without being asked for: there is room, and the reader has none open of his choice. */
  get mayFollow() {
    return beside.matches && (this.ref === null || this.openedByItself);
  }

  /** What may be opened in this turn. @param {import("./turn.js").Turn | null} turn */
  list(turn) {
    this.turn?.claims.mark(null, null);
    this.turn = turn;
    this.ref = null;
    this.openedByItself = false;
    const sources = turn?.sources || [];
    if (!sources.length) {
      this.element.replaceChildren(
        h(
          "p.empty.small",
          {},
          turn?.acting.calls.size
            ? "What the bank’s system replies can be opened here."
            : turn && !turn.ended
              ? "The passages appear here as soon as they are found."
              : "The source of a sentence opens here, with the passage marked on its page.",
        ),
      );
      return;
    }
    const rows = sources.map((source) =>
      h(
        "li",
        {},
        h(
          "button",
          {
            type: "button",
            on: { click: () => this.open(/** @type {any} */ (turn), source.ref, { claim: null, opener: null, focus: true }) },
          },
          h("span.ref.n", {}, String(source.ref)),
          h("b", {}, titleOf(source)),
          h("span.small.muted", {}, place(source), source.warning ? h("span.warned", {}, " · has a part that reads like an instruction") : null),
        ),
      ),
    );
    this.element.replaceChildren(
      h(
        "header",
        {},
        h("div.rowed", {}, h("h2", {}, "Sources"), this.closeButton("listed")),
        h("p.small.muted", {}, sources.some(isResult) ? evidence(sources) : `${count(sources.length, "passage")} of this search`),
      ),
      h("ul.passages", { role: "list" }, ...rows),
    );
  }

  /**
   * @param {import("./turn.js").Turn} turn @param {number} ref
   * @param {{claim: import("./types.js").Claim | null, opener: HTMLElement | null, focus: boolean, byItself?: boolean}} how
   */
  open(turn, ref, { claim, opener, focus, byItself = false }) {
    const source = turn.source(ref);
    if (!source) return;
    if (this.turn !== turn) this.turn?.claims.mark(null, null);
    this.turn = turn;
    this.ref = ref;
    this.openedByItself = byItself;
    if (opener) this.opener = opener;
    turn.claims.mark(ref, claim ? claim.index : null);
    const body = h("div.body", {});
    this.element.replaceChildren(this.head(turn, source), body);
    this.chat.classList.add("reading");
    this.settle();
    if (focus) /** @type {HTMLElement} */ (this.element.querySelector("h2")).focus({ preventScroll: true });
    if (!byItself) announce(`Source ${ref}: ${titleOf(source)}, ${place(source)}`);
    if (isResult(source)) showResult(body, source, turn.acting.calls.get(source.call_id || ""));
    else showPassage(body, source, claim?.quote ? claim.text : null);
  }

  /** @param {import("./turn.js").Turn} turn @param {import("./types.js").Source} source */
  head(turn, source) {
    const refs = turn.sources.map((each) => each.ref);
    const at = refs.indexOf(source.ref);
    const jump = (/** @type {number} */ to, /** @type {string} */ text) =>
      button(text, () => this.open(turn, refs[to], { claim: null, opener: null, focus: true }), "quiet", {
        disabled: refs[to] === undefined,
        "aria-label": refs[to] === undefined ? "No further source" : `Source ${refs[to]}`,
      });
    return h(
      "header",
      {},
      h(
        "div.rowed",
        {},
        h("p.small.muted", {}, `Source ${source.ref}`),
        h("span.grow", {}),
        h("span.jump", {}, jump(at - 1, "‹"), jump(at + 1, "›")),
        button(
          "All sources",
          () => {
            this.list(turn);
            this.element.querySelector("button")?.focus();
          },
          "quiet",
        ),
        this.closeButton(),
      ),
      ...(isResult(source) ? [h("h2", { tabindex: "-1" }, titleOf(source))] : this.about(source)),
    );
  }

  /** @param {import("./types.js").Source} source  a passage */
  about(source) {
    const force = inForce(source);
    return [
      h("h2", { tabindex: "-1", title: source.title }, source.title),
      h("p.path.small.muted", {}, path(source.section)),
      h(
        "div.chips",
        {},
        chip(force.text, force.kind),
        source.version && source.version !== source.effective_from && chip(edition(source.version)),
        chip(source.library),
      ),
      source.warning ? h("p.small.caution", { role: "note" }, INSTRUCTIONS) : null,
    ].filter(Boolean);
  }

  /** @param {string} [kind] */
  closeButton(kind = "") {
    return button("Close", () => this.close(), `quiet ${kind}`);
  }

  /** Room beside or a sheet above. */
  settle() {
    const isSheet = narrow.matches && this.chat.classList.contains("reading");
    if (isSheet) raise(this.element, () => this.close());
    else lower(this.element);
  }

  close() {
    this.chat.classList.remove("reading");
    lower(this.element);
    this.list(this.turn);
    if (this.opener?.isConnected) this.opener.focus({ preventScroll: true });
    this.opener = null;
  }
}
