/** The event-stream format (HTML standard, 9.2.6), read from a response body. */

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {() => void} alive  called whenever bytes arrive, pings included
 * @returns {AsyncGenerator<import("./types.js").RunEvent>}
 */
export async function* readEvents(body, alive) {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      // A chunk may end between \r and \n: hold back a trailing \r until what follows is known.
      const text = rest + decoder.decode(value, { stream: true });
      const held = text.endsWith("\r") ? "\r" : "";
      const lines = text.slice(0, text.length - held.length).replace(/\r\n?/g, "\n");
      const blocks = lines.split("\n\n");
      rest = (blocks.pop() || "") + held;
      for (const block of blocks) {
        const event = parseBlock(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined); // already broken: nothing left to release
  }
}

/** @param {string} block @returns {import("./types.js").RunEvent | null} null for comments */
function parseBlock(block) {
  let event = "message";
  let id = null;
  const data = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (!line || colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    else if (field === "data") data.push(value);
    else if (field === "id") id = value;
  }
  if (!data.length) return null;
  return { seq: id === null || id === "" ? null : Number(id), event, data: JSON.parse(data.join("\n")) };
}
