/** Slack's mrkdwn as nodes (https://docs.slack.dev/messaging/formatting-message-text). What is no markup stays text. */
import { h } from "./tags.js";

const ESCAPES = { lt: "<", gt: ">", amp: "&" }, TAGS = { "*": "b", _: "i", "~": "s" };
const FENCE = /\n?```\n?([^]+?)\n?```\n?/;
const QUOTE = /\n?(^(?:>|&gt;){3}[^]*|(?:^(?:>|&gt;).*(?:\n|$))+)/m;
const ASIDE = /(?<![\w\u2060`])`([^`\n]+)`|<([^<>\n]+)>|https?:\/\/(?:&amp;|[^\s<>&|`"'\0])+(?<![.,:;!?)\]*_~])/g;
const EMPHASIS = /(?<![\p{L}\p{N}*_~\u2060])([*_~])(?!\1|\s)(.+?)(?<!\s)\1(?![\p{L}\p{N}])/u;
const UNITS = Object.entries({ day: 86400, hour: 3600, minute: 60, second: 1 });

/** An element without properties. */
export const tag = (name, ...inside) => h(name, {}, ...inside);

/** A text with Slack's escapes undone. */
export const plainText = (text) => text.replace(/&(lt|gt|amp);/g, (_, name) => ESCAPES[name]);

/** A text object as a node or a string. */
export const text = (object, here) =>
	object.type === "mrkdwn" ? mrkdwn(object.text, here, object.verbatim) : plainText(object.text);

/** mrkdwn as a fragment; `verbatim` leaves bare addresses alone. */
export function mrkdwn(source, here, verbatim) {
	const shown = new DocumentFragment(), aside = [];
	const plain = (part) => part.split(/(\0|\n)/).map((piece) => (piece === "\0" ? aside.shift() : piece === "\n" ? h("br") : plainText(piece)));
	const styled = (part) => part.split(EMPHASIS).flatMap((piece, at, all) => [plain, () => [], () => tag(TAGS[all[at - 1]], styled(piece))][at % 3](piece));
	// What stands aside is made first: in it nothing else means anything.
	const line = (part) => styled(part.replace(ASIDE, (bare, code, angle) => {
		const node = code ? tag("code", plainText(code)) : angle || !verbatim ? linked(angle ?? bare, here) : null;
		return node ? (aside.push(node), "\0") : bare;
	}));
	source.replaceAll("\0", "").split(FENCE).forEach((part, fenced) => (fenced % 2 ? [part] : part.split(QUOTE)).forEach((run, quoted) => shown.append(
		...fenced % 2 ? [tag("pre", tag("code", plainText(run)))] : quoted % 2 ? [tag("blockquote", line(run.replace(/^(>|&gt;){1,3} ?|\n$/gm, "")))] : line(run))));
	return shown;
}

/** What stands between < and >: a mention, a date or a link; null where it is none of them. */
export function linked(inside, here) {
	const [, sign, target, label] = inside.match(/^([@#!]?)([^|]*)\|?(.*)$/), [what, id, form = "", url = ""] = target.split("^"), key = id ?? what, said = plainText(label), raw = plainText(target);
	if (!sign) return link(raw, said || raw, here);
	if (what === "date") return date(id, plainText(form), plainText(url), said, here);
	const known = { "@": here.people, "#": here.channels, "!": here.groups ?? here.people }[sign].get(key), shown = (sign === "#" ? "#" : "@") + (known?.name || said.replace("@", "") || key);
	if (sign === "!") return id || /^(here|channel|everyone)$/.test(what) ? tag("span.mention", shown) : null;
	return h(`a.mention${key === here.me ? ".me" : ""}`, { href: "#", onclick: leading(here, { [sign === "#" ? "channel" : "user"]: key }) }, shown);
}

/** A link; null where it may not be opened. One to a message leads there, on this page. */
export function link(href, label, here) {
	const [, channel, ...ts] = href.match(/^https:\/\/local\.slack\.example\/(\w+)\/p(\d+)(\d{6})$/) ?? [], onclick = channel && leading(here, { channel, ts: ts.join(".") });
	return /^(https?:\/\/|mailto:)\S/i.test(href) ? h("a", { href, target: "_blank", rel: "noopener noreferrer", onclick }, label) : null;
}

const leading = (here, place) => (event) => {
	event.preventDefault();
	event.stopPropagation();
	here.go(place);
};

/** A moment (seconds since 1970) in words that have {date_short} … in them; its fallback where it is none. */
export function date(seconds, words, url, fallback, here) {
	const at = new Date(seconds * 1000), now = here.now?.() ?? Date.now(), midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
	if (!seconds || isNaN(at)) return fallback ? tag("span", fallback) : null;
	const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[Math.round((midnight(at) - midnight(now)) / 864e5)];
	const age = (at - now) / 1000, [unit, size] = UNITS.find(([, size]) => Math.abs(age) >= size) ?? UNITS[3], day = (dateStyle) => () => at.toLocaleDateString("en-US", { dateStyle });
	const forms = { __proto__: null, date: day("long"), date_long: day("full"), date_short: day("medium"), date_num: () => at.toLocaleDateString("sv"), time: () => at.toTimeString().slice(0, 5), time_secs: () => at.toTimeString().slice(0, 8),
		ago: () => new Intl.RelativeTimeFormat("en").format(Math.trunc(age / size), unit) };
	const said = words.replace(/\{(\w+?)(_pretty)?\}/g, (whole, form, pretty) => (pretty && near) || (forms[form]?.() ?? whole));
	return (url && link(url, said, here)) || h("time", { title: fallback }, said);
}
