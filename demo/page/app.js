/** The page: who you are, where you are, and what is new. */
import { drawn } from "./blocks.js";
import { composer } from "./composer.js";
import { live } from "./live.js";
import { List, isReply } from "./messages.js";
import { modals } from "./modals.js";
import { panel } from "./panel.js";
import { $, fill, h, store } from "./tags.js";
import { tour } from "./tour.js";

const HOME = "home";
const hash = new URLSearchParams(location.hash.slice(1));
const all = { messages: new Map(), people: new Map(), channels: [], home: null, bot: true, groups: [] };
let me = hash.get("as") ?? store.get("me") ?? "U0ENGINEER";
let where = hash.get("in") ?? "C0ENG";
let roles = {}, thread = null, reached = true;

const link = live(tell, (is) => { reached = is; trouble(); });
const log = new List($("log"), contextIn, openThread), replies = new List($("replies"), contextIn);
const typing = composer((text) => link.ask("hint", { text }), (text) => done(text[0] === "/" ? "command" : "say", { text, channel: where }));
const side = panel((deed, repository) => done("play", { deed, repository }));
const guide = tour((step) => { drawers(); become(step.user, step.channel); if (step.types) typing.write(step.types); });
const forms = modals(link.ask, context);

/** What blocks need to be drawn. */
function context(act) {
	const people = new Map([...all.people.values(), ...all.groups].map((one) => [one.id, { real_name: one.name, ...one }]));
	return { me, people, channels: new Map(all.channels.map((one) => [one.id, one])), act, go };
}
function contextIn({ ts }) { return context((action) => done("click", { ts, ...used(action) })); }
function used(action) { return { block: action.block_id, action: action.action_id, chosen: action }; }

/** Have something done; what went wrong, and what came of it, is told. */
async function done(what, how) {
	const { error, said } = await link.ask(what, how);
	if (error || said) {
		const shown = h(error ? "p.wrong" : "p", {}, error ?? said);
		$("toasts").append(shown);
		setTimeout(() => shown.remove(), 8000);
	}
	return !error;
}

function tell(news) {
	if (news.me) {
		roles = news.roles;
		all.messages.clear();
		side.offer(news.deeds);
		guide.offer(news.tour);
		return;
	}
	for (const message of news.messages ?? []) all.messages.set(message.ts, message);
	// What comes after the page was opened first is unread until it was before somebody's eyes.
	if (!store.get("since")) store.set("since", [...all.messages.keys()].sort().at(-1) ?? "0");
	for (const ts of news.gone ?? []) all.messages.delete(ts);
	for (const key of ["channels", "home", "bot", "groups"]) if (key in news) all[key] = news[key];
	if (news.people) { all.people = new Map(news.people.map((one) => [one.id, one])); drawPeople(); }
	side.tell(news);
	guide.tell(news);
	if ("bot" in news) trouble();
	if (news.messages || news.gone || news.channels || news.people || "home" in news) draw();
	if (news.views) forms(news.views);
}

function trouble() {
	const says = !reached ? "The demo is out of reach: it may have ended. The page comes back by itself." : all.bot ? "" : "ecrbot is down: what you type or click does not reach it. The page recovers when it is back.";
	$("trouble").hidden = !says;
	$("trouble").textContent = says;
}

function become(user, channel) {
	if (user !== me) {
		store.set("me", me = user);
		forms([]);
		closeThread();
		Object.assign(all, { messages: new Map(), home: null });
		drawPeople();
		link.become(me);
	}
	enter(channel ?? store.get(`in:${user}`) ?? "C0ENG", !channel);
}

function enter(channel, quiet) {
	if (channel !== where) { closeThread(); history.pushState(null, ""); }
	where = channel;
	remember();
	drawers();
	draw();
	if (where === HOME) done("home"); else if (!quiet) typing.focus();
}

function remember() {
	store.set(`in:${me}`, where);
	history.replaceState(null, "", `#as=${me}&in=${where}`);
}

/** Go where a mention or a link leads. */
function go({ channel, ts }) {
	if (!all.channels.some((one) => one.id === channel)) return;
	enter(channel);
	const message = all.messages.get(ts);
	if (message && isReply(message)) { openThread(message.thread); replies.point(ts); } else log.point(ts);
}

const nameOf = (id) => {
	const channel = all.channels.find((one) => one.id === id);
	return id === HOME ? "ecrbot · Home" : !channel ? "" : channel.im ? "ecrbot" : `# ${channel.name}`;
};

function draw() {
	const there = [...all.messages.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1)), counts = new Map();
	for (const one of there) if (isReply(one)) counts.set(one.thread, (counts.get(one.thread) ?? 0) + 1);
	if (where === HOME) drawHome();
	else {
		const here = there.filter((one) => one.channel === where);
		log.show(`${me}/${where}`, here.filter((one) => !isReply(one) || one.alone), counts);
		if (here.length) store.set(`read:${me}:${where}`, here.at(-1).ts);
		if (here.some((one) => one.blocks.some((block) => block.type === "data_visualization"))) saw("digest");
	}
	if (thread) replies.show(`${me}/${thread}`, there.filter((one) => one.ts === thread || one.thread === thread), new Map());
	$("place").textContent = nameOf(where);
	document.title = `${nameOf(where)} · ecrbot demo`;
	$("composer").hidden = where === HOME;
	drawChannels(there);
}

function drawHome() {
	const { home } = all;
	log.show(null, [], new Map());
	fill($("log"), h("div.home", {}, home ? drawn(home.blocks, context((action) => done("press", { view: home.id, ...used(action) }))) : h("p.empty", {}, "ecrbot has put nothing here yet.")));
	if (home) saw("home");
}

const seen = new Set();
function saw(step) { if (!seen.has(step)) { seen.add(step); link.ask("saw", { step }); } }

function drawChannels(there) {
	const item = (id) => {
		const since = store.get(`read:${me}:${id}`) ?? store.get("since");
		const count = there.filter((one) => one.channel === id && one.user !== me && one.ts > since).length;
		return h("li", {}, h(`button${id === where ? ".here" : ""}${count ? ".unread" : ""}`, { type: "button", data: { channel: id }, "aria-current": id === where ? "page" : null, onclick: () => enter(id) },
			nameOf(id), count > 0 && h("span.count", { role: "img", "aria-label": `${count} unread` }, `${count}`)));
	};
	const group = (title, ids) => h("section", {}, h("h2", {}, title), h("ul", {}, ids.map(item)));
	const ids = (im) => all.channels.filter((one) => one.im === im).map((one) => one.id);
	fill($("channels"), group("Channels", ids(false)), group("Direct messages", ids(true)), group("Apps", [HOME]));
}

function drawPeople() {
	fill($("people"), h("legend", {}, "You are"), ...Object.entries(roles).map(([id, role]) => h("label", {},
		h("input", { type: "radio", name: "me", value: id, checked: id === me, onchange: () => become(id) }),
		h("span", {}, h("b", {}, all.people.get(id)?.real_name ?? id), h("span.small", {}, role)))));
}

function openThread(ts) {
	thread = ts;
	$("thread").hidden = false;
	draw();
	$("reply-text").focus();
}

function closeThread() {
	if (!thread) return;
	thread = null;
	$("thread").hidden = true;
	typing.focus();
}

$("thread-close").addEventListener("click", closeThread);
$("reply").addEventListener("submit", async (event) => {
	event.preventDefault();
	if (await done("say", { text: $("reply-text").value, channel: where, thread })) $("reply-text").value = "";
});
addEventListener("popstate", () => {
	const to = new URLSearchParams(location.hash.slice(1));
	closeThread();
	where = to.get("in") ?? where;
	become(to.get("as") ?? me, where);
});
addEventListener("keydown", (event) => {
	if (event.key === "Escape" && !event.defaultPrevented) { closeThread(); drawers(); }
	if (event.key === "/" && !/INPUT|TEXT|SELECT/.test(document.activeElement.tagName)) typing.focus();
});

/** Let the left or the right of a narrow window come over the messages, or go. */
function drawers(name) {
	for (const one of ["nav", "side"]) {
		const is = document.body.classList.toggle(`with-${one}`, one === name && !document.body.classList.contains(`with-${one}`));
		$(`show-${one}`).ariaExpanded = `${is}`;
	}
}
for (const one of ["nav", "side"]) $(`show-${one}`).addEventListener("click", () => drawers(one));
remember();
link.become(me);
