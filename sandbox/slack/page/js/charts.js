// data_visualization as inline SVG, with the same numbers in a table for those who cannot see it.

import { h, svg } from "./dom.js";

const WIDTH = 560;
const HEIGHT = 220;
const PLOT = { left: 48, right: 12, top: 12, bottom: 30 };
const number = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

function niceTop(value) {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.2, 1.6, 2, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= value);
}

function scales(chart) {
  const series = chart.series ?? [];
  const categories = chart.axis_config?.categories ?? series[0]?.data?.map((point) => point.label) ?? [];
  const values = series.flatMap((one) => (one.data ?? []).map((point) => Number(point.value) || 0));
  const top = niceTop(Math.max(0, ...values));
  const low = Math.min(0, ...values);
  const bottom = low < 0 ? -niceTop(-low) : 0;
  const step = (WIDTH - PLOT.left - PLOT.right) / Math.max(1, categories.length);
  const y = (value) => PLOT.top + (1 - (value - bottom) / (top - bottom)) * (HEIGHT - PLOT.top - PLOT.bottom);
  const at = (one, category) => Number((one.data ?? []).find((point) => point.label === category)?.value ?? NaN);
  return { series, categories, top, bottom, step, x: (index) => PLOT.left + step * (index + 0.5), y, at };
}

function axes({ categories, top, bottom, step, x, y }) {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => bottom + (top - bottom) * part);
  const every = Math.ceil(46 / Math.max(step, 1));
  return [
    ticks.map((tick) =>
      svg(
        "g",
        {},
        svg("line", {
          class: tick === 0 ? "axis" : "grid",
          x1: PLOT.left,
          x2: WIDTH - PLOT.right,
          y1: y(tick),
          y2: y(tick),
        }),
        svg("text", { x: PLOT.left - 8, y: y(tick) + 4, "text-anchor": "end" }, short.format(tick)),
      ),
    ),
    categories.map(
      (name, index) =>
        index % every === 0 &&
        svg(
          "text",
          { x: x(index), y: HEIGHT - 10, "text-anchor": "middle" },
          name.length > 12 ? `${name.slice(0, 11)}…` : name,
        ),
    ),
  ];
}

function bars(plot) {
  const wide = Math.min(44, (plot.step * 0.66) / plot.series.length);
  return plot.series.map((one, which) =>
    plot.categories.map((category, index) => {
      const value = plot.at(one, category);
      if (Number.isNaN(value)) return null;
      const left = plot.x(index) - (wide * plot.series.length) / 2 + wide * which;
      const edge = Math.min(plot.y(value), plot.y(0));
      return svg(
        "rect",
        {
          class: `fill-${which % 6}`,
          x: left + 1,
          y: edge,
          width: Math.max(1, wide - 2),
          height: Math.abs(plot.y(value) - plot.y(0)),
          rx: 2,
        },
        svg("title", {}, `${one.name}, ${category}: ${number.format(value)}`),
      );
    }),
  );
}

function linesOf(plot, area) {
  return plot.series.map((one, which) => {
    const points = plot.categories
      .map((category, index) => [plot.x(index), plot.at(one, category), category])
      .filter(([, value]) => !Number.isNaN(value));
    const path = points.map(([x, value]) => `${x},${plot.y(value)}`).join(" ");
    const ground = points.length && `${points[0][0]},${plot.y(0)} ${path} ${points.at(-1)[0]},${plot.y(0)}`;
    return svg(
      "g",
      {},
      area && ground && svg("polygon", { class: `area fill-${which % 6}`, points: ground }),
      svg("polyline", { class: `line stroke-${which % 6}`, points: path }),
      points.map(([x, value, category]) =>
        svg(
          "circle",
          { class: `fill-${which % 6}`, cx: x, cy: plot.y(value), r: 3 },
          svg("title", {}, `${one.name}, ${category}: ${number.format(value)}`),
        ),
      ),
    );
  });
}

function pie(chart) {
  const segments = chart.segments ?? [];
  const sum = segments.reduce((total, one) => total + Number(one.value), 0) || 1;
  let turn = -Math.PI / 2;
  const slices = segments.map((one, which) => {
    const part = Number(one.value) / sum;
    const next = turn + part * Math.PI * 2;
    const point = (angle) => `${110 + 96 * Math.cos(angle)},${110 + 96 * Math.sin(angle)}`;
    const path =
      part > 0.9999
        ? "M110,14a96,96 0 1 1 -0.1,0z"
        : `M110,110L${point(turn)}A96,96 0 ${part > 0.5 ? 1 : 0} 1 ${point(next)}z`;
    turn = next;
    return svg(
      "path",
      { class: `slice fill-${which % 6}`, d: path },
      svg("title", {}, `${one.label}: ${number.format(one.value)}`),
    );
  });
  return { slices, names: segments.map((one) => `${one.label} ${Math.round((Number(one.value) / sum) * 100)} %`) };
}

function asTable(block, chart) {
  const rows = chart.segments
    ? chart.segments.map((one) => [one.label, [one.value]])
    : scales(chart).categories.map((name) => [name, (chart.series ?? []).map((one) => scales(chart).at(one, name))]);
  const heads = chart.segments ? ["Value"] : (chart.series ?? []).map((one) => one.name);
  return h(
    "table",
    { class: "for-ears" },
    h("caption", {}, block.title),
    h(
      "tr",
      {},
      h("th", {}, ""),
      heads.map((head) => h("th", {}, head)),
    ),
    rows.map(([name, values]) =>
      h(
        "tr",
        {},
        h("th", {}, name),
        values.map((value) => h("td", {}, Number.isNaN(value) ? "n/a" : number.format(value))),
      ),
    ),
  );
}

const legend = (names) =>
  h(
    "div",
    { class: "legend", "aria-hidden": "true" },
    names.map((name, which) => h("span", {}, h("i", { class: `swatch back-${which % 6}` }), name)),
  );

/** The figure of a data_visualization block. */
export function chart(block) {
  const data = block.chart ?? {};
  const title = h("figcaption", {}, block.title);
  if (data.type === "pie") {
    const { slices, names } = pie(data);
    return h(
      "figure",
      { class: "chart pie" },
      title,
      svg("svg", { viewBox: "0 0 220 220", role: "img", "aria-label": block.title }, slices),
      legend(names),
      asTable(block, data),
    );
  }
  const plot = scales(data);
  const marks = data.type === "bar" ? bars(plot) : linesOf(plot, data.type === "area");
  const axis = data.axis_config ?? {};
  return h(
    "figure",
    { class: "chart" },
    title,
    axis.y_label && h("span", { class: "axis-label" }, axis.y_label),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": block.title }, axes(plot), marks),
    axis.x_label && h("span", { class: "axis-label x" }, axis.x_label),
    plot.series.length > 1 && legend(plot.series.map((one) => one.name)),
    asTable(block, data),
  );
}
