/** What a tool returned, shown where a document's page would be: the record that a sentence stands on. */

import { argumentList, visible } from "./arguments.js";
import { h } from "./dom.js";
import { clock } from "./times.js";

/** @param {HTMLElement} body @param {import("./types.js").Source} source @param {import("./acting.js").Call | undefined} call */
export function showResult(body, source, call) {
  const words = call?.effect === "write" ? "Done in the bank’s system" : "Read from the bank’s system";
  body.replaceChildren(
    h(
      "div.view.record",
      { tabindex: "0" },
      h(
        "div.card.slip",
        {},
        h("p.small.muted", {}, `${words}${call ? `, ${clock(call.at)}` : ""}`),
        h("p.said", {}, visible(source.summary || "")),
        call?.arguments.length ? argumentList(call.arguments) : null,
      ),
      h("p.small.muted", {}, "This is not a document: it is what the bank’s own system replied to this one call."),
    ),
  );
}
