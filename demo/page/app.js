/** The page: who you are, where you are, and what is new. */
import { drawn } from "./blocks.js";
import { composer } from "./composer.js";
import { live } from "./live.js";
import { List } from "./messages.js";
import { modals } from "./modals.js";
import { panel } from "./panel.js";
import { $, h } from "./tags.js";
import { tour } from "./tour.js";

const HOME = "home";
const LOCAL = /^https:\/\/local\.slack\.example\/(\w+)\/p(\d{10})(\d{6})$/;
const store = {
  get: (key) => JSON.parse(sessionStorage.getItem(key) ?? "null"),
  set: (key, value) => sessionStorage.setItem(key, JSON.stringify(value)),
};
const hash = new URLSearchParams(location.hash.slice(1));
const all = { messages: new Map(), people: new Map(), channels: [], views: [], home: null, bot: true, groups: [] };
let me = hash.get("as") ?? store.get("me") ?? "U0ENGINEER";
let where = hash.get("in") ?? store.get(`in:${me}`) ?? "C0ENG";
let hello = { commands: [], roles: {}, tour: [], deeds: [] }, thread = null, pointed = null, sitting = 0;

// What came after the page was opened first is unread until it was before somebody's eyes.
const since = store.get("since");
const read = (channel) => store.get(`read:${me}:${channel}`) ?? store.get("since") ?? "9";

const link = live(tell, connected);
const log = new List($("log"), (message) => contextOf(actIn(message)), openThread);
const replies = new List($("replies"), (message) => contextOf(actIn(message)), () => {});
const typing = composer(() => ({ commands: hello.commands, names: side.names() }), send);
const side = panel(play);
const guide = tour(showStep);
const forms = modals((what, how) => link.ask(what, how), (act) => contextOf(act));

/** What blocks need to be drawn. */
function contextOf(act, surface = "message") {
  const people = new Map([...all.people, ...all.groups.map((group) => [group.id, { ...group, real_name: group.name }])]);
  return { surface, me, people, groups: people, channels: new Map(all.channels.map((one) => [one.id, one])), act, go };
}

function actIn(message) {
  return async (action) => complainOf(await link.ask("click", { ts: message.ts, block: action.block_id, action: action.action_id, chosen: action }));
}

function complainOf({ error, said }) {
  if (error || said) toast(error ?? said, Boolean(error));
  return !error;
}

function toast(text, wrong) {
  const shown = h(`p${wrong ? ".wrong" : ""}`, {}, text);
  $("toasts").append(shown);
  setTimeout(() => shown.remove(), wrong ? 9000 : 6000);
}

function tell(news) {
  if (news.me) {
    sitting++;
    hello = news;
    all.messages.clear();
    side.offer(news.deeds);
    guide.offer(news.tour);
    return;
  }
  if (news.now && !store.get("since")) store.set("since", `${Math.floor(news.now)}.999999`);
  for (const message of news.messages ?? []) all.messages.set(message.ts, message);
  for (const ts of news.gone ?? []) all.messages.delete(ts);
  for (const key of ["channels", "views", "home", "bot", "groups"]) if (key in news) all[key] = news[key];
  if (news.people) { all.people = new Map(news.people.map((one) => [one.id, one])); drawPeople(); }
  side.tell(news);
  guide.tell(news);
  if ("bot" in news) trouble();
  if (news.messages || news.gone || news.channels || "home" in news || news.people) draw();
  if (news.views) forms(news.views);
}

let open = true;
function connected(is) { open = is; trouble(); }
function trouble() {
  const says = !open ? "The demo is out of reach: it may have ended. The page comes back by itself." : !all.bot ? "ecrbot is down. What you type or click now does not reach it; the page says so, and recovers when it is back." : "";
  $("trouble").hidden = !says;
  $("trouble").textContent = says;
  document.body.classList.toggle("down", Boolean(says));
}

// Who, and where.

function become(user, channel) {
  if (user !== me) {
    me = user;
    store.set("me", me);
    forms([]);
    closeThread();
    where = channel ?? store.get(`in:${me}`) ?? "C0ENG";
    Object.assign(all, { messages: new Map(), home: null, views: [] });
    log.of = null;
    drawPeople();
    link.become(me);
  }
  if (channel) enter(channel);
  remember();
}

function enter(channel) {
  if (channel !== where) closeThread();
  where = channel;
  remember();
  drawers(false);
  draw();
  if (where === HOME) { link.ask("home").then(complainOf); $("main").focus(); } else typing.focus();
}

function remember() {
  store.set(`in:${me}`, where);
  history.replaceState(null, "", `#as=${me}&in=${where}`);
}

/** Go where a mention or a link leads. */
function go({ channel, user, ts }) {
  if (user) { const direct = all.channels.find((one) => one.im && user === botId()); if (direct) enter(direct.id); return; }
  if (!all.channels.some((one) => one.id === channel)) return toast("You do not see that channel.", true);
  enter(channel);
  const message = ts && all.messages.get(ts);
  if (message?.thread && message.thread !== ts) { openThread(message.thread); replies.point(ts); }
  else if (ts) log.point(ts);
}

const botId = () => [...all.people.values()].find((one) => one.is_bot && one.name === "ecrbot")?.id;
const isReply = (message) => message.thread && message.thread !== message.ts;
const sorted = (messages) => messages.sort((a, b) => (a.ts < b.ts ? -1 : 1));
const nameOf = (id) => {
  if (id === HOME) return "ecrbot · Home";
  const channel = all.channels.find((one) => one.id === id);
  return channel ? (channel.im ? "ecrbot" : `# ${channel.name}`) : "";
};

function draw() {
  const there = [...all.messages.values()];
  const counts = new Map();
  for (const one of there) if (isReply(one)) counts.set(one.thread, (counts.get(one.thread) ?? 0) + 1);
  if (where === HOME) drawHome();
  else {
    const here = sorted(there.filter((one) => one.channel === where && (!isReply(one) || one.alone)));
    log.show(`${me}/${where}`, here, (ts) => counts.get(ts) ?? 0);
    if (here.length) store.set(`read:${me}:${where}`, sorted(there.filter((one) => one.channel === where)).at(-1).ts);
    if (!here.length && !$("log").firstChild) $("log").append(h("p.empty", {}, "Nothing was said here yet. Type /ecr help."));
    else if (here.length) $("log").querySelector(".empty")?.remove();
    if (here.some((one) => one.blocks.some((block) => block.type === "data_visualization"))) saw("digest");
  }
  if (thread) replies.show(`${me}/${thread}`, sorted(there.filter((one) => one.ts === thread || one.thread === thread)), () => 0);
  $("place").textContent = nameOf(where);
  document.title = `${nameOf(where)} · ecrbot demo`;
  $("composer").hidden = where === HOME;
  drawChannels(there);
}

function drawHome() {
  log.of = null;
  const press = async (action) => complainOf(await link.ask("press", { view: all.home.id, block: action.block_id, action: action.action_id, chosen: action }));
  const focused = $("log").contains(document.activeElement) && document.activeElement.dataset;
  $("log").replaceChildren(h("div.home", {}, all.home ? drawn(all.home.blocks, contextOf(press, "home")) : h("p.empty", {}, "ecrbot has put nothing here yet.")));
  if (focused?.block) $("log").querySelector(`[data-block="${CSS.escape(focused.block)}"][data-action="${CSS.escape(focused.action)}"]`)?.focus();
  if (all.home) saw("home");
}

const seen = new Set();
function saw(step) { if (!seen.has(step)) { seen.add(step); link.ask("saw", { step }); } }

function drawChannels(there) {
  const unread = (id) => there.filter((one) => one.channel === id && one.user !== me && one.ts > read(id)).length;
  const item = (id, label, count) => h("li", {}, h(`button${id === where ? ".here" : ""}${count ? ".unread" : ""}`, { type: "button", data: { channel: id }, "aria-current": id === where ? "page" : undefined, onclick: () => enter(id) },
    label, count > 0 && h("span.count", { "aria-label": `${count} unread` }, String(count))));
  const group = (title, items) => h("section", {}, h("h2", {}, title), h("ul", {}, items));
  const direct = all.channels.filter((one) => one.im);
  $("channels").replaceChildren(
    group("Channels", all.channels.filter((one) => !one.im).map((one) => item(one.id, `# ${one.name}`, unread(one.id)))),
    group("Direct messages", direct.map((one) => item(one.id, "ecrbot", unread(one.id)))),
    group("Apps", [item(HOME, "ecrbot · Home", 0)]));
}

function drawPeople() {
  const choices = Object.entries(hello.roles).map(([id, role]) => h("label", {},
    h("input", { type: "radio", name: "me", value: id, checked: id === me, onchange: () => become(id) }),
    h("span", {}, h("b", {}, all.people.get(id)?.real_name ?? id), h("span.small", {}, role))));
  $("people").replaceChildren(h("legend", {}, "You are"), ...choices);
}

// What is done.

async function send(text) {
  const command = text.startsWith("/");
  return complainOf(await link.ask(command ? "command" : "say", { text, channel: where }));
}

async function play(deed, repository) { complainOf(await link.ask("play", { deed, repository })); }

function showStep(step) {
  drawers(false);
  become(step.user, step.channel);
  if (step.types) typing.write(step.types);
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
  const field = $("reply-text"), text = field.value.trim();
  if (text && complainOf(await link.ask("say", { text, channel: where, thread }))) field.value = "";
});
$("reply-text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); $("reply").requestSubmit(); }
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (thread) closeThread(); else drawers(false);
});

function drawers(name, is) {
  for (const one of ["nav", "side"]) {
    const opened = one === name && is;
    document.body.classList.toggle(`with-${one}`, opened);
    $(`show-${one}`).ariaExpanded = String(opened);
  }
}
for (const one of ["nav", "side"]) $(`show-${one}`).addEventListener("click", () => drawers(one, !document.body.classList.contains(`with-${one}`)));
document.addEventListener("click", (event) => {
  const found = event.target.closest?.("a[href]")?.href.match(LOCAL);
  if (found) { event.preventDefault(); go({ channel: found[1], ts: `${found[2]}.${found[3]}` }); }
});

remember();
link.become(me);
