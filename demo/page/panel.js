/** ECR as it is now, what has just changed there, and what the outside world may do. */
import { $, h } from "./tags.js";

const MARKED_MS = 8000;
const CLOCK = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const idOf = (row) => `${row.account}/${row.region}/${row.name}`;
const tagsOf = (row) => row.filters.length ? `${row.mutability.replace("_WITH_EXCLUSION", "")} but ${row.filters.join(", ")}` : row.mutability;

/** @param {(deed, repository) => void} play does a deed */
export function panel(play) {
  const body = $("rows").querySelector("tbody"), find = $("find"), chosenIs = $("chosen");
  let rows = [], before = null, chosen = null, seconds = 0, heard = 0;
  const marked = new Map();
  find.addEventListener("input", draw);

  function draw() {
    const wanted = find.value.trim().toLowerCase();
    const shown = rows.filter((row) => !wanted || `${idOf(row)} ${row.account_name} ${tagsOf(row)} ${row.scanning}`.toLowerCase().includes(wanted));
    body.replaceChildren(...[...marked.values()].filter((one) => one.gone).map(gone), ...shown.map(line));
    sum();
  }

  function sum() {
    const count = (is) => rows.filter((row) => row.compliant === is).length;
    $("sums").textContent = `${rows.length} repositories: ${count(true)} compliant, ${count(false)} not${count(null) ? `, ${count(null)} unknown` : ""}`;
    chosenIs.replaceChildren(...(chosen ? ["On ", h("b", {}, chosen.name), ` (${chosen.account_name}, ${chosen.region}) `,
      h("button.quiet", { type: "button", onclick: () => choose(chosen) }, "any instead")] : ["On a repository of its own choice; choose one above to name it."]));
  }

  function choose(row) { chosen = chosen && idOf(chosen) === idOf(row) ? null : row; draw(); }

  function line(row) {
    const id = idOf(row), mark = marked.get(id), is = chosen && idOf(chosen) === id;
    const state = row.compliant === true ? "ok" : row.compliant === false ? "bad" : "unsure";
    return h(`tr${mark ? ".marked" : ""}`, { data: { id } },
      h("th", { scope: "row" }, h("button.name", { type: "button", "aria-pressed": String(Boolean(is)), onclick: () => choose(row) },
        h(`span.dot.${state}`, { role: "img", "aria-label": { ok: "compliant", bad: "not compliant", unsure: "unknown" }[state] }), row.name),
      h("span.small", {}, `${row.account_name} · ${row.region}`, mark && h("b.new", {}, ` ${mark.says}`))),
      h("td", {}, h(`span.tag.${row.mutability.startsWith("IMMUTABLE") ? "good" : "poor"}`, {}, tagsOf(row))),
      h("td", {}, h(`span.tag.${/push|continuous/i.test(row.scanning) ? "good" : "poor"}`, {}, row.scanning)));
  }

  const gone = ({ row }) => h("tr.marked.gone", {}, h("th", { scope: "row" }, h("s", {}, row.name), h("span.small", {}, `${row.account_name} · ${row.region}`, h("b.new", {}, " deleted"))), h("td"), h("td"));

  function mark(id, says, row, is = {}) {
    marked.set(id, { says, row, ...is });
    setTimeout(() => { marked.delete(id); draw(); }, MARKED_MS);
  }

  function take(next) {
    const old = before && new Map(before.map((row) => [idOf(row), row]));
    for (const row of old ? next : []) {
      const was = old.get(idOf(row));
      old.delete(idOf(row));
      if (!was) mark(idOf(row), "new", row);
      else if (tagsOf(was) !== tagsOf(row) || was.scanning !== row.scanning) mark(idOf(row), tagsOf(was) !== tagsOf(row) ? `was ${tagsOf(was)}` : `scanning was ${was.scanning}`, row);
    }
    for (const [id, row] of old ?? []) mark(id, "deleted", row, { gone: true });
    const first = old && next.some((row) => marked.has(idOf(row)));
    rows = before = next;
    if (chosen) chosen = rows.find((row) => idOf(row) === idOf(chosen)) ?? null;
    draw();
    if (first) { const row = body.querySelector(".marked"); if (row) $("rows").scrollTop = row.offsetTop - 60; }
  }

  setInterval(() => { if (seconds) $("now").textContent = CLOCK.format((seconds + (performance.now() - heard) / 1000) * 1000); }, 1000);

  return {
    /** Take what is new. */
    tell(news) {
      if (news.now) { seconds = news.now; heard = performance.now(); $("now").textContent = CLOCK.format(seconds * 1000); }
      if (news.ecr) take(news.ecr);
    },
    /** Show what the outside world can do. */
    offer(deeds) {
      $("deeds").replaceChildren(...deeds.map((deed) => h("button", { type: "button", title: deed.says, data: { deed: deed.id },
        onclick: async (event) => { const { target } = event; target.disabled = true; await play(deed.id, chosen && [chosen.account, chosen.region, chosen.name]); target.disabled = false; } }, deed.label)));
    },
    names: () => [...new Set(rows.map((row) => row.name))],
  };
}
