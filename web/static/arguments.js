/** The arguments of a call as people read them: the service's own words for each value, and where it came from. */

import { h } from "./dom.js";
import { capital } from "./states.js";

// Characters that are not seen, or that turn the order of what is seen: whoever signs must see that they are there.
const UNSEEN = /(?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;

const DOUBTFUL = new Set(["text", "unknown"]);

/** @param {string} text @returns {string} with what can't be seen named */
export const visible = (text) =>
  text.replace(UNSEEN, (character) => `⟨U+${(character.codePointAt(0) || 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

/** Whether a value came from where anybody may write, or from nowhere. @param {import("./types.js").Argument} argument */
export const isDoubtful = (argument) => DOUBTFUL.has(argument.origin);

/** @param {import("./types.js").Argument} argument */
function row(argument) {
  const from = isDoubtful(argument)
    ? h("p.from", {}, h("span.chip.stop", {}, capital(argument.origin_text)))
    : h("p.from.small.muted", {}, capital(argument.origin_text));
  return h("div", {}, h("dt", {}, argument.label), h("dd", {}, h("bdi.value", {}, visible(argument.text)), from));
}

/** @param {import("./types.js").Argument[]} given */
export const argumentList = (given) => h("dl.args", {}, ...given.map(row));
