/** What is typed: `/ecr` subcommands and repository names are completed, and what a command takes is told. */
import { $, h } from "./tags.js";

const MOST = 8;
const TAKES_NAME = new Set(["check", "history", "remediate", "exempt", "list", "subscribe"]);

/**
 * Tell what fits what was typed.
 * @param {string} text all of it @param {Array} commands as the bot describes them @param {string[]} names of repositories
 * @returns {{options: Array<{text: string, label: string, does: string}>, usage: string}}
 */
export function fitting(text, commands, names) {
  if (!text.startsWith("/")) return { options: [], usage: "" };
  const [slash, word = "", ...rest] = text.split(" ");
  const known = commands.find((one) => one.name === word.toLowerCase());
  if (!known || text.split(" ").length < 3) {
    const options = "/ecr".startsWith(slash) ? commands.filter((one) => one.name.startsWith(word.toLowerCase())) : [];
    const done = options.length === 1 && options[0].name === word;
    return {
      options: done ? [] : options.map((one) => ({ text: `/ecr ${one.name}${one.usage === one.name ? "" : " "}`, label: `/ecr ${one.usage}`, does: one.does })),
      usage: known ? `/ecr ${known.usage} — ${known.does}` : "",
    };
  }
  const part = rest.at(-1).toLowerCase(), head = text.slice(0, text.length - part.length);
  const found = TAKES_NAME.has(known.name) && (part || known.name !== "list" && known.name !== "subscribe")
    ? names.filter((name) => name.includes(part) && name !== part)
      .sort((a, b) => b.startsWith(part) - a.startsWith(part) || a.localeCompare(b)) : [];
  return {
    options: found.slice(0, MOST).map((name) => ({ text: head + name, label: name, does: "" })),
    usage: `/ecr ${known.usage} — ${known.does}`,
  };
}

/** @param {() => {commands, names}} known @param {(text: string) => Promise<boolean>} send tells whether it was taken */
export function composer(known, send) {
  const text = $("text"), list = $("hints"), usage = $("usage");
  let options = [], active = -1;
  const history = [];
  let back = 0;

  function grow(field) { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight, 160)}px`; }

  function suggest() {
    const { commands, names } = known();
    const found = fitting(text.value, commands, names);
    options = found.options; active = -1;
    usage.textContent = found.usage;
    list.replaceChildren(...options.map((one, place) => h("li", { role: "option", id: `hint-${place}`, "aria-selected": "false",
      onmousedown: (event) => { event.preventDefault(); take(place); } }, h("b", {}, one.label), one.does && h("span", {}, one.does))));
    open(options.length > 0);
    grow(text);
  }

  function open(is) { list.hidden = !is; text.setAttribute("aria-expanded", String(is)); if (!is) text.removeAttribute("aria-activedescendant"); }

  function move(by) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = (active + by + options.length) % options.length;
    list.children[active].setAttribute("aria-selected", "true");
    list.children[active].scrollIntoView({ block: "nearest" });
    text.setAttribute("aria-activedescendant", `hint-${active}`);
  }

  function take(place) { text.value = options[place].text; text.focus(); suggest(); }

  async function go() {
    const said = text.value.trim();
    if (!said) return;
    text.value = ""; suggest();
    history.push(said); back = history.length;
    if (!await send(said) && !text.value) { text.value = said; suggest(); open(false); }
  }

  text.addEventListener("input", suggest);
  text.addEventListener("blur", () => open(false));
  text.addEventListener("keydown", (event) => {
    const shown = !list.hidden;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); if (shown && active >= 0) take(active); else go(); }
    else if (shown && event.key === "Tab" && !event.shiftKey) { event.preventDefault(); take(Math.max(active, 0)); }
    else if (shown && event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (shown && event.key === "ArrowUp") { event.preventDefault(); move(active < 0 ? 0 : -1); }
    else if (shown && event.key === "Escape") { event.preventDefault(); open(false); }
    else if (event.key === "ArrowUp" && !text.value && history.length) { event.preventDefault(); text.value = history[back = Math.max(back - 1, 0)]; suggest(); open(false); }
  });
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); go(); });

  return {
    /** Put something there to be sent, or changed before. */
    write(said) { text.value = said; suggest(); open(false); text.focus(); },
    focus: () => text.focus(),
  };
}
