/** A quoted row of a table: the names of its columns stand in its passage, above it. */

export const CELLS = " | "; // between the cells of a table's row, in the text of a passage

const even = (/** @type {string} */ line) => line.replace(/\s+/g, " ").trim();

/** @param {string} text */
export const isRow = (text) => text.includes(CELLS) && !text.trim().includes("\n");

/**
 * The first row of the row's table, which names its columns; a passage that goes on with a table repeats it.
 * @param {string} passage @param {string} row @returns {string[] | null} null where it can't be told
 */
export function columnsOf(passage, row) {
  const lines = passage.split("\n").map(even);
  const at = lines.indexOf(even(row));
  let head = at;
  while (head > 0 && lines[head - 1].includes(CELLS)) head -= 1;
  if (head === at) return null;
  const names = lines[head].split(CELLS);
  return names.length === even(row).split(CELLS).length ? names : null;
}
