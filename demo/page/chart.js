/** Slack's charts as SVG: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block */
import { tag } from "./mrkdwn.js";
import { h } from "./tags.js";

const HEIGHT = 200, BOTTOM = 178, ruler = document.createElement("canvas").getContext("2d");
ruler.font = "12px system-ui, sans-serif";
const wide = (words) => ruler.measureText(words).width;
const say = (value, notation) => value.toLocaleString("en", { notation: Math.abs(value) < 1e15 ? notation : "scientific", maximumSignificantDigits: notation ? 4 : 15 });
const legend = (words) => words.map((one, at) => tag("span", tag(`i.c${at}`), one));

function s(name, attributes, ...inside) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...inside.flat(3));
  return node;
}

function number(value) {
  if (!Number.isFinite(value)) throw new TypeError("no number");
  return value;
}

const picture = (width, height, label, inside) => s("svg", { viewBox: `0 0 ${width} ${height}`, height, role: "img", "aria-label": label }, inside);

/** Draw a chart, as wide as its room. */
export const chart = ({ title, chart }) => tag("figure.chart", tag("figcaption", title.slice()), (chart.type === "pie" ? pie : plot)(title, chart));

function pie(title, { segments }) {
  const sum = segments.reduce((all, { value }) => all + number(value), 0) || 1, words = segments.map(({ label, value }) => `${label}: ${say(value)} (${Math.round((value / sum) * 100)} %)`);
  let end = 0;
  const point = () => `${80 + 76 * Math.sin(end * 6.2832)} ${80 - 76 * Math.cos(end * 6.2832)}`;
  const slices = segments.map(({ value }, at) => {
    const part = Math.min(value / sum, 0.9999), start = point();
    end += part;
    return s("path", { class: `slice c${at}`, d: `M80 80L${start}A76 76 0 ${+(part > 0.5)} 1 ${point()}Z` }, s("title", {}, words[at]));
  });
  return tag("div.pie", picture(160, 160, `${title}, pie chart. ${words.join(", ")}`, slices), tag("div.legend", legend(words)));
}

function plot(title, { type, series, axis_config: { categories, x_label: below, y_label: above } }) {
  const rows = series.map(({ data }) => categories.map((label) => number(data.find((one) => one.label === label).value))), values = rows.flat(), last = categories.length - 1;
  const told = (at) => series.map(({ name }, row) => `${name}: ${say(rows[row][at])}`), words = categories.map((label, at) => `${label}, ${told(at).join(", ")}`);
  const least = Math.min(0, ...values), most = Math.max(0, ...values), rough = (most - least || 1) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const nice = power * [1, 2, 5, 10].find((one) => one * power >= rough * 0.999), step = values.every(Number.isInteger) ? Math.max(1, nice) : nice;
  const first = Math.floor(least / step), count = number(Math.max(1, Math.ceil(most / step) - first)), ticks = Array.from({ length: count + 1 }, (_, at) => say((first + at) * step, "compact"));
  const left = Math.max(...ticks.map(wide)) + 6, y = (value) => BOTTOM - ((value / step - first) / count) * (BOTTOM - 8);
  let at = last;
  const read = (to) => {
    at = Math.max(0, Math.min(last, to));
    reading.replaceChildren(tag("b", categories[at]), ...legend(told(at)));
  };
  const draw = (width) => {
    const band = (width - left) / categories.length, bar = Math.min(40, (band * 0.8) / rows.length), x = (at) => left + band * (at + 0.5), label = (x, y, words, anchor = "middle") => s("text", { x, y, "text-anchor": anchor }, words);
    const each = Math.ceil((1.5 * Math.max(...categories.map(wide)) + 8) / band); // as many labels as never touch, the last among them
    const path = (row) => row.map((value, at) => `${x(at)} ${y(value)}`).join("L"), marks = {
      bar: (row, at) => row.map((value, place) => s("rect", { x: x(place) + (at - rows.length / 2) * bar, width: bar * 0.9, y: Math.min(y(value), y(0)), height: Math.abs(y(value) - y(0)) })),
      line: (row) => [s("path", { class: "line", d: `M${path(row)}` }), row.map((value, at) => s("circle", { cx: x(at), cy: y(value), r: 3 }))],
      area: (row) => [s("path", { class: "area", d: `M${x(0)} ${y(0)}L${path(row)}V${y(0)}Z` }), marks.line(row)],
    };
    view.replaceChildren(picture(width, HEIGHT, `${title}, ${type} chart. ${words.join("; ")}`, [
      ticks.map((tick, at) => [s("path", { class: "grid", d: `M${left} ${y((first + at) * step)}H${width}` }), label(left - 6, y((first + at) * step) + 4, tick, "end")]),
      categories.map((words, at) => ((last - at) % each ? [] : label(Math.max(wide(words) / 2, Math.min(x(at), width - wide(words) / 2)), HEIGHT - 6, words))),
      rows.map((row, at) => s("g", { class: `c${at}` }, marks[type](row, at))),
      words.map((said, at) => {
        const room = s("rect", { class: "band", x: x(at) - band / 2, width: band, height: HEIGHT }, s("title", {}, said));
        room.onpointerenter = () => read(at);
        return room;
      })]));
  };
  const reading = h("div.legend", { role: "status" }), view = h("div", { tabIndex: 0, role: "group", ariaLabel: `Values of ${title}, by the arrow keys`, onkeydown: ({ key }) => read(at + (key === "ArrowRight") - (key === "ArrowLeft")) });
  draw(480);
  read(last);
  new ResizeObserver(([{ contentRect }]) => contentRect.width && draw(contentRect.width)).observe(view);
  return [above && tag("small", above), view, below && tag("small", below), reading];
}
