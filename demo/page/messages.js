/** Messages as they stand in a channel or a thread. */
import { drawn } from "./blocks.js";
import { mrkdwn } from "./mrkdwn.js";
import { h } from "./tags.js";

const DAY = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" });
const TIME = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const at = (ts) => new Date(ts.split(".")[0] * 1000);

export const isReply = (message) => message.thread && message.thread !== message.ts;

/** Draw a message: `replies` stand below it, and `open` opens them. */
function one(message, context, replies, open) {
	const who = context.people.get(message.user) ?? { id: message.user, real_name: message.user }, time = TIME.format(at(message.ts));
	const face = h("span.face", { "aria-hidden": "true" }, who.is_bot ? "🛡" : who.real_name[0]);
	face.style.setProperty("--hue", who.is_bot ? 215 : who.id.charCodeAt(3) * 47 % 360);
	return h(`article.message${message.alone ? ".alone" : ""}`, { tabIndex: -1, "aria-label": `${who.real_name}, ${time}` }, face,
		h("div.head", {}, h("b", {}, who.real_name), who.is_bot && h("span.badge", {}, "APP"), h("time", {}, time),
			message.edited && h("span.only", {}, "(edited)"), message.alone && h("span.only", {}, "👁 Only visible to you")),
		message.blocks.length ? h("div", {}, drawn(message.blocks, context)) : h("p.said", {}, mrkdwn(message.text, context)),
		open && !message.alone && h("button.quiet.replies", { type: "button", onclick: open }, replies ? `${replies} ${replies === 1 ? "reply" : "replies"}` : "Reply"));
}

/** A list of messages: only what is other than before is drawn again. */
export class List {
	/** `contextIn(message)` is what blocks need, `open(ts)` opens a thread. */
	constructor(root, contextIn, open) { Object.assign(this, { root, contextIn, open, drawn: new Map(), of: null }); }

	/** Show messages, oldest first. Of another channel than before (`of`), it starts at its end. */
	show(of, messages, counts) {
		const { root } = this, fresh = of !== this.of, kept = new Set(messages.map((message) => message.ts));
		const atEnd = fresh || root.scrollHeight - root.scrollTop - root.clientHeight < 80;
		if (fresh) { root.replaceChildren(); this.drawn.clear(); this.of = of; }
		for (const [ts, known] of this.drawn) if (!kept.has(ts)) { known.node.remove(); this.drawn.delete(ts); }
		for (const line of root.querySelectorAll(".day, .empty")) line.remove();
		let next = root.firstChild, day;
		for (const message of messages) {
			const replies = counts.get(message.ts) ?? 0, known = this.drawn.get(message.ts);
			let node = known?.node;
			if (known?.message !== message || known.replies !== replies) {
				node = one(message, this.contextIn(message), replies, this.open && (() => this.open(message.ts)));
				if (known) { if (next === known.node) next = node; known.node.replaceWith(node); }
				this.drawn.set(message.ts, { node, message, replies });
			}
			const today = DAY.format(at(message.ts));
			if (today !== day) root.insertBefore(h("div.day", { role: "separator", "aria-label": today }, h("span", {}, today)), next);
			day = today;
			if (node === next) next = node.nextSibling; else root.insertBefore(node, next);
		}
		if (!messages.length) root.append(h("p.empty", {}, "Nothing was said here yet. Type /ecr help."));
		if (atEnd) root.scrollTop = root.scrollHeight;
	}

	/** Bring a message before the eyes. */
	point(ts) {
		const node = this.drawn.get(ts)?.node;
		node?.scrollIntoView({ block: "center" });
		node?.focus({ preventScroll: true });
	}
}
