/** Elements made in one line. Text is always text: nothing here takes HTML. */

/**
 * Make an element.
 * @param {string} tag its name, with classes after dots: "p.small"
 * @param {object} props properties, attributes (where there is no such property), `on…` listeners, `data`
 * @param {...(Node|string|null|undefined|false|Array)} inside what it holds
 */
export function h(tag, props = {}, ...inside) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null) continue;
    if (key === "data") Object.assign(element.dataset, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element && !key.startsWith("aria")) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...inside.flat().filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

export const $ = (id) => document.getElementById(id);
