/** The figures behind a plot, as a table that opens underneath it. */

import { h } from "../dom.js";

/** @param {string[]} head @param {(string | Node)[][]} rows  the first of each names the row @param {string} caption */
export function figures(head, rows, caption) {
  const cells = rows.map(([name, ...values]) =>
    h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td.number", {}, value))),
  );
  return h(
    "details.figures",
    {},
    h("summary.small", {}, "The figures as a table"),
    h(
      "div.sideways",
      { tabindex: "0", role: "region", "aria-label": caption },
      h(
        "table",
        {},
        h("caption.vh", {}, caption),
        h("thead", {}, h("tr", {}, ...head.map((name, index) => h(index ? "th.number" : "th", { scope: "col" }, name)))),
        h("tbody", {}, ...cells),
      ),
    ),
  );
}
