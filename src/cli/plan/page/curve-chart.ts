import { scaleLinear } from "d3-scale";
import { area, line } from "d3-shape";
import { html } from "hono/html";
import { round } from "./bar-chart.ts";
import { chartWidth, figure, widthOf, type Markup } from "./chart.ts";

export interface CurvePoint {
  x: number;
  likely: number;
  low: number;
  high: number;
}

export interface Axis {
  title: string;
  show: (value: number) => string;
}

const height = 320;
const top = 16;
const bottom = 56;

/** A line of likely values in a band of low to high ones, with a mark at `here`, the plan's own value. */
export function curveChart(
  caption: string,
  points: readonly CurvePoint[],
  { xAxis, yAxis, here }: { xAxis: Axis; yAxis: Axis; here: number },
): Markup {
  const x = scaleLinear()
    .domain([0, Math.max(...points.map((point) => point.x))])
    .nice(5);
  const y = scaleLinear([0, Math.max(...points.map((point) => point.high))], [height - bottom, top]).nice(5);
  const left = widthOf(y.ticks(5).map(yAxis.show), 10);
  const right = widthOf(x.ticks(5).map(xAxis.show), 0) / 2;
  x.range([left, chartWidth - right]);
  const band = area<CurvePoint>(
    (point) => x(point.x),
    (point) => y(point.low),
    (point) => y(point.high),
  ).digits(1);
  const middle = line<CurvePoint>(
    (point) => x(point.x),
    (point) => y(point.likely),
  ).digits(1);
  const own = points.find((point) => point.x === here);
  const drawing = [
    ...y
      .ticks(5)
      .map(
        (tick) =>
          html`<path d="M${left} ${round(y(tick))}H${chartWidth - right}" class="grid"></path>
            <text x="${left - 8}" y="${round(y(tick))}" class="small" text-anchor="end">${yAxis.show(tick)}</text>`,
      ),
    ...x
      .ticks(5)
      .map(
        (tick) =>
          html`<text x="${round(x(tick))}" y="${height - bottom + 18}" class="small" text-anchor="middle">
            ${xAxis.show(tick)}
          </text>`,
      ),
    html`<path d="${band(points)}" class="band"></path>
      <path d="${middle(points)}" class="line"></path>
      <text x="${(left + chartWidth - right) / 2}" y="${height - 14}" class="label" text-anchor="middle">
        ${xAxis.title}
      </text>`,
    own
      ? html`<circle cx="${round(x(own.x))}" cy="${round(y(own.likely))}" r="5" class="dot">
          <title>${xAxis.show(own.x)}: ${yAxis.show(own.likely)}</title>
        </circle>`
      : html``,
  ];
  const description = points
    .map(
      (point) =>
        `${xAxis.show(point.x)}: ${yAxis.show(point.likely)} (${yAxis.show(point.low)} to ${yAxis.show(point.high)})`,
    )
    .join("; ");
  return figure(caption, `${yAxis.title} by ${xAxis.title}: ${description}`, height, drawing);
}
