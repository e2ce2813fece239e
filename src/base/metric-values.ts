import { metricTable, type MetricName } from "./metric-table.ts";

/** Numbers of a process that can be merged with those of another. Keys are metric names with labels, as Prometheus writes them. */
export type MetricValues = Record<string, number>;

/** A key of MetricValues. Values of labels may be any text. */
export function seriesName(name: MetricName, labels: Readonly<Record<string, string>> = {}): string {
  const text = labelText(labels);
  return text === "" ? name : `${name}{${text}}`;
}

/** `model="nano",kind="input"`, escaped as the text format wants it. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(",");
}

function escapeValue(value: string): string {
  return value.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));
}

export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** Upper bounds of the buckets, ascending; what is above them all counts, too. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > (this.#bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** Adds its numbers; none where nothing was observed. Buckets are cumulative, as Prometheus has them, so they may be added across processes. */
  readInto(values: MetricValues, name: MetricName, labels = ""): void {
    if (this.#counts.every((bucket) => bucket === 0)) return;
    const own = labels === "" ? "" : `{${labels}}`;
    const before = labels === "" ? "" : `${labels},`;
    let count = 0;
    for (const [at, bucket] of this.#counts.entries()) {
      count += bucket;
      values[`${name}_bucket{${before}le="${this.#bounds[at] ?? "+Inf"}"}`] = count;
    }
    values[`${name}_sum${own}`] = this.#sum;
    values[`${name}_count${own}`] = count;
  }
}

/** Prometheus text (format 0.0.4) of all processes together. */
export function renderMetrics(all: readonly MetricValues[]): string {
  const families = new Map<string, Map<string, number>>();
  for (const values of all)
    for (const [series, value] of Object.entries(values)) {
      const name = familyOf(series);
      let family = families.get(name);
      if (!family) families.set(name, (family = new Map()));
      const before = family.get(series);
      family.set(series, before === undefined ? value : merge(name, before, value));
    }
  const lines: string[] = [];
  for (const [name, { type, help }] of metricTable) {
    const family = families.get(name);
    if (!family) continue;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [series, value] of family) lines.push(`${series} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function merge(name: string, one: number, other: number): number {
  const how = metricTable.get(name)?.merge;
  return how === "max" ? Math.max(one, other) : how === "min" ? Math.min(one, other) : one + other;
}

function familyOf(series: string): string {
  const end = series.indexOf("{");
  const name = end === -1 ? series : series.slice(0, end);
  return metricTable.has(name) ? name : name.replace(/_(?:bucket|sum|count)$/, "");
}
