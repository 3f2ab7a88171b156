/** Block Kit as nodes (https://docs.slack.dev/reference/block-kit/blocks). What is not known shows itself as a grey box. */
import { chart } from "./chart.js";
import { element, input } from "./elements.js";
import { date, link, linked, mrkdwn, plainText, tag, text } from "./mrkdwn.js";
import { h } from "./tags.js";

export { complain, missing, standing } from "./elements.js";

const VISIBLE = "hr, img, svg, input, select, textarea, button";

/** Draw blocks; `here` is { me, people, channels, groups, values, act(action), go(place) }. */
export function drawn(blocks, here) {
	const shown = new DocumentFragment();
	for (const block of [blocks].flat()) shown.append(h("div.block", { data: { type: String(block?.type) } }, safely(one, block, here)));
	return shown;
}

function one(block, here) {
	const node = (block.inside ? boxed : BLOCKS[block.type])(block, here);
	if (!node.textContent.trim() && !node.matches(VISIBLE) && !node.querySelector(VISIBLE)) throw new TypeError("nothing is to be seen");
	return node;
}

/** Draw something, or a grey box with its type. */
function safely(draw, one, ...more) {
	try {
		return draw(one, ...more);
	} catch {
		return tag("span.unknown", `Unknown: ${[String(one?.type ?? one), one?.element?.type].filter(Boolean).join(" · ")}`);
	}
}

const each = (some, draw, ...more) => some.map((one) => safely(draw, one, ...more));
const used = (spec, block, here) => (spec.type === "image" ? picture(spec) : element(spec, block, here, true));
const row = (block, here) => tag("div.actions", each(block.elements, used, block, here));
const words = (object, here) => tag("div.text", text(object, here));
const rich = (block, here) => tag("div.rich", each(block.elements, part, here));

const BLOCKS = {
	__proto__: null,
	section: (block, here) => tag("div.section", tag("div", block.text && words(block.text, here), block.fields && tag("div.fields", each(block.fields, words, here))),
		block.accessory && tag("div.accessory", safely(used, block.accessory, block, here))),
	header: ({ text, level = 1 }) => tag(`h${2 + Math.min(4, level)}`, plainText(text.text)),
	context: (block, here) => tag("div.context", block.elements.map((one) => safely(one?.type === "image" ? picture : words, one, here))),
	divider: () => h("hr"),
	actions: row,
	context_actions: row,
	image: (block) => tag("figure", block.title && tag("figcaption", plainText(block.title.text)), picture(block)),
	input,
	rich_text: rich,
	table,
	data_table: table,
	markdown: (block, here) => words({ ...block, type: "mrkdwn" }, here),
	data_visualization: chart,
};

const boxed = ({ inside }, here) => tag("div.box", drawn(inside, here));

/** Draw an image; one of another host is not loaded, and says what it is. */
function picture({ image_url, slack_file, alt_text: alt }) {
	const src = image_url ?? slack_file.url ?? "", own = /^data:image\//.test(src) || (src && new URL(src, location.href).origin === location.origin);
	return own ? h("img", { src, alt: alt.slice() }) : h("span.unknown", { role: "img", ariaLabel: alt }, `🖼️ ${alt.slice()}`);
}

const STYLES = Object.entries({ underline: "u", strike: "s", italic: "i", bold: "b", code: "code" });
const MENTIONS = { __proto__: null, user: "@", channel: "#", usergroup: "!subteam^", broadcast: "!" };
const ROOMS = { __proto__: null, rich_text_section: "div", rich_text_quote: "blockquote", rich_text_preformatted: "pre" };
const PARTS = {
	__proto__: null,
	text: ({ text }) => text.slice(),
	link: ({ url, text = url }, here) => link(url, text, here) ?? text,
	emoji: ({ name, unicode }) => (unicode ? String.fromCodePoint(...unicode.split("-").map((code) => `0x${code}`)) : `:${name}:`),
	date: (one, here) => date(one.timestamp, one.format, one.url, one.fallback, here),
	color: ({ value }) => value.slice(),
	rich_text_list({ style, indent = 0, offset = 0, elements }, here) {
		const list = h(style === "ordered" ? "ol" : "ul", { start: offset + 1 }, each(elements, part, here).map((item) => tag("li", item)));
		list.style.marginInlineStart = `${indent * 1.5}em`;
		return list;
	},
};

function part(one, here) {
	const { type, style } = one, shown = ROOMS[type] ? tag(ROOMS[type], each(one.elements, part, here))
		: MENTIONS[type] ? linked(MENTIONS[type] + (one[`${type}_id`] ?? one.range), here) : PARTS[type](one, here);
	if (!shown && shown !== "") throw new TypeError(type);
	return STYLES.reduce((node, [name, mark]) => (style?.[name] === true ? tag(mark, node) : node), shown);
}

/** Draw a table; its first row is its head. */
function table({ rows, column_settings: settings, caption }, here) {
	const cell = (one) => (one.type === "rich_text" ? rich(one, here) : one.text.slice());
	const [head, ...body] = rows.map((row, at) => tag("tr", row.map((one, column) => {
		const { align = one.type === "raw_number" ? "right" : "left", is_wrapped: wrapped } = settings?.[column] ?? {};
		return tag(`${at ? "td" : "th"}.${align}${wrapped ? "" : ".whole"}`, safely(cell, one));
	})));
	return h("div.scroll", { tabIndex: 0, role: "region", ariaLabel: caption ?? "Table" }, tag("table", caption && tag("caption", caption), tag("thead", head), tag("tbody", body)));
}
