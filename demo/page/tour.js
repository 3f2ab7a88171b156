/** The guided tour: what has happened is ticked, and each step can be shown where it happens. */
import { $, fill, h } from "./tags.js";

/** @param {(step) => void} show goes where a step happens, as whoever does it */
export function tour(show) {
	let steps = [], done = [];

	function draw() {
		const next = steps.find((step) => !done.includes(step.id));
		$("progress").textContent = next ? `${done.length} of ${steps.length}` : "all done";
		fill($("steps"), ...steps.map((step) => {
			const is = done.includes(step.id);
			return h(`li${is ? ".done" : ""}${step === next ? ".next" : ""}`, { data: { step: step.id } },
				h("span.tick", { role: "img", "aria-label": is ? "done" : "to do" }, is ? "✓" : ""),
				h("div", {}, h("b", {}, step.title), step === next && h("p.small", {}, step.how)),
				!is && h("button.quiet", { type: "button", "aria-label": `Show me: ${step.title}`, onclick: () => show(step) }, "Show me"));
		}));
	}

	return {
		offer(all) { steps = all; draw(); },
		tell(news) { if (news.done) { done = news.done; draw(); } },
	};
}
