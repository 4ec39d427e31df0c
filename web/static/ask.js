/** The Ask page: puts its parts together. */

import { asProblem } from "./api.js";
import { watchSignInAndNetwork } from "./banner.js";
import { Composer } from "./composer.js";
import { Conversation } from "./conversation.js";
import { byId, h } from "./dom.js";
import { History } from "./history.js";
import { listen } from "./keys.js";
import { lower, raise } from "./overlay.js";
import { SourceColumn } from "./sources.js";
import { count } from "./words.js";

const chat = byId("main");
const shelves = byId("shelves"); // leaves the page with the welcome while a conversation is shown
const historyColumn = byId("history");
const conversationsButton = /** @type {HTMLElement} */ (document.querySelector('[data-action="conversations"]'));
const wide = matchMedia("(min-width: 1180px)");

watchSignInAndNetwork();
const source = new SourceColumn(byId("source"), chat);
/** The turn whose sources the digits open. @type {import("./turn.js").Turn | null} */
let reading = null;

const conversation = new Conversation({
  scroll: byId("turns"),
  hooks: {
    onSource: (turn, ref, how) => {
      if (how.byItself && !source.mayFollow) return;
      reading = turn;
      source.open(turn, ref, how);
    },
    onSources: (turn) => {
      reading = turn;
      if (source.mayFollow) source.list(turn);
    },
    onRephrase: (turn) => {
      composer.write(turn.question.question);
      composer.choose(turn.question.mode || "answer");
    },
    onAsk: (question) => ask(question),
    onAskElsewhere: (question) => {
      startNew();
      ask(question);
    },
    onEnd: (turn) => {
      if (source.turn === turn && source.ref === null) source.list(turn);
      history.load();
    },
  },
  onThread: (id) => {
    window.history.replaceState(null, "", `/?thread=${id}`);
    history.mark(id);
    history.load();
  },
  onRunning: (running, holds) => composer.setRunning(running, holds),
  onSignedOut: (question) => {
    if (!composer.field.value) composer.write(question);
  },
});

const composer = new Composer({
  onAsk: ask,
  onStop: () => {
    composer.stopping();
    conversation.stop();
  },
  lastQuestion: () => conversation.last?.question.question || "",
});

const history = new History({
  list: byId("threads"),
  find: byId("find"),
  onOpen: (id) => {
    closeHistory();
    show(id);
  },
  onHidden: (id) => {
    if (id === conversation.threadId) startNew();
  },
});

/** @param {import("./types.js").Question} question */
function ask(question) {
  if (conversation.running) return;
  if (composer.field.value.trim() === question.question) composer.clear();
  conversation.ask(question);
  if (source.mayFollow) source.list(conversation.last);
}

/** @param {string} id @param {boolean} [push] */
async function show(id, push = true) {
  if (push) window.history.pushState(null, "", `/?thread=${id}`);
  history.mark(id);
  source.close();
  source.list(null);
  await conversation.open(id);
}

function startNew() {
  closeHistory();
  if (location.search) window.history.pushState(null, "", "/");
  source.close();
  source.list(null);
  conversation.clear();
  composer.reset();
  history.mark(null);
  reading = null;
  composer.focus();
}

function openHistory() {
  historyColumn.classList.add("sheet-open");
  raise(historyColumn, closeHistory);
  byId("find").focus();
}

function closeHistory() {
  if (!historyColumn.classList.contains("sheet-open")) return false;
  historyColumn.classList.remove("sheet-open");
  lower(historyColumn);
  conversationsButton.focus();
  return true;
}

function escape() {
  if (closeHistory()) return true;
  if (source.isOpen) {
    source.close();
    return true;
  }
  if (composer.choicesOpen) {
    composer.toggleChoices(composer.field);
    composer.field.focus();
    return true;
  }
  return false;
}

listen(
  {
    n: startNew,
    "/": () => (wide.matches ? byId("find").focus() : openHistory()),
    ArrowUp: () => {
      if (document.activeElement === document.body) composer.write(conversation.last?.question.question || composer.field.value);
    },
    "1-9": (key) => {
      const held = document.activeElement;
      if (reading?.source(Number(key)))
        reading.open(Number(key), null, held instanceof HTMLElement && held !== document.body ? held : reading.title);
    },
  },
  escape,
);

conversationsButton.addEventListener("click", openHistory);
wide.addEventListener("change", closeHistory);
for (const opener of document.querySelectorAll('[data-action="new"]')) opener.addEventListener("click", startNew);
for (const example of document.querySelectorAll("[data-example]")) {
  example.addEventListener("click", () => ask({ question: example.textContent || "", ...composer.chosen() }));
}
addEventListener("popstate", () => open());

/** Shows the conversation that the address names, or none. */
function open() {
  const id = new URLSearchParams(location.search).get("thread");
  if (id) return show(id, false);
  startNew();
  return Promise.resolve();
}

async function tellShelves() {
  try {
    const { documents, libraries } = await composer.loadLibraries();
    const link = h("a", { href: "/library" }, `${count(documents, "document")} in ${count(libraries.length, "library", "libraries")}`);
    shelves.replaceChildren(
      ...(documents ? ["You may read ", link, "."] : ["No document is published for you yet. Until one is, no question can be answered."]),
    );
  } catch (error) {
    shelves.textContent = `What you may read can’t be listed now. ${asProblem(error).message}`;
  }
}

history.load();
tellShelves();
open();
