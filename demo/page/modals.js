/** The topmost modal, as a dialog; what was typed outlives a change by the app, and a reload of the page. */
import { complain, drawn, missing, standing } from "./blocks.js";
import { plainText } from "./mrkdwn.js";
import { $, h, store } from "./tags.js";

const REQUIRED = "Please complete this required field.";

/** Show the last of some views: `ask` has things done, `contextOf(act)` is what blocks need. */
export function modals(ask, contextOf) {
	const dialog = $("modal");
	let view = null, depth = 0, body, foot;
	const keep = () => view && store.set(`typed:${view.id}`, standing(body));
	const close = () => view && ask("close", { view: view.id });
	const button = (label, text, name = "button.quiet") => h(name, { type: "button", "aria-label": label, onclick: close }, text);

	function say(text) {
		foot.querySelector(".wrong")?.remove();
		if (text) foot.prepend(h("p.wrong", { role: "alert" }, text));
	}

	async function submit(event) {
		event.preventDefault();
		const empty = missing(body), of = view.id, buttons = foot.querySelectorAll("button");
		complain(body, Object.fromEntries(empty.map((block) => [block, REQUIRED])));
		say();
		if (empty.length) return;
		const busy = (is) => { for (const one of buttons) Object.assign(one, { disabled: is, ariaBusy: `${is}` }); };
		busy(true);
		const { error, errors } = await ask("submit", { view: of, values: standing(body) });
		busy(false);
		if (view?.id !== of) return;
		if (errors) complain(body, errors);
		say(error);
	}

	function draw(next) {
		const had = document.activeElement, { block, action } = had?.dataset ?? {}, same = view?.id === next.id;
		const scrolled = same ? body.scrollTop : 0, values = same ? standing(body) : store.get(`typed:${next.id}`) ?? undefined;
		view = next;
		const act = async (used) => say((await ask("press", { view: next.id, block: used.block_id, action: used.action_id, chosen: used, values: standing(body) })).error);
		body = h("div.modal-body", { oninput: keep, onchange: keep }, drawn(next.blocks, { ...contextOf(act), values }));
		foot = h("div.modal-foot", {}, button(null, plainText(next.close?.text ?? "Close"), "button"), next.submit && h("button.primary", { type: "submit" }, plainText(next.submit.text)));
		dialog.replaceChildren(h("form", { method: "dialog", noValidate: true, onsubmit: submit },
			h("div.modal-head", {}, depth > 1 && button("Back", "‹"), h("h2", { id: "modal-title" }, plainText(next.title.text)), button("Close the form", "✕")), body, foot));
		if (!dialog.open) dialog.showModal();
		body.scrollTop = scrolled;
		const again = block && dialog.querySelector(`[data-block="${CSS.escape(block)}"][data-action="${CSS.escape(action)}"]`);
		(again || body.querySelector("input, textarea, select") || foot.lastChild).focus();
		if (again?.setSelectionRange && had.selectionStart !== null) again.setSelectionRange(had.selectionStart, had.selectionEnd);
	}

	dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });

	return (views) => {
		const top = views.at(-1), deeper = views.length !== depth;
		depth = views.length;
		if (!top) { view = null; dialog.close(); }
		else if (deeper || top.id !== view?.id || top.hash !== view.hash) draw(top);
	};
}
