/** Fetching the evidence pack of one run as a file. */

import { asProblem, send } from "../api.js";
import { button, h } from "../dom.js";

/** @param {Response} response @param {string} id */
function nameOf(response, id) {
  const given = /filename="?([^";]+)"?/.exec(response.headers.get("Content-Disposition") || "");
  return given ? given[1] : `run-${id}.zip`;
}

/** @param {string} id  of the run */
export function exportButton(id) {
  const said = h("p.small.muted", { role: "status" });
  const make = button("Export evidence pack", async () => {
    if (make.getAttribute("aria-disabled")) return;
    make.setAttribute("aria-disabled", "true");
    said.textContent = "The pack is being made…";
    try {
      const response = await send(`/audit/runs/${id}/export`);
      const url = URL.createObjectURL(await response.blob());
      const name = nameOf(response, id);
      h("a", { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
      said.textContent = `Saved as ${name}. To check it anywhere: unpack it and run python verify.py.`;
    } catch (error) {
      said.textContent = asProblem(error).message;
    } finally {
      make.removeAttribute("aria-disabled");
    }
  });
  return h("div.export", {}, h("div.actions", {}, make), said);
}
