/** Building drawings. Like `h`, but of SVG; text is always set as text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag  with classes after dots: "rect.bar"
 * @param {Record<string, any>} [props]  false, null and undefined leave one out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {SVGElement}
 */
export function s(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [key, value] of Object.entries(props)) {
    if (value !== false && value !== null && value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * A drawing that is one picture to a screen reader, told by `label`.
 * @param {string} classes @param {number} width @param {number} height @param {string} label @param {...Node} children
 */
export const picture = (classes, width, height, label, ...children) =>
  s(
    ["svg", ...classes.split(" ").filter(Boolean)].join("."),
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
    ...children,
  );
