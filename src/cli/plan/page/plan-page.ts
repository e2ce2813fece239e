import { html } from "hono/html";
import type { PlanCurve } from "../plan-curve.ts";
import type { PlanReport, ReportAssumption, ReportFigure } from "../plan-report.ts";
import { inOneScale, showFigure, showLikely, showSpan, showValue } from "../show-value.ts";
import { barChart, type Bar } from "./bar-chart.ts";
import type { Markup } from "./chart.ts";
import { curveChart } from "./curve-chart.ts";
import { tornadoChart } from "./tornado-chart.ts";
import { notesSection, wholePage } from "./whole-page.ts";

/** A plan's page: below its title `lead`, the answer in words. `made` says by which version and from which seed. */
export async function planPage(
  report: PlanReport,
  curve: PlanCurve | undefined,
  made: string,
  lead: readonly string[] = [],
): Promise<string> {
  const hasRanges = report.results.some(({ range }) => range !== undefined);
  const body = html`<h1>${report.title}</h1>
    ${lead.map((line) => html`<p class="lead">${line}</p>`)}
    <p>${hasRanges ? "Likely values, with the 5th and 95th percentile in brackets." : "Likely values."}</p>
    ${resultTable(report.results)} ${report.breakdowns.map(breakdownSection)} ${curve ? curveSection(curve) : ""}
    ${powerSection(report)} ${sensitivitySection(report)} ${assumptionSection(report.assumptions)}
    ${notesSection(report.notes)}`;
  return wholePage(report.title, body, made);
}

function resultTable(results: readonly ReportFigure[]): Markup {
  return html`<table>
    <tbody>
      ${results.map(
        (one) =>
          html`<tr>
            <th scope="row">${capitalised(one.name)}</th>
            <td class="number">${showFigure(one)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function breakdownSection({ total, parts }: PlanReport["breakdowns"][number]): Markup {
  const share = (value: number) => (total.value === 0 ? "" : `, ${((value / total.value) * 100).toFixed(1)} %`);
  const bars = parts.map((part) => ({ ...barOf(part), text: showValue(part.value, part.unit) + share(part.value) }));
  return html`<h2>${capitalised(total.name)}: ${showFigure(total)}</h2>
    ${barChart(`What ${total.name} consists of`, bars)}`;
}

function curveSection({ assumption, result, points }: PlanCurve): Markup {
  const axes = {
    xAxis: { title: assumption.name, show: (value: number) => showValue(value, assumption.unit) },
    yAxis: { title: result.name, show: (value: number) => showValue(value, result.unit) },
    here: assumption.value,
  };
  return html`<h2>${capitalised(result.name)} by ${assumption.name}</h2>
    ${curveChart("Likely values as a line, low to high as a band; the dot is this plan", points, axes)}`;
}

/** Results in watts that no breakdown shows. */
function powerSection({ results, breakdowns }: PlanReport): Markup {
  const shown = new Set(breakdowns.flatMap(({ total, parts }) => [total, ...parts].map(({ key }) => key)));
  const power = results.filter(({ key, unit }) => unit === "W" && !shown.has(key));
  if (power.length === 0) return html``;
  return html`<h2>Power</h2>
    ${barChart("Power, and where it may lie", power.map(barOf))}`;
}

function sensitivitySection({ results, sensitivity }: PlanReport): Markup {
  const result = results.find(({ key }) => key === sensitivity[0]?.result);
  if (!result) return html``;
  const swings = sensitivity.map(({ assumption, atLow, atHigh }) => ({
    label: assumption.name,
    ends: showSpan(assumption.low, assumption.high, assumption.unit),
    atLow,
    atHigh,
  }));
  const scale = inOneScale(result.value, result.unit);
  return html`<h2>What moves ${result.name} most</h2>
    <p><span class="key low"></span>assumption at its low end<span class="key high"></span>at its high end</p>
    ${tornadoChart(
      "Each assumption by itself, the others at their likely values",
      { name: result.name, likely: result.value, ...scale },
      swings,
    )}`;
}

function assumptionSection(assumptions: readonly ReportAssumption[]): Markup {
  const row = ({ name, unit, source, date, ...range }: ReportAssumption) => html`
    <tr>
      <td>${name}</td>
      <td class="number" data-title="Likely">${showLikely({ ...range, unit })}</td>
      <td class="number" data-title="Low – high">
        ${range.low === range.high ? "" : showSpan(range.low, range.high, unit)}
      </td>
      <td class="source" data-title="Source">${date === undefined ? source : `${source}, ${date}`}</td>
    </tr>
  `;
  return html`<h2>Assumptions</h2>
    <div class="scroll">
      <table class="stacked">
        <thead>
          <tr>
            <th>Assumption</th>
            <th class="number">Likely</th>
            <th class="number">Low – high</th>
            <th>Source</th>
          </tr>
        </thead>
        <tbody>
          ${assumptions.map(row)}
        </tbody>
      </table>
    </div>`;
}

function barOf({ name, value, unit, range }: ReportFigure): Bar {
  return { label: name, value, text: showFigure({ value, unit, range }), ...(range && { range }) };
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
