/** One run as a story: what happened, on what basis, who signed; its path, its replay, what it was made with. */

import { asProblem, get } from "../api.js";
import { visible } from "../arguments.js";
import { superseded } from "../basis.js";
import { watchSignInAndNetwork } from "../banner.js";
import { button, byId, h } from "../dom.js";
import { listen } from "../keys.js";
import { approvalCard } from "./approval.js";
import { evidenceSection } from "./evidence.js";
import { exportButton } from "./export.js";
import { filtersOf } from "./fields.js";
import { madeWith } from "./made.js";
import { drawPath } from "./path.js";
import { Replaying } from "./replaying.js";
import { Seal } from "./seal.js";
import { markAltered, timeline } from "./story.js";
import { showCurrentPage } from "./tabs.js";
import { WORDLESS, outcome, short } from "./words.js";

const main = byId("main");
const place = byId("run");
const id = String(main.dataset.run);
const back = `/audit/runs${String(filtersOf(location.search)) ? `?${filtersOf(location.search)}` : ""}`;
byId("back").setAttribute("href", back);

watchSignInAndNetwork();
showCurrentPage();
const seal = new Seal((state) => markAltered(place, state.faults));

/** @param {string} title @param {...(Node | string | null | false)} content */
const card = (title, ...content) => h("section.card.pad", {}, h("h2", {}, title), ...content);

const PLACEHOLDER =
  /\[(?:card number|IBAN|social security number|phone number|e-mail address|IP address|routing number|account number|name|street address|date of birth) \d+\]/;

/** @param {import("./types.js").RunStory} story @param {boolean} whole */
function personal(story, whole) {
  if (whole) return h("div.notice.calm", { role: "status" }, h("p.small", {}, "Personal data is shown. This look is on record."));
  if (!PLACEHOLDER.test(JSON.stringify(story))) return "";
  return h(
    "div.notice.calm",
    {},
    h("p.small", {}, "Personal data is hidden behind words in square brackets. Showing it is put on record with your name."),
    h("div.actions", {}, button("Show personal data", () => void load(true), "small")),
  );
}

/** @param {import("./types.js").RunStory} story @param {boolean} whole  with personal data */
function draw(story, whole) {
  const { run } = story;
  const question = run.question ? `“${visible(run.question)}”` : WORDLESS[run.texts] || WORDLESS.erased;
  const heading = h("h1", { tabindex: "-1" }, question);
  document.title = `${question} — Countersign`;
  const replaying = new Replaying(id, run);
  place.replaceChildren(
    h(
      "div.tale",
      {},
      h(
        "section.card.pad",
        { "aria-label": "What happened" },
        h(
          "p.small.muted",
          {},
          "Run ",
          h("span.mono", { title: run.run_id }, short(run.run_id)),
          ` · ${outcome(run).text.toLocaleLowerCase()}`,
        ),
        heading,
        personal(story, whole),
        timeline(story.steps),
      ),
      story.superseded?.length ? card("Since then", superseded(story.superseded)) : "",
      ...story.approvals.map(approvalCard),
      evidenceSection(story),
    ),
    h(
      "aside",
      { "aria-label": "About this run" },
      card("Path", drawPath(story.path)),
      replaying.element,
      card("Made with", madeWith(story), exportButton(id)),
    ),
  );
  if (seal.state) markAltered(place, seal.state.faults);
  heading.focus({ preventScroll: true });
}

async function load(whole = false) {
  const slow = setTimeout(() => tell("Reading the record of this run."), 1000);
  try {
    const story = await get(`/audit/runs/${id}${whole ? "?personal=true" : ""}`);
    clearTimeout(slow);
    draw(story, whole);
  } catch (error) {
    clearTimeout(slow);
    const problem = asProblem(error);
    if (problem.signedOut) tell("You are signed out.");
    else if (problem.gone) tell("This run isn’t here. Its number may be incomplete, or it is of another bank.");
    else if (problem.status === 403) tell(problem.message, button("Back to the run", () => void load()));
    else if (problem.status === 410) tell("The words of this conversation were erased. Its records stay sealed in the ledger.");
    else
      tell(
        `The run can’t be read now. ${problem.message}`,
        button("Try again", () => void load()),
      );
  }
}

/** @param {string} text @param {...Node} actions */
function tell(text, ...actions) {
  place.replaceChildren(h("div.told", { role: "status" }, h("p", {}, text), h("div.actions", {}, ...actions)));
}

listen({}, () => {
  location.assign(back);
  return true;
});
void load();
