import { scaleLinear } from "d3-scale";
import { html } from "hono/html";
import { chartWidth, cutLabel, figure, widthOf, type Markup } from "./chart.ts";

export interface Bar {
  label: string;
  value: number;
  /** The value as a reader sees it, with its unit. */
  text: string;
  /** Where it may lie, too, drawn as a thin line. */
  range?: { low: number; high: number };
}

const rowHeight = 30;
const barHeight = 18;
const labelWidth = 262;
const labelChars = 38;

/** Horizontal bars from zero, in the order given. */
export function barChart(caption: string, bars: readonly Bar[]): Markup {
  const most = Math.max(0, ...bars.map(({ value, range }) => Math.max(value, range?.high ?? value)));
  const valueWidth = widthOf(
    bars.map(({ text }) => text),
    8,
  );
  const x = scaleLinear([0, most || 1], [labelWidth, chartWidth - valueWidth]);
  const rows = bars.map(({ label, value, text, range }, place) => {
    const top = place * rowHeight + (rowHeight - barHeight) / 2;
    const middle = place * rowHeight + rowHeight / 2;
    const end = Math.max(x(Math.max(0, value)), range ? x(Math.max(0, range.high)) : 0);
    return html`<g>
      <title>${label}: ${text}</title>
      <text x="${labelWidth - 10}" y="${middle}" class="label" text-anchor="end">${cutLabel(label, labelChars)}</text>
      <rect
        x="${labelWidth}"
        y="${top}"
        width="${round(x(Math.max(0, value)) - labelWidth)}"
        height="${barHeight}"
        class="bar"
      ></rect>
      ${
        range
          ? html`<path
              d="M${round(x(Math.max(0, range.low)))} ${middle}H${round(x(range.high))}m0 -4v8M${round(x(Math.max(0, range.low)))} ${middle - 4}v8"
              class="whisker"
            ></path>`
          : ""
      }
      <text x="${round(end + 8)}" y="${middle}" class="value">${text}</text>
    </g>`;
  });
  const description = bars.map(({ label, text }) => `${label} ${text}`).join("; ");
  const share = (value: number) => round((Math.max(0, value) / (most || 1)) * 100);
  const narrow = html`<dl class="narrow">
    ${bars.map(
      ({ label, value, text }) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${text}<i style="width:${share(value)}%"></i></dd>
        </div>`,
    )}
  </dl>`;
  return figure(caption, description, bars.length * rowHeight, rows, narrow);
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
