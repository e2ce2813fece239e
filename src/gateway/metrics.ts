import { refusalReasons, type Refusals } from "../base/refusals.ts";
import type { UsageRecord } from "../ledger/index.ts";
import { notKeptCodes, type StoredAnswers } from "./stored-answers.ts";

/** Upper bounds of the histograms' buckets, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Numbers of a process that can be added to those of another. Keys are metric names with labels, as Prometheus writes them. */
export type MetricValues = Record<string, number>;

export interface GatewayMetrics {
  observe(record: UsageRecord): void;
  /** All numbers as they are now. */
  read(): MetricValues;
}

const help: Record<string, { type: "counter" | "gauge" | "histogram"; help: string }> = {
  sahab_requests_total: { type: "counter", help: "Requests by their outcome" },
  sahab_tokens_total: { type: "counter", help: "Tokens by kind; cached_input is part of input, reasoning of output" },
  sahab_cost_total: { type: "counter", help: "What is charged, by currency" },
  sahab_vendor_stated_cost_total: { type: "counter", help: "What vendors state as their own bill, by currency" },
  sahab_vendor_reckoned_cost_total: {
    type: "counter",
    help: "What the requests for which vendors state a bill cost by the price book, by currency",
  },
  sahab_request_duration_seconds: { type: "histogram", help: "From a request's arrival to the end of its answer" },
  sahab_first_token_seconds: { type: "histogram", help: "From a request's arrival to its first token, streams only" },
  sahab_requests_in_flight: { type: "gauge", help: "Requests under way" },
  sahab_refusals_total: { type: "counter", help: "Connections and requests turned away at the door, by reason" },
  sahab_answers_not_kept_total: {
    type: "counter",
    help: "Answers that a request asked to keep and that could not be kept, by reason",
  },
  sahab_local_memory_budget_bytes: { type: "gauge", help: "What local models may hold together" },
  sahab_local_memory_reserved_bytes: { type: "gauge", help: "What of it local models take" },
  sahab_local_models: { type: "gauge", help: "Local models that are loaded when they are asked for, by state" },
  sahab_local_requests_waiting: { type: "gauge", help: "Requests that wait for a local model to be loaded" },
  sahab_local_loads_total: { type: "counter", help: "Loads of local models that have begun" },
  process_resident_memory_bytes: { type: "gauge", help: "Resident memory" },
};

/** What is counted for one combination of labels. */
class Series {
  requests = 0;
  input = 0;
  cachedInput = 0;
  output = 0;
  reasoning = 0;
  /** By currency, in nano-units: a price may change to another. */
  readonly costs = new Map<string, { cost: number; stated: number; reckoned: number }>();
  readonly duration = new Histogram();
  readonly firstToken = new Histogram();
}

class Histogram {
  readonly counts = new Float64Array(buckets.length + 1);
  sum = 0;

  observe(seconds: number): void {
    let at = 0;
    while (at < buckets.length && seconds > (buckets[at] ?? 0)) at++;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += seconds;
  }
}

/**
 * Metrics of the request path. Counting is a few additions on an object found by its labels, and the text is made when
 * somebody asks: a general library hashes the labels for every number, 2 µs a request against 0.3.
 * Labels come from the configuration and from closed tables, so their number is bounded.
 */
export function createGatewayMetrics(sources: {
  requestsInFlight: () => number;
  refusals: Refusals;
  answers: Pick<StoredAnswers, "notKept">;
}): GatewayMetrics {
  const series = new Map<string, Series>();
  return {
    observe(record) {
      const labels = `operation="${record.operation}",model="${record.model}",provider="${record.provider}",status="${record.status}",outcome="${record.outcome}"`;
      let found = series.get(labels);
      if (!found) {
        found = new Series();
        series.set(labels, found);
      }
      found.requests++;
      found.input += record.inputTokens;
      found.cachedInput += record.cachedInputTokens;
      found.output += record.outputTokens;
      found.reasoning += record.reasoningTokens;
      countCosts(found, record);
      found.duration.observe(record.latencyMs / 1000);
      if (record.firstTokenMs !== null) found.firstToken.observe(record.firstTokenMs / 1000);
    },
    read() {
      const values: MetricValues = {
        sahab_requests_in_flight: sources.requestsInFlight(),
        process_resident_memory_bytes: process.memoryUsage.rss(),
      };
      // All of them from the start, so that an alert sees the first one as an increase.
      for (const reason of refusalReasons)
        values[`sahab_refusals_total{reason="${reason}"}`] = sources.refusals.count(reason);
      for (const code of notKeptCodes)
        values[`sahab_answers_not_kept_total{code="${code}"}`] = sources.answers.notKept(code);
      for (const [labels, { requests, input, cachedInput, output, reasoning, costs, duration, firstToken }] of series) {
        for (const [currency, { cost, stated, reckoned }] of costs) {
          const ofCurrency = `{${labels},currency="${currency}"}`;
          if (cost > 0) values[`sahab_cost_total${ofCurrency}`] = cost / nanoPerUnit;
          if (stated + reckoned === 0) continue;
          values[`sahab_vendor_stated_cost_total${ofCurrency}`] = stated / nanoPerUnit;
          values[`sahab_vendor_reckoned_cost_total${ofCurrency}`] = reckoned / nanoPerUnit;
        }
        values[`sahab_requests_total{${labels}}`] = requests;
        values[`sahab_tokens_total{${labels},kind="input"}`] = input;
        values[`sahab_tokens_total{${labels},kind="cached_input"}`] = cachedInput;
        values[`sahab_tokens_total{${labels},kind="output"}`] = output;
        values[`sahab_tokens_total{${labels},kind="reasoning"}`] = reasoning;
        readHistogram(values, "sahab_request_duration_seconds", labels, duration);
        readHistogram(values, "sahab_first_token_seconds", labels, firstToken);
      }
      return values;
    },
  };
}

const nanoPerUnit = 1e9;

/** Numbers of Prometheus are doubles; the exact amounts are in the ledger. */
function countCosts({ costs }: Series, record: UsageRecord): void {
  const { cost, currency, providerCurrency, vendorCost, comparedCost } = record;
  if (cost > 0n) costsIn(costs, currency).cost += Number(cost);
  if (vendorCost === null) return;
  const compared = costsIn(costs, providerCurrency ?? currency);
  compared.stated += Number(vendorCost);
  compared.reckoned += Number(comparedCost ?? 0n);
}

function costsIn(costs: Series["costs"], currency: string) {
  let found = costs.get(currency);
  if (!found) costs.set(currency, (found = { cost: 0, stated: 0, reckoned: 0 }));
  return found;
}

/** Buckets are cumulative, as Prometheus has them, so they may be added across processes like counters. */
function readHistogram(values: MetricValues, name: string, labels: string, histogram: Histogram): void {
  if (histogram.counts.every((bucket) => bucket === 0)) return;
  let count = 0;
  for (const [at, bucket] of histogram.counts.entries()) {
    count += bucket;
    values[`${name}_bucket{${labels},le="${buckets[at] ?? "+Inf"}"}`] = count;
  }
  values[`${name}_sum{${labels}}`] = histogram.sum;
  values[`${name}_count{${labels}}`] = count;
}

/** Prometheus text (format 0.0.4) of the sums over all processes. */
export function renderMetrics(all: readonly MetricValues[]): string {
  const sums: MetricValues = {};
  for (const values of all) for (const [key, value] of Object.entries(values)) sums[key] = (sums[key] ?? 0) + value;
  const lines: string[] = [];
  for (const [name, { type, help: text }] of Object.entries(help)) {
    const own = Object.entries(sums).filter(([key]) => familyOf(key) === name);
    if (own.length === 0) continue;
    lines.push(`# HELP ${name} ${text}`, `# TYPE ${name} ${type}`, ...own.map(([key, value]) => `${key} ${value}`));
  }
  return `${lines.join("\n")}\n`;
}

function familyOf(key: string): string {
  const end = key.indexOf("{");
  const name = end === -1 ? key : key.slice(0, end);
  return help[name] ? name : name.replace(/_(bucket|sum|count)$/, "");
}
