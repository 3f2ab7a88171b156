/** What is typed: what fits it is offered as it is typed, and what a command takes is told. */
import { $, h } from "./tags.js";

/** `fitting(text)` promises what fits, `send(text)` whether it was taken. */
export function composer(fitting, send) {
	const field = $("text"), list = $("hints");
	let options = [], active = -1;

	async function suggest() {
		const text = field.value, found = await fitting(text);
		if (field.value !== text) return;
		options = found.options ?? [];
		active = -1;
		$("usage").textContent = found.usage ?? "";
		list.replaceChildren(...options.map((one, place) => h("li", { role: "option", id: `hint-${place}`, "aria-selected": "false",
			onmousedown: (event) => { event.preventDefault(); take(place); } }, h("b", {}, one.label), one.does && h("span", {}, one.does))));
		open(options.length && document.activeElement === field);
	}

	function open(is) {
		list.hidden = !is;
		field.ariaExpanded = `${Boolean(is)}`;
		field.removeAttribute("aria-activedescendant");
	}

	function move(by) {
		list.children[active]?.setAttribute("aria-selected", "false");
		active = active < 0 && by < 0 ? options.length - 1 : (active + by + options.length) % options.length;
		list.children[active].setAttribute("aria-selected", "true");
		list.children[active].scrollIntoView({ block: "nearest" });
		field.setAttribute("aria-activedescendant", `hint-${active}`);
	}

	function write(text) {
		field.value = text;
		open(false);
		field.focus();
	}

	function take(place) { write(options[place].text); suggest(); }

	async function go() {
		const said = field.value.trim();
		if (!said) return;
		write("");
		suggest();
		if (!await send(said) && !field.value) write(said);
	}

	field.addEventListener("input", suggest);
	field.addEventListener("blur", () => open(false));
	field.addEventListener("keydown", (event) => {
		const does = list.hidden ? null : { ArrowDown: () => move(1), ArrowUp: () => move(-1), Escape: () => open(false),
			Tab: event.shiftKey ? null : () => take(Math.max(active, 0)), Enter: active < 0 ? null : () => take(active) }[event.key];
		if (does) { event.preventDefault(); does(); }
	});
	$("composer").addEventListener("submit", (event) => { event.preventDefault(); go(); });
	return { write, focus: () => field.focus() };
}
