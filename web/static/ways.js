/** What a turn offers besides its answer: the ways on from a card without one, and the columns of a quoted row. */

import { get } from "./api.js";
import { cite, copy } from "./basis.js";
import { unquoted } from "./claims.js";
import { announce } from "./dom.js";
import { columnsOf } from "./row.js";
import { today } from "./words.js";

/** @typedef {import("./turn.js").Turn} Turn */

/** @param {Turn} turn @returns {import("./outcome.js").WaysOut} */
export function waysOut(turn) {
  const { question, asOf, libraries } = turn.question;
  const named = turn.day;
  const passages = () => ["Question", question, "", "Closest passages", ...turn.sources.map(cite)].join("\n");
  return {
    rephrase: () => turn.hooks.onRephrase(turn),
    again: () => turn.hooks.onAsk(turn.question),
    elsewhere: () => turn.hooks.onAskElsewhere(turn.question),
    askToday: named || (asOf && asOf !== today()) ? () => turn.hooks.onAsk({ question: named?.question || question, asOf: named ? today() : null, libraries, mode: turn.question.mode }) : null,
    copy: async () => announce((await copy(turn.sources.length ? passages() : question)) ? "Copied." : "Could not copy."),
    open: (ref, opener) => turn.open(ref, null, opener),
  };
}

/** A row alone says little. Where its passage can't be had it stays as it was quoted. @param {Turn} turn @param {import("./types.js").Claim} claim */
export async function nameColumns(turn, claim) {
  const source = turn.source(claim.citations[0]);
  const chunk = source?.chunk_id && (await get(`/chunks/${source.chunk_id}`).catch(() => null));
  const names = chunk && columnsOf(chunk.text, unquoted(claim.text));
  if (names) turn.claims.nameColumns(claim.index, names);
}
