/** The topmost modal, as a dialog; what was typed outlives a change by the app, and a reload of the page. */
import { complain, drawn, missing, standing } from "./blocks.js";
import { plainText } from "./mrkdwn.js";
import { $, h } from "./tags.js";

const REQUIRED = "Please complete this required field.";
const kept = (id) => `typed:${id}`;

/** @param {(what, how) => Promise} ask @param {(act) => object} contextOf what its blocks need */
export function modals(ask, contextOf) {
  const dialog = $("modal");
  let view = null, depth = 0, body, foot;

  const typedBefore = (id) => JSON.parse(sessionStorage.getItem(kept(id)) ?? "null") ?? undefined;
  const keep = () => view && sessionStorage.setItem(kept(view.id), JSON.stringify(standing(body)));
  const close = () => view && ask("close", { view: view.id });

  function say(text) {
    foot.querySelector(".wrong")?.remove();
    if (text) foot.prepend(h("p.wrong", { role: "alert" }, text));
  }

  async function submit() {
    const empty = missing(body);
    complain(body, Object.fromEntries(empty.map((block) => [block, REQUIRED])));
    say("");
    if (empty.length) return;
    const of = view.id;
    busy(true);
    const { error, errors } = await ask("submit", { view: of, values: standing(body) });
    busy(false);
    if (view?.id !== of) return;
    if (errors) complain(body, errors);
    if (error) say(error);
  }

  function busy(is) {
    for (const button of foot?.querySelectorAll("button") ?? []) { button.disabled = is; }
    const primary = foot?.querySelector(".primary");
    if (primary) primary.ariaBusy = String(is);
  }

  function draw(next, of) {
    const focused = dialog.contains(document.activeElement) ? document.activeElement : null;
    const where = focused && [focused.dataset.block, focused.dataset.action, focused.selectionStart, focused.selectionEnd];
    const same = view?.id === next.id, scrolled = same ? body.scrollTop : 0;
    const typed = same ? standing(body) : undefined;
    view = next;
    const context = contextOf(async (action) => {
      const { error } = await ask("press", { view: next.id, block: action.block_id, action: action.action_id, chosen: action, values: standing(body) });
      if (error) say(error);
    });
    body = h("div.modal-body", { oninput: keep, onchange: keep },
      drawn(next.blocks, { ...context, surface: "modal", values: typed ?? typedBefore(next.id) }));
    foot = h("div.modal-foot", {},
      h("button", { type: "button", onclick: close }, next.close ? plainText(next.close.text) : "Close"),
      next.submit && h("button.primary", { type: "submit" }, plainText(next.submit.text)));
    const form = h("form", { method: "dialog", noValidate: true, onsubmit: (event) => { event.preventDefault(); submit(); } },
      h("div.modal-head", {}, of > 1 && h("button.quiet", { type: "button", "aria-label": "Back", onclick: close }, "‹"),
        h("h2", { id: "modal-title" }, plainText(next.title?.text ?? "")),
        h("button.quiet", { type: "button", "aria-label": "Close the form", onclick: close }, "✕")),
      body, foot);
    dialog.replaceChildren(form);
    if (!dialog.open) dialog.showModal();
    body.scrollTop = scrolled;
    const again = where?.[0] && [...dialog.querySelectorAll("[data-block]")].find((one) => one.dataset.block === where[0] && one.dataset.action === where[1]);
    const first = again || body.querySelector("input, textarea, select, [data-action]") || foot.querySelector("button:last-child");
    first?.focus();
    if (again && where[2] !== undefined && where[2] !== null) try { again.setSelectionRange(where[2], where[3]); } catch { /* it has no text */ }
  }

  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });

  return (views) => {
    const top = views.at(-1);
    if (!top) {
      if (view) sessionStorage.removeItem(kept(view.id));
      view = null;
      if (dialog.open) dialog.close();
    } else if (top.id !== view?.id || top.hash !== view?.hash || views.length !== depth) draw(top, views.length);
    depth = views.length;
  };
}
