/** Building elements. Text is always set as text: no caller can hand in markup. */

/**
 * @param {string} tag  a tag name, with classes after dots: "p.muted.small"
 * @param {Record<string, any>} [props]  attributes; `on` holds listeners; false, null and undefined leave one out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** @param {string} label @param {() => void} action @param {string} [classes] @param {Record<string, any>} [props] */
export function button(label, action, classes = "", props = {}) {
  const tag = ["button", ...classes.split(" ").filter(Boolean)].join(".");
  return /** @type {HTMLButtonElement} */ (h(tag, { type: "button", on: { click: action }, ...props }, label));
}

/**
 * Replaces the children unless they are alike already: what is alike keeps its focus, selection and scroll.
 * @param {HTMLElement} element @param {...(Node | null | undefined | false)} children
 */
export function fill(element, ...children) {
  const wanted = /** @type {Node[]} */ (children.filter(Boolean));
  const held = element.childNodes;
  if (held.length === wanted.length && wanted.every((child, index) => child.isEqualNode(held[index]))) return;
  element.replaceChildren(...wanted);
}

/** @param {string} text @param {string} [kind] */
export function chip(text, kind = "") {
  return h(`span.chip${kind && `.${kind}`}`, { title: text.length > 40 ? text : null }, h("span", {}, text));
}

/** @param {string} id @returns {any} the element, whatever its kind; a missing one is a fault of the template */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}`);
  return found;
}

/** Says `text` to screen readers, politely, after what is being said. @param {string} text */
export function announce(text) {
  const line = document.createElement("p");
  line.textContent = text;
  const announcer = byId("announcer");
  announcer.append(line);
  while (announcer.childElementCount > 12) announcer.firstElementChild.remove();
}
