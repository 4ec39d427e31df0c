/** On a narrow screen the pages stand in a line that scrolls: the current one is brought into sight. */

export function showCurrentPage() {
  document.querySelector(".bar nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}
