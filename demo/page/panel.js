/** ECR as it is now, what has just changed there, and what the outside world may do. */
import { $, fill, h } from "./tags.js";

const STATES = { true: [".ok", "compliant"], false: [".bad", "not compliant"], null: ["", "unknown"] };
const CLOCK = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const idOf = (row) => `${row.account}/${row.region}/${row.name}`;

/** `play(deed, repository)` does a deed. */
export function panel(play) {
	const body = $("rows").querySelector("tbody"), find = $("find");
	let rows = [], chosen = "", marks = "", shift = 0;
	find.addEventListener("input", draw);

	function draw() {
		const wanted = find.value.trim().toLowerCase(), count = (is) => rows.filter((row) => row.compliant === is && !row.gone).length;
		fill(body, ...rows.filter((row) => `${idOf(row)} ${row.account_name} ${row.tags} ${row.scanning}`.toLowerCase().includes(wanted)).map(line));
		$("sums").textContent = `${count(true)} compliant, ${count(false)} not, ${count(null)} unknown`;
		$("chosen").textContent = chosen ? `On ${chosen.replaceAll("/", " / ")}:` : "On a repository of its choice; click one above to name it.";
	}

	function line(row) {
		const id = idOf(row), [state, said] = STATES[row.compliant], cell = (text, good) => h("td", {}, h(good ? "span.good" : "span.poor", {}, text));
		return h(row.mark ? "tr.marked" : "tr", { data: { id } },
			h("th", { scope: "row" }, h("button.name", { type: "button", disabled: row.gone, "aria-pressed": `${id === chosen}`, onclick: () => { chosen = id === chosen ? "" : id; draw(); } },
				h(`span.dot${state}`, { role: "img", "aria-label": said }), row.name),
			h("span.small", {}, `${row.account_name} · ${row.region}`, row.mark && h("b.new", {}, ` ${row.mark}`))),
			cell(row.tags, row.mutability.startsWith("IMM")), cell(row.scanning, /push|cont/.test(row.scanning)));
	}

	function take(next) {
		const marked = next.filter((row) => row.mark), told = JSON.stringify(marked.map((row) => [idOf(row), row.mark]));
		rows = next;
		if (!rows.some((row) => idOf(row) === chosen && !row.gone)) chosen = "";
		draw();
		if (marked.length && told !== marks) $("rows").scrollTop = (body.querySelector(".marked")?.offsetTop ?? 60) - 60;
		marks = told;
	}

	const clock = () => { if (rows.length) $("now").textContent = CLOCK.format(Date.now() + shift); };
	setInterval(clock, 1000);

	return {
		/** Take what is new. */
		tell(news) {
			shift = news.now * 1000 - Date.now();
			if (news.ecr) take(news.ecr);
			clock();
		},
		/** Show what the outside world can do. */
		offer(deeds) {
			$("deeds").replaceChildren(...deeds.map((deed) => h("button", { type: "button", title: deed.says, data: { deed: deed.id }, onclick: async ({ target }) => {
				const row = rows.find((one) => idOf(one) === chosen);
				target.disabled = true;
				await play(deed.id, row && [row.account, row.region, row.name]);
				target.disabled = false;
			} }, deed.label)));
		},
	};
}
