import { scaleLinear } from "d3-scale";
import { html } from "hono/html";
import { round } from "./bar-chart.ts";
import { chartWidth, cutLabel, figure, type Markup } from "./chart.ts";

/** What a result becomes with one assumption at its low and at its high end. */
export interface Swing {
  label: string;
  /** The assumption's two ends, as a reader sees them. */
  ends: string;
  atLow: number;
  atHigh: number;
}

export interface SwingResult {
  name: string;
  likely: number;
  /** A value of the result as a reader sees it, in `unit`. */
  show: (value: number) => string;
  unit: string;
}

const rowHeight = 46;
const barHeight = 20;
const labelWidth = 230;
const margin = 60;
const axisHeight = 26;

/** A bar for each assumption around the likely result, the widest first: a "tornado". */
export function tornadoChart(caption: string, result: SwingResult, swings: readonly Swing[]): Markup {
  const { likely, show, unit } = result;
  const all = [likely, ...swings.flatMap(({ atLow, atHigh }) => [atLow, atHigh])];
  const x = scaleLinear([Math.min(...all), Math.max(...all)], [labelWidth + margin, chartWidth - margin]);
  const height = swings.length * rowHeight + axisHeight;
  const rows = swings.map((swing, place) => drawSwing(swing, { x, likely, show, top: axisHeight + place * rowHeight }));
  const axis = html`<path d="M${round(x(likely))} ${axisHeight - 4}V${height}" class="base"></path>
    <text x="${round(x(likely))}" y="${axisHeight / 2}" class="value" text-anchor="middle"
      >${show(likely)} ${unit}</text
    >`;
  const description = swings
    .map(({ label, ends, atLow, atHigh }) => {
      return `${label} (${ends}) moves ${result.name} from ${show(atLow)} to ${show(atHigh)} ${unit}`;
    })
    .join("; ");
  return figure(caption, description, height, [...rows, axis]);
}

interface Place {
  x: (value: number) => number;
  likely: number;
  show: (value: number) => string;
  top: number;
}

function drawSwing({ label, ends, atLow, atHigh }: Swing, { x, likely, show, top }: Place): Markup {
  const middle = top + rowHeight / 2;
  const side = (value: number, className: string) => {
    const [from, to] = [Math.min(x(value), x(likely)), Math.max(x(value), x(likely))];
    return html`<rect
      x="${round(from)}"
      y="${middle - barHeight / 2}"
      width="${round(to - from)}"
      height="${barHeight}"
      class="${className}"
    ></rect>`;
  };
  const [left, right] = [Math.min(atLow, atHigh, likely), Math.max(atLow, atHigh, likely)];
  return html`<g>
    <title>${label} (${ends}): ${show(atLow)} … ${show(atHigh)}</title>
    <text x="${labelWidth - 10}" y="${middle - 8}" class="label" text-anchor="end">${cutLabel(label, 34)}</text>
    <text x="${labelWidth - 10}" y="${middle + 9}" class="small" text-anchor="end"> ${cutLabel(ends, 40)} </text>
    ${side(atLow, "bar low")} ${side(atHigh, "bar high")}
    <text x="${round(x(left)) - 6}" y="${middle}" class="small" text-anchor="end">${show(left)}</text>
    <text x="${round(x(right)) + 6}" y="${middle}" class="small">${show(right)}</text>
  </g>`;
}
