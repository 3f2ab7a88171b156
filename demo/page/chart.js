/** Charts as SVG, of what demo/live/charts.py made to scale. */
import { tag } from "./mrkdwn.js";

const HEIGHT = 200, BOTTOM = 178, ruler = document.createElement("canvas").getContext("2d");
ruler.font = "12px system-ui, sans-serif";
const wide = (words) => ruler.measureText(words).width;
const legend = (words) => words.map((one, at) => tag("span", tag(`i.c${at}`), one));

function s(name, attributes, ...inside) {
	const node = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
	node.append(...inside.flat(9));
	return node;
}

const picture = (width, height, label, inside) => s("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label }, inside);

/** Draw a chart, as wide as its room. */
export const chart = ({ title, drawn }) => tag("figure.chart", tag("figcaption", title), (drawn.segments ? pie : plot)(drawn));

function pie({ segments, label }) {
	let end = 0;
	const point = () => `${80 + 76 * Math.sin(end * 6.2832)} ${80 - 76 * Math.cos(end * 6.2832)}`;
	const slices = segments.map(([share, words], at) => {
		const part = Math.min(share, 0.9999), start = point();
		end += part;
		return s("path", { class: `slice c${at}`, d: `M80 80L${start}A76 76 0 ${+(part > 0.5)} 1 ${point()}Z` }, s("title", {}, words));
	});
	return tag("div.pie", picture(160, 160, label, slices), tag("div.legend", legend(segments.map(([, words]) => words))));
}

function plot({ type, label, categories, rows, zero, ticks, words, legend: last, below, above }) {
	const left = Math.max(...ticks.map(([, tick]) => wide(tick))) + 6, y = (part) => BOTTOM - part * (BOTTOM - 8), view = tag("div"), end = categories.length - 1;
	const draw = (width) => {
		const band = (width - left) / categories.length, bar = Math.min(40, (band * 0.8) / rows.length), x = (at) => left + band * (at + 0.5);
		const text = (x, y, said, anchor) => s("text", { x, y, "text-anchor": anchor }, said), path = (row) => row.map((part, at) => `${x(at)} ${y(part)}`).join("L");
		const each = Math.ceil((1.5 * Math.max(...categories.map(wide)) + 8) / band); // as many labels as never touch, the last among them
		const marks = {
			bar: (row, at) => row.map((part, place) => s("rect", { x: x(place) + (at - rows.length / 2) * bar, width: bar * 0.9, y: y(Math.max(part, zero)), height: Math.abs(y(part) - y(zero)) })),
			line: (row) => [s("path", { class: "line", d: `M${path(row)}` }), row.map((part, at) => s("circle", { cx: x(at), cy: y(part), r: 3 }))],
			area: (row) => [s("path", { class: "area", d: `M${x(0)} ${y(zero)}L${path(row)}V${y(zero)}Z` }), marks.line(row)],
		};
		view.replaceChildren(picture(width, HEIGHT, label, [
			ticks.map(([part, tick]) => [s("path", { class: "grid", d: `M${left} ${y(part)}H${width}` }), text(left - 6, y(part) + 4, tick, "end")]),
			categories.map((said, at) => ((end - at) % each ? [] : text(Math.max(wide(said) / 2, Math.min(x(at), width - wide(said) / 2)), HEIGHT - 6, said, "middle"))),
			rows.map((row, at) => s("g", { class: `c${at}` }, marks[type](row, at))),
			words.map((said, at) => s("rect", { class: "band", x: x(at) - band / 2, width: band, height: HEIGHT }, s("title", {}, said)))]));
	};
	draw(480);
	new ResizeObserver(([{ contentRect }]) => contentRect.width && draw(contentRect.width)).observe(view);
	return [above && tag("small", above), view, below && tag("small", below), tag("div.legend", tag("b", categories[end]), legend(last))];
}
