/** The arguments of a call as people read them: the service's own words for each value, and where it came from. */

import { h } from "./dom.js";
import { capital } from "./states.js";

// Characters that are not seen, or that turn the order of what is seen: whoever signs must see that they are there.
const UNSEEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const DOUBTFUL = new Set(["text", "unknown"]);

/** @param {string} text @returns {string} with what can't be seen named */
export const visible = (text) =>
  text.replace(UNSEEN, (character) => `⟨U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`);

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
