/** Adding an edition: the form, and what becomes of the file. */

import { asProblem, get, newKey, send } from "./api.js";
import { byId, h } from "./dom.js";

const POLL_MS = 700;
const REQUIRED = {
  file: "Choose the file.",
  document: "Give the key: small letters, digits, dots and hyphens.",
  title: "Give the title.",
  library: "Name the library.",
  version: "Name the version.",
  effective_from: "Give the first day on which it counts.",
};

/**
 * @param {() => import("./types.js").LibraryDocument[]} documents  those listed, for the suggestions
 * @param {() => void} onAdded
 */
export function openUpload(documents, onAdded) {
  const form = /** @type {HTMLFormElement} */ (byId("add"));
  const opener = byId("show-add");
  const show = (/** @type {boolean} */ on) => {
    form.hidden = !on;
    opener.setAttribute("aria-expanded", String(on));
    if (on) suggest(documents());
    (on ? byId("file") : opener).focus();
  };
  opener.addEventListener("click", () => show(form.hidden === true));
  byId("hide-add").addEventListener("click", () => show(false));
  byId("document").addEventListener("change", () => fillFrom(documents().find((each) => each.key === byId("document").value)));
  byId("audience").addEventListener("change", (/** @type {Event} */ event) => oneOrAll(/** @type {HTMLInputElement} */ (event.target)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isComplete(form)) await upload(form, onAdded);
  });
}

/** @param {import("./types.js").LibraryDocument[]} documents */
function suggest(documents) {
  const options = (/** @type {string[]} */ values) => [...new Set(values)].map((value) => h("option", { value }));
  byId("document-keys").replaceChildren(...options(documents.map((each) => each.key)));
  byId("library-names").replaceChildren(...options(documents.map((each) => each.library)));
}

/** A further edition is of the same title, library and readers. @param {import("./types.js").LibraryDocument | undefined} document */
function fillFrom(document) {
  if (!document) return;
  byId("title").value ||= document.title;
  byId("library").value ||= document.library;
  for (const box of byId("audience").querySelectorAll("input")) box.checked = document.audience.includes(box.value);
}

/** Everyone, or some roles: never both. @param {HTMLInputElement} changed */
function oneOrAll(changed) {
  if (!changed.checked) return;
  for (const box of byId("audience").querySelectorAll("input")) if ((box.value === "*") !== (changed.value === "*")) box.checked = false;
}

/** Says under each field what it lacks. @param {HTMLFormElement} form */
function isComplete(form) {
  form.querySelectorAll(".wrong").forEach((line) => line.remove());
  /** @type {HTMLInputElement[]} */
  const wrong = [];
  const tell = (/** @type {HTMLInputElement} */ field, /** @type {string} */ text) => {
    wrong.push(field);
    const line = h("p.wrong", { id: `${field.id}-wrong` }, text);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", line.id);
    field.parentElement?.append(line);
  };
  for (const [id, text] of Object.entries(REQUIRED)) {
    const field = byId(id);
    field.removeAttribute("aria-invalid");
    if (!field.validity.valid) tell(field, text);
  }
  const until = byId("effective_to");
  until.removeAttribute("aria-invalid");
  if (until.value && until.value <= byId("effective_from").value) tell(until, "This day must be after the first one.");
  if (!form.querySelector("[name=audience]:checked")) {
    byId("audience").append(h("p.wrong", { role: "alert" }, "Say who may read it."));
    return false;
  }
  wrong[0]?.focus();
  return !wrong.length;
}

/** @param {HTMLFormElement} form */
function body(form) {
  const data = new FormData(form);
  const metadata = Object.fromEntries(
    ["document", "title", "library", "version", "effective_from"].map((name) => [name, String(data.get(name)).trim()]),
  );
  const until = String(data.get("effective_to") || "");
  const parts = new FormData();
  parts.set("file", /** @type {File} */ (data.get("file")));
  parts.set("metadata", JSON.stringify({ ...metadata, ...(until ? { effective_to: until } : {}), audience: data.getAll("audience") }));
  return parts;
}

/** @param {HTMLFormElement} form @param {() => void} onAdded */
async function upload(form, onAdded) {
  const place = byId("progress");
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  submit.disabled = true;
  place.replaceChildren(h("p", {}, "Sending the file."), h("progress", { "aria-label": "Progress" }));
  try {
    const response = await send("/documents", { method: "POST", body: body(form), idempotencyKey: newKey() });
    const { edition_id, job_id } = await response.json();
    const job = await followJob(job_id, place);
    place.replaceChildren(...result(job, edition_id));
    onAdded();
  } catch (error) {
    place.replaceChildren(h("p.wrong", {}, `${asProblem(error).document.title}. ${asProblem(error).document.detail || ""}`));
  } finally {
    submit.disabled = false;
  }
}

/** @param {string} id @param {HTMLElement} place @returns {Promise<any>} the job at its end */
async function followJob(id, place) {
  for (;;) {
    const job = await get(`/jobs/${id}`);
    if (job.state === "succeeded" || job.state === "failed") return job;
    const { done, total, step } = job.progress || {};
    const words = total ? `${step || "Reading"}: ${done} of ${total}` : "Waiting for its turn to be read.";
    place.replaceChildren(
      h("p", {}, words),
      h("progress", total ? { value: done, max: total, "aria-label": "Progress" } : { "aria-label": "Progress" }),
    );
    await new Promise((resolve) => {
      setTimeout(resolve, POLL_MS);
    });
  }
}

/** @param {any} job @param {string} editionId @returns {Node[]} */
function result(job, editionId) {
  if (job.state === "failed") {
    return [
      h("p.wrong", {}, `The file could not be read. ${job.error?.detail || job.error?.title || ""}`),
      h("p.muted.small", {}, "Nothing else was changed."),
    ];
  }
  return [
    h("p", {}, "Read. It is not published yet."),
    h("div.actions", {}, h("a.btn.primary", { href: `/library/${editionId}` }, "Check it page by page")),
  ];
}
