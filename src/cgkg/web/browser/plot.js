// Numbers of an answer as bars, a line or points.
import { BarController, BarElement, CategoryScale, Chart, Legend, LinearScale, LineController, LineElement,
  PointElement, ScatterController, Tooltip } from "chart.js";
import { caption, numeric } from "./cells.js";
import { colour, element, onTheme } from "./dom.js";
import { numbersOf } from "./fitting.js";
import { gettext, number } from "./words.js";

Chart.register(BarController, BarElement, CategoryScale, Legend, LinearScale, LineController, LineElement,
  PointElement, ScatterController, Tooltip);

const MOST = 100;

/** Draw the chart in the element, with choices above it; what is returned takes it away. */
export function show(parent, answer, names) {
  const numbers = numbersOf(answer);
  const others = answer.variables.filter((name) => !numbers.includes(name));
  const form = select(gettext("Form"), [["bar", gettext("bars")], ["line", gettext("line")],
    ...(numbers.length > 1 ? [["scatter", gettext("points")]] : [])]);
  const along = select(gettext("Along"), [...others, ...numbers].map((name) => [name, `?${name}`]));
  const value = select(gettext("Number"), numbers.toReversed().map((name) => [name, `?${name}`]));
  const canvas = element("canvas", { role: "img" });
  parent.append(
    element("p", { class: "controls" }, form.label, along.label, value.label),
    element("div", { class: "wb-chart" }, canvas),
    answer.rows.length > MOST ? element("p", { class: "quiet" },
      gettext("Only the first {drawn} of {count} rows are drawn.", { drawn: MOST, count: number(answer.rows.length) })) : "",
  );
  let chart;
  const draw = () => {
    chart?.destroy();
    canvas.setAttribute("aria-label", gettext("Chart of {value} along {along}; the table says the same.", { value: value.field.value, along: along.field.value }));
    chart = new Chart(canvas, settings(answer.rows.slice(0, MOST), form.field.value, along.field.value, value.field.value, names));
  };
  for (const each of [form, along, value]) each.field.addEventListener("change", draw);
  draw();
  const stop = onTheme(draw);
  return () => { stop(); chart.destroy(); };
}

function select(text, options) {
  const field = element("select", {}, ...options.map(([value, label]) => element("option", { value }, label)));
  return { field, label: element("label", {}, `${text} `, field) };
}

function settings(rows, form, along, value, names) {
  const points = rows.filter((row) => row[value]);
  const ink = { color: colour("ink") };
  const grid = { color: colour("line") };
  const scatter = form === "scatter" && points.every((row) => numeric(row[along]) !== undefined);
  return {
    type: scatter ? "scatter" : form === "scatter" ? "bar" : form,
    data: {
      labels: points.map((row) => caption(row[along] ?? { value: "" }, names)),
      datasets: [{
        label: value,
        data: points.map((row) => (scatter ? { x: numeric(row[along]), y: numeric(row[value]) } : numeric(row[value]))),
        backgroundColor: colour("link"),
        borderColor: colour("link"),
        maxBarThickness: 48,
      }],
    },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      plugins: { legend: { display: false } },
      scales: {
        x: { ticks: ink, grid: { display: false }, title: { display: true, text: along, ...ink } },
        y: { ticks: ink, grid, beginAtZero: form === "bar", title: { display: true, text: value, ...ink } },
      },
    },
  };
}
