/** Messages as they stand in a channel or a thread. */
import { drawn } from "./blocks.js";
import { mrkdwn } from "./mrkdwn.js";
import { h } from "./tags.js";

const DAY = new Intl.DateTimeFormat("en", { weekday: "long", month: "long", day: "numeric" });
const TIME = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const at = (ts) => new Date(Number(ts.split(".")[0]) * 1000);
const hue = (id) => [...id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);

/**
 * Draw a message.
 * @param {object} message as it came
 * @param {object} context what blocks need, with `act` bound to this message
 * @param {number} replies how many stand below it, and @param {() => void} open opens them
 */
function one(message, context, replies, open) {
  const who = context.people.get(message.user) ?? { id: message.user, name: message.user, real_name: message.user };
  const face = h("span.face", { "aria-hidden": "true" }, who.is_bot ? "🛡" : who.real_name[0]);
  face.style.setProperty("--hue", who.is_bot ? 215 : hue(who.id));
  const body = h("div.body");
  if (message.blocks.length) body.append(drawn(message.blocks, context));
  else body.append(h("p.said", {}, mrkdwn(message.text, context)));
  return h(`article.message${message.alone ? ".alone" : ""}`, { data: { ts: message.ts }, tabIndex: -1, "aria-label": `${who.real_name}, ${TIME.format(at(message.ts))}` },
    face,
    h("div.head", {}, h("b", {}, who.real_name), who.is_bot && h("span.badge", {}, "APP"),
      h("time", { dateTime: at(message.ts).toISOString() }, TIME.format(at(message.ts))),
      message.edited && h("span.small", {}, "(edited)"),
      message.alone && h("span.only", {}, "👁 Only visible to you")),
    body,
    replies > 0 && h("button.replies", { type: "button", onclick: open }, `${replies} ${replies === 1 ? "reply" : "replies"}`));
}

/** A list of messages that is kept like what is to be seen: only what is other than before is drawn again. */
export class List {
  /** @param {HTMLElement} root holds it; @param {(message) => object} contextOf what its blocks need; @param {(ts) => void} open opens a thread */
  constructor(root, contextOf, open) {
    Object.assign(this, { root, contextOf, open, drawn: new Map(), of: null });
  }

  /** Show messages, oldest first. @param {string} of whose list it is: another one starts at its end. */
  show(of, messages, repliesOf) {
    const fresh = of !== this.of;
    if (fresh) { this.root.replaceChildren(); this.drawn.clear(); this.of = of; }
    const atEnd = fresh || this.root.scrollHeight - this.root.scrollTop - this.root.clientHeight < 80;
    const kept = new Set(messages.map((message) => message.ts));
    for (const [ts, known] of this.drawn) if (!kept.has(ts)) { known.node.remove(); this.drawn.delete(ts); }
    for (const line of this.root.querySelectorAll(".day")) line.remove();
    let before = null, day = "", added = 0;
    for (const message of messages) {
      const replies = repliesOf(message.ts), known = this.drawn.get(message.ts);
      let node = known?.node;
      if (!known || known.message !== message || known.replies !== replies) {
        node = one(message, this.contextOf(message), replies, () => this.open(message.ts));
        if (known) known.node.replaceWith(node); else added++;
        this.drawn.set(message.ts, { node, message, replies });
      }
      const today = DAY.format(at(message.ts));
      const line = today !== day && h("div.day", { role: "separator", "aria-label": today }, h("span", {}, today));
      day = today;
      const next = before ? before.nextSibling : this.root.firstChild;
      if (line) this.root.insertBefore(line, next);
      if (node !== next || line) this.root.insertBefore(node, line ? line.nextSibling : next);
      before = node;
    }
    if (atEnd || added && messages.at(-1)?.mine) this.root.scrollTop = this.root.scrollHeight;
  }

  /** Bring a message before the eyes. */
  point(ts) {
    const node = this.drawn.get(ts)?.node;
    node?.scrollIntoView({ block: "center" });
    node?.classList.add("pointed");
    node?.focus({ preventScroll: true });
  }
}
