import type { UsagePoint, UsagePointRow, UsageReport, UsageRow } from "../../api/schema.d.ts";
import type { MeasureName } from "./search.ts";

/** One colour of the chart: a model, project, key, … */
export interface Series {
  /** Its place among all, which names it in a point: `s0`. */
  id: string;
  /** Of the group; undefined for the sum of all others. */
  value: string | undefined;
  /** What people call it; empty for requests that name none. */
  name: string;
}

/** A bar: the value of each series by its id. Values are for drawing only; texts come from `exactOf`. */
export interface Bar {
  since: string;
  values: Record<string, number>;
}

const nanoPerUnit = 1_000_000_000n;

/** A decimal of the API in units of 10⁻⁹, exact. */
export function nanoOf(decimal: string): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal) ?? [];
  const nano = BigInt(whole) * nanoPerUnit + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return sign === "-" ? -nano : nano;
}

export function decimalOf(nano: bigint): string {
  const size = nano < 0n ? -nano : nano;
  const fraction = String(size % nanoPerUnit)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${nano < 0n ? "-" : ""}${size / nanoPerUnit}${fraction === "" ? "" : `.${fraction}`}`;
}

type Sum = Pick<UsagePointRow, "requests" | "input_tokens" | "cached_input_tokens" | "output_tokens" | "cost">;

/** What is measured of a row; of a cost a number that is near enough to draw. */
export function measureOf(row: Sum, measure: MeasureName): number {
  if (measure === "cost") return Number(row.cost);
  return measure === "tokens" ? row.input_tokens + row.output_tokens : row.requests;
}

/** The rows of a report as series, the largest first, and all others as the last one. */
export function seriesOf(report: UsageReport, measure: MeasureName): Series[] {
  const rows = report.rows.toSorted((one, other) => measureOf(other, measure) - measureOf(one, measure));
  const series: Series[] = rows.map(({ groups: [value = ""], name }, place) => ({
    id: `s${place}`,
    value,
    name: name ?? value,
  }));
  return report.more > 0 ? [...series, { id: "rest", value: undefined, name: "" }] : series;
}

export function barsOf(points: readonly UsagePoint[], series: readonly Series[], measure: MeasureName): Bar[] {
  const idOf = new Map(series.map(({ value, id }) => [value, id]));
  return points.map(({ since, rows, rest }) => {
    const values: Record<string, number> = {};
    const add = (id: string | undefined, row: UsagePointRow) => {
      if (id !== undefined) values[id] = (values[id] ?? 0) + measureOf(row, measure);
    };
    for (const row of rows) add(idOf.get(row.groups[0] ?? ""), row);
    for (const row of rest) add(idOf.get(undefined), row);
    return { since, values };
  });
}

/** All of one currency together. */
export interface Totals {
  currency: string;
  requests: number;
  input: number;
  cached: number;
  output: number;
  cost: bigint;
}

/** By currency, the one of most requests first. */
export function totalsOf(rows: readonly UsageRow[]): Totals[] {
  const totals = new Map<string, Totals>();
  for (const { currency, requests, input_tokens, cached_input_tokens, output_tokens, cost } of rows) {
    const sum = totals.get(currency) ?? { currency, requests: 0, input: 0, cached: 0, output: 0, cost: 0n };
    totals.set(currency, {
      currency,
      requests: sum.requests + requests,
      input: sum.input + input_tokens,
      cached: sum.cached + cached_input_tokens,
      output: sum.output + output_tokens,
      cost: sum.cost + nanoOf(cost),
    });
  }
  return [...totals.values()].toSorted(
    (one, other) => other.requests - one.requests || (one.currency < other.currency ? -1 : 1),
  );
}

/** How much more than before, as a share; undefined where there was nothing. */
export function changeOf(now: number, before: number): number | undefined {
  return before === 0 ? undefined : (now - before) / before;
}
