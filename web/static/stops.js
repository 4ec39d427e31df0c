/** The stop switch: what is stopped, by whom and why; stopping takes one person, restarting two. */

import { asProblem, get, post } from "./api.js";
import { announce, button, byId, h } from "./dom.js";
import { every } from "./poll.js";
import { capital, list, nameFor } from "./states.js";
import { moment } from "./times.js";

const POLL_MS = 5000;
const RESTART_BY = 2;

/** @param {string} scope */
function scopeWords(scope) {
  const option = [.../** @type {HTMLSelectElement} */ (byId("scope")).options].find((each) => each.value === scope);
  const known = { writes: "Every change is stopped", all: "Every change and every look-up is stopped" };
  const name = option?.textContent?.replace("Only: ", "") || scope.replace("tool:", "").replaceAll("_", " ");
  return known[/** @type {keyof typeof known} */ (scope)] || `“${name}” is stopped`;
}

/** @param {import("./types.js").StopOrder} stop @param {() => void} onChanged */
function entry(stop, onChanged) {
  const me = document.body.dataset.person;
  const signed = stop.restarts.map(nameFor);
  const mine = stop.restarts.some((each) => each.person === me);
  const wrong = h("p.wrong", { role: "alert" });
  const restart = async () => {
    act.disabled = true;
    try {
      const now = await post(`/stops/${stop.id}/restart`);
      announce(now.state === "lifted" ? "Restarted." : "Signed. One more person is needed.");
      onChanged();
    } catch (error) {
      wrong.textContent = asProblem(error).message;
      act.disabled = false;
    }
  };
  const act = button(signed.length ? "Sign the restart too" : "Sign the restart", restart, "small");
  const waits = signed.length
    ? `${capital(list(signed))} signed the restart. One more person is needed.`
    : `Restarting takes ${RESTART_BY} persons.`;
  return h(
    "div.stopped",
    {},
    h("p", {}, h("b", {}, scopeWords(stop.scope))),
    h("p.small.muted", {}, `${capital(nameFor(stop.stopped_by))}, ${moment(stop.stopped_at)}`),
    h("blockquote", {}, stop.reason),
    h("p.small", {}, waits),
    !mine && act,
    wrong,
  );
}

/** Where this person may stop: shows the panel and keeps it up to date. */
export function openStops() {
  if (!document.getElementById("stops")) return;
  const body = byId("stops-body");
  const form = /** @type {HTMLFormElement} */ (byId("stop-form"));
  const opener = byId("stop-open");
  const reason = /** @type {HTMLTextAreaElement} */ (byId("stop-reason"));
  let said = "";

  /** @param {import("./types.js").StopOrder[]} stops */
  function draw(stops) {
    const active = stops.filter((stop) => stop.state === "active");
    const now = JSON.stringify(active);
    if (now === said) return;
    said = now;
    body.replaceChildren(...(active.length ? active.map((stop) => entry(stop, refresh)) : [h("p.small.muted", {}, "Nothing is stopped.")]));
  }

  async function look() {
    try {
      const reply = await get("/stops");
      draw(Array.isArray(reply) ? reply : reply.items);
    } catch (error) {
      if (!said) body.replaceChildren(h("p.small.muted", {}, `What is stopped can’t be read now. ${asProblem(error).message}`));
    }
  }

  /** @param {boolean} on */
  function show(on) {
    form.hidden = !on;
    opener.hidden = on;
    opener.setAttribute("aria-expanded", String(on));
    (on ? byId("scope") : opener).focus();
    if (on) form.scrollIntoView({ block: "end" });
  }

  const refresh = every(POLL_MS, look);
  opener.addEventListener("click", () => show(true));
  byId("stop-cancel").addEventListener("click", () => show(false));
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    show(false);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = byId("stop-wrong");
    const why = reason.value.trim();
    wrong.textContent = why ? "" : "Say why: everybody who is stopped by it may ask.";
    if (!why) {
      reason.focus();
      return;
    }
    try {
      await post("/stops", { scope: byId("scope").value, reason: why });
      reason.value = "";
      show(false);
      announce("Stopped.");
      refresh();
    } catch (error) {
      wrong.textContent = asProblem(error).message;
    }
  });
}
