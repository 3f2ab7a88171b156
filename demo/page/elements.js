/** What is pressed, typed and chosen and what stands in it. */
import { link, plainText, tag, text } from "./mrkdwn.js";
import { h } from "./tags.js";

const KIND = /^(?:(multi_)?(static)_select|(checkboxes|radio)(?:_buttons)?|(date|time)picker|(plain|email|url|number)(?:_text)?_input)$/;
const controls = (root) => [...root.querySelectorAll(".control")].map((node) => node.control);
const words = (object, otherwise) => (object ? plainText(object.text) : otherwise);
const open = (url, here) => url && link(url, "", here)?.click();
const data = (spec, block) => ({ block: block.block_id, action: spec.action_id });
let made = 0;

/** Tell of an action once it was confirmed; until it is taken its block cannot be used, but for what is typed into. */
async function tell(node, spec, block, here, chosen) {
	if (node.ariaBusy || (spec.confirm && !(await confirmed(spec.confirm, here)))) return false;
	const focused = document.activeElement, spinner = h("span.spinner", { role: "status", ariaLabel: "Working …" });
	const others = /_input$/.test(spec.type) ? [] : node.closest(".block").querySelectorAll("button:enabled, input:enabled, select:enabled");
	const busy = (is) => {
		node.ariaBusy = is;
		for (const one of others) one.disabled = is;
	};
	busy(true);
	node[node.matches("button") ? "append" : "after"](spinner);
	await Promise.resolve(here.act({ type: spec.type, action_id: spec.action_id, block_id: block.block_id, ...chosen }, node)).catch(console.warn); // who acts says so on the page
	busy(null);
	spinner.remove();
	if (document.activeElement === document.body) focused.focus();
	return true;
}

/** Ask whether it is meant. */
const confirmed = ({ title, text: asked, confirm, deny, style = "primary" }, here) => new Promise((answer) => {
	const ariaLabel = words(title, "Are you sure?"), dialog = h("dialog.block.confirm", {
		ariaLabel,
		onkeydown: (event) => event.key === "Escape" && event.stopPropagation(),
		onclose: () => (dialog.remove(), answer(dialog.returnValue)),
	}, tag("h3", ariaLabel), text(asked, here), h("form.actions", { method: "dialog" }, tag("button", words(deny, "Cancel")), h(`button.${style}`, { value: "yes", autofocus: true }, words(confirm, "Yes"))));
	document.body.append(dialog);
	dialog.showModal();
});

const BUTTONS = {
	__proto__: null,
	button(spec, block, here) {
		const { text: label, value, style, accessibility_label: ariaLabel } = spec, chosen = JSON.parse(JSON.stringify({ text: label, value, style }));
		const node = h(`button.${style ?? "plain"}`, { type: "button", ariaLabel, data: data(spec, block), async onclick() {
			const told = tell(node, spec, block, here, chosen);
			if (!spec.confirm || (await told)) open(spec.url, here);
		} }, text(label, here));
		return node;
	},
	overflow(spec, block, here) {
		const items = spec.options.map((option) => h("button", { type: "button", role: "menuitem", tabIndex: -1, onclick() {
			menu.hidePopover();
			open(option.url, here);
			tell(node, spec, block, here, { selected_option: option });
		} }, words(option.text)));
		const menu = h("div.menu", { role: "menu", popover: "auto", ontoggle({ newState }) {
			node.ariaExpanded = newState === "open";
			if (newState === "open") items[0].focus();
		} }, items);
		const node = h("button", { type: "button", ariaLabel: "More actions", ariaHasPopup: "menu", ariaExpanded: false, popoverTargetElement: menu, data: data(spec, block) }, "⋯");
		return h("span", { onkeydown(event) {
			const step = (event.key === "ArrowDown") - (event.key === "ArrowUp");
			if (!menu.matches(":popover-open")) return;
			if (event.key === "Escape") event.stopPropagation();
			if (event.key === "Tab") menu.hidePopover();
			if (step) event.preventDefault(), items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
		} }, node, menu);
	},
};

/** What is typed into: its node, and how it is read and written. */
function typing({ max_length: maxLength, placeholder, multiline, min_value: min, max_value: max, is_decimal_allowed: parts }, type) {
	const common = { maxLength, placeholder: words(placeholder) }, node = multiline ? h("textarea", common) : h("input", { type, min, max, step: parts && "any", ...common });
	return [node, () => node.value || null, (value) => { node.value = value ?? ""; }];
}

/** What is chosen of: a menu, or boxes to tick. */
function choosing(spec, here, kind, many) {
	const groups = spec.option_groups ?? [{ options: spec.options }], options = groups.flatMap((group) => group.options), at = (one) => options.findIndex(({ value }) => value === one?.value);
	const entries = (entry, heading) => groups.flatMap(({ label, options }) => (label ? heading(words(label), options.map(entry)) : options.map(entry)));
	if (kind && !many) {
		const node = tag("select", h("option", { value: -1 }, words(spec.placeholder, "Choose …")), entries((one) => h("option", { value: at(one) }, words(one.text)), (label, inside) => h("optgroup", { label }, inside)));
		return [node, () => options[node.value] ?? null, (one) => { node.value = at(one); }];
	}
	const boxes = options.map(({ value }) => h("input", { type: many ? "checkbox" : "radio", name: `bk${made}`, data: { value } })), ticked = () => options.filter((_, at) => boxes[at].checked);
	const entry = (one) => tag("label.choice", boxes[at(one)], tag("span", text(one.text, here), one.description && tag("small", words(one.description))));
	const node = h("div.choices", { role: many ? "group" : "radiogroup" }, entries(entry, (label, inside) => [tag("small", label), ...inside]));
	return [node, () => (many ? ticked() : ticked()[0] ?? null), (wanted) => boxes.forEach((box, place) => { box.checked = [wanted].flat().some((one) => at(one) === place); })];
}

/** Draw an element with what stands in it; `atOnce`: the app is told of each change. */
export function element(spec, block, here, atOnce) {
	if (spec.type in BUTTONS) return BUTTONS[spec.type](spec, block, here);
	const [, multi, kind, tick, moment, line] = spec.type.match(KIND), many = multi || tick === "checkboxes" ? "s" : "", key = line ? "value" : `selected_${moment ?? `option${many}`}`;
	made++;
	const [node, get, put] = moment || line ? typing(spec, moment ?? line) : choosing(spec, here, kind, many), kept = here.values?.[block.block_id]?.[spec.action_id];
	const used = node.matches("div") ? [...node.querySelectorAll("input")] : [node], told = () => tell(node, spec, block, here, { [key]: get() });
	put(kept?.type === spec.type ? kept[key] : spec[key.replace(/^(selected_)?/, "initial_")]);
	for (const one of used) Object.assign(one.dataset, data(spec, block)), one.autofocus = spec.focus_on_load;
	node.classList.add("control");
	Object.assign(node, { control: { node, spec, block, used, key, get }, ariaLabel: words(spec.placeholder, spec.type.replaceAll("_", " ")) });
	let before = get();
	if (atOnce && !line) node.onchange = async () => {
		if (await told()) before = get();
		else if (!node.ariaBusy) put(before);
	};
	else if (atOnce) node.onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey) event.preventDefault(), told(); };
	return node;
}

/** Draw an input block. */
export function input(block, here) {
	const node = element(block.element, block, here, block.dispatch_action), id = `bk${made}`, htmlFor = node.matches("div") ? null : id;
	Object.assign(node, { id, ariaLabel: null, ariaRequired: htmlFor && !block.optional });
	node.setAttribute("aria-labelledby", `${id}-label`);
	node.setAttribute("aria-describedby", `${id}-wrong ${id}-hint`);
	return tag("div.field", h(htmlFor ? "label" : "div", { id: `${id}-label`, htmlFor }, words(block.label), block.optional && tag("small", " (optional)")), node, block.hint && h("small", { id: `${id}-hint` }, words(block.hint)));
}

/** What stands in everything below a node, as Slack tells it: {block_id: {action_id: {type, …}}}. */
export function standing(root) {
	const values = {};
	for (const { spec, block, key, get } of controls(root)) (values[block.block_id] ??= {})[spec.action_id] = { type: spec.type, [key]: get() };
	return values;
}

/** The block_ids of the required fields that are empty. */
export const missing = (root) => controls(root).filter(({ block, get }) => block.label && !block.optional && !(get()?.length ?? get())).map(({ block }) => block.block_id);

/** Show what is wrong beside each field, by block_id, and go to the first. */
export function complain(root, errors) {
	const left = { __proto__: null, ...errors }, wrong = [], said = (words, id) => h("p.complaint", { role: "alert", id }, words);
	for (const old of root.querySelectorAll(".complaint")) old.remove();
	for (const { node, block: { label, block_id: id }, used } of controls(root)) {
		const bad = label && left[id];
		for (const one of node.role === "group" ? used : [node]) one.ariaInvalid = bad ? true : null;
		if (!bad) continue;
		node.after(said(bad, `${node.id}-wrong`));
		wrong.push(used[0]);
		delete left[id];
	}
	root.prepend(...Object.values(left).map((words) => said(words)));
	wrong[0]?.focus();
}
