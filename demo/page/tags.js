/** Elements made in one line, in which text is always text; and what a tab of the browser remembers. */

/** Make an element: its name with classes after dots; properties, attributes, `on…` listeners and `data`; what it holds. */
export function h(tag, props = {}, ...inside) {
	const [name, ...classes] = tag.split("."), element = document.createElement(name);
	element.classList.add(...classes);
	for (const [key, value] of Object.entries(props)) {
		if (value === undefined || value === null) continue;
		if (key === "data") Object.assign(element.dataset, value);
		else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
		else if (key in element && !key.includes("-")) element[key] = value;
		else element.setAttribute(key, value);
	}
	element.append(...inside.flat().filter((one) => one || one === ""));
	return element;
}

/** Put something in place of what is there; what had the focus has it again. */
export function fill(root, ...nodes) {
	const all = () => [...root.querySelectorAll("button, input")], at = all().indexOf(document.activeElement);
	root.replaceChildren(...nodes);
	all()[at]?.focus();
}

export const $ = (id) => document.getElementById(id);

export const store = {
	get: (key) => JSON.parse(sessionStorage.getItem(key)),
	set: (key, value) => sessionStorage.setItem(key, JSON.stringify(value)),
};
