/** The page Integrity: how far the record is sealed and cosigned, by whom, and what that proves. */

import { watchSignInAndNetwork } from "../banner.js";
import { byId, h } from "../dom.js";
import { listen } from "../keys.js";
import { count, number } from "../words.js";
import { faultLine } from "./ledger.js";
import { Seal } from "./seal.js";
import { picture, s } from "./svg.js";
import { showCurrentPage } from "./tabs.js";
import { lasting, moment } from "./words.js";

const WIDTH = 800;
const HEIGHT = 24;

/** @typedef {import("./types.js").Integrity} Integrity */

/** How far the seals and the witness reach, as a part of all records. @param {Integrity} state */
function reach({ records, sealed_size: sealed, cosigned_size: cosigned }) {
  const to = (/** @type {number} */ size) => (records ? Math.max(2, Math.round((size / records) * (WIDTH - 2))) : 2);
  const label = `Of ${count(records, "record")}, ${number(sealed)} are sealed and ${number(cosigned)} cosigned.`;
  const drawn = picture(
    "reach",
    WIDTH,
    HEIGHT,
    label,
    s("rect.all", { x: 1, y: 1, width: WIDTH - 2, height: HEIGHT - 2 }),
    s("rect.sealed", { x: 1, y: 1, width: to(sealed), height: HEIGHT - 2 }),
    s("rect.cosigned", { x: 1, y: 7, width: to(cosigned), height: HEIGHT - 14 }),
  );
  drawn.setAttribute("preserveAspectRatio", "none");
  return h("div", {}, drawn, h("p.small.muted", {}, label));
}

/** @param {Integrity} state */
function draw(state) {
  const rows = [
    ["Records", number(state.records)],
    ["Last verified", state.walked_at ? moment(state.walked_at) : "for the first time now"],
    ["Sealed", state.sealed_at ? `${number(state.sealed_size)}, last on ${moment(state.sealed_at)}` : "nothing yet"],
    ["Not sealed yet", number(state.waiting)],
    ["Cosigned", state.cosigned_at ? `${number(state.cosigned_size)}, last on ${moment(state.cosigned_at)}` : "nothing yet"],
    ["Witness", state.witness || "none has answered yet"],
    [
      "Window",
      state.window_s === null
        ? "open: nobody cosigns"
        : `${lasting(state.window_s)}, the longest from a record to the witness’s signature on it`,
    ],
  ];
  const faults = state.faults.length
    ? h("section.card.pad", {}, h("h2", {}, "What was found"), h("ul.faults", {}, ...state.faults.map(faultLine)))
    : "";
  byId("details").replaceChildren(
    faults,
    h(
      "section.card.pad",
      {},
      h("h2", {}, "How far it reaches"),
      reach(state),
      h("dl.kv", {}, ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    ),
    h(
      "section.card.pad",
      {},
      h("h2", {}, "What each part proves"),
      h(
        "ol.steps",
        {},
        h("li", {}, h("b", {}, "Chain. "), "Each record holds the hash of the one before it in its conversation."),
        h("li", {}, h("b", {}, "Seal. "), "All records stand in one tree, and a signed checkpoint fixes its root and its size."),
        h(
          "li",
          {},
          h("b", {}, "Witness. "),
          "A process with a key of its own signs a checkpoint only if it continues the last one that it saw.",
        ),
        h("li", {}, "What the witness has signed can’t be altered unseen, not even by someone who holds the database and the log’s key."),
        state.window_s !== null &&
          h("li", {}, `What was written within the last ${lasting(state.window_s)} may not have reached the witness yet.`),
      ),
    ),
  );
}

watchSignInAndNetwork();
showCurrentPage();
new Seal(draw);
listen({});
