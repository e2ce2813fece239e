import { html } from "hono/html";
import type { Compared, ComparedRow } from "../compared.ts";
import { showFigure, showValue } from "../show-value.ts";
import { barChart, type Bar } from "./bar-chart.ts";
import type { Markup } from "./chart.ts";
import { notesSection, wholePage } from "./whole-page.ts";

/** Results that are drawn where both plans have them in one unit. */
const drawn = new Set(["cost_per_million_tokens", "tokens_per_day", "power_watts", "energy_wh_per_million_tokens"]);

/** Two plans on one page: a table, charts of the most telling results, and what is assumed differently. */
export async function comparePage({ sides, rows, assumptions, notes }: Compared, made: string): Promise<string> {
  const [a, b] = sides;
  const title = `${a.report.title}, or: ${b.report.title}`;
  const body = html`<h1>Two plans</h1>
    <p><strong>A</strong> ${a.report.title} (${a.file})<br /><strong>B</strong> ${b.report.title} (${b.file})</p>
    <p>Likely values, with the 5th and 95th percentile in brackets.</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Result</th>
            <th class="number">A</th>
            <th class="number">B</th>
            <th class="number">B ÷ A</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(resultRow)}
        </tbody>
      </table>
    </div>
    ${rows.filter(({ key }) => drawn.has(key)).map(chartOf)} ${assumptionTable(assumptions)} ${notesSection(notes)}`;
  return wholePage(title, body, made);
}

function resultRow({ name, a, b, ratio, isUnlike }: ComparedRow): Markup {
  return html`<tr>
    <th scope="row">${name}${isUnlike ? " *" : ""}</th>
    <td class="number">${a ? showFigure(a) : "–"}</td>
    <td class="number">${b ? showFigure(b) : "–"}</td>
    <td class="number">${ratio === undefined ? "" : showValue(ratio, "")}</td>
  </tr>`;
}

function chartOf({ name, a, b }: ComparedRow): Markup {
  if (!a || !b || a.unit !== b.unit) return html``;
  const bars = [a, b].map((figure, place): Bar => ({
    label: "AB"[place] ?? "",
    value: figure.value,
    text: showFigure(figure),
    ...(figure.range && { range: figure.range }),
  }));
  return html`<h2>${name.charAt(0).toUpperCase() + name.slice(1)}</h2>
    ${barChart("Likely value, and where it may lie", bars)}`;
}

function assumptionTable(assumptions: Compared["assumptions"]): Markup {
  if (assumptions.length === 0) return html``;
  return html`<h2>Assumed differently</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Assumption</th>
            <th class="number">A</th>
            <th class="number">B</th>
          </tr>
        </thead>
        <tbody>
          ${assumptions.map(
            ({ name, a, b }) =>
              html`<tr>
                <td>${name}</td>
                <td class="number">${a}</td>
                <td class="number">${b}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}
