import { Histogram, labelText, seriesName, type MetricValues } from "../base/metric-values.ts";
import { nanoPerUnit } from "../base/money.ts";
import { refusalReasons, type Refusals } from "../base/refusals.ts";
import type { UsageRecord } from "../ledger/index.ts";
import { notKeptCodes, type StoredAnswers } from "./stored-answers.ts";
import { UsageTallies } from "./usage-tallies.ts";

/** Upper bounds of the histograms' buckets, in seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export interface GatewayMetrics {
  observe(record: UsageRecord): void;
  /** All numbers as they are now. */
  read(): MetricValues;
}

/** What is counted for one combination of labels. */
class Series {
  readonly labels: string;
  requests = 0;
  input = 0;
  cachedInput = 0;
  output = 0;
  reasoning = 0;
  /** By currency, in nano-units: a price may change to another. */
  readonly costs = new Map<string, { cost: number; stated: number; reckoned: number }>();
  readonly duration = new Histogram(buckets);
  readonly firstToken = new Histogram(buckets);

  constructor(labels: string) {
    this.labels = labels;
  }
}

/**
 * Metrics of the request path. Counting is a few additions on objects found by their labels, and the text is made when
 * somebody asks: a general library hashes the labels for every number, 2 µs a request against 0.45.
 * Labels come from the configuration and from closed tables, so their number is bounded; that of keys and projects is by itself.
 */
export function createGatewayMetrics(sources: {
  requestsInFlight: () => number;
  refusals: Refusals;
  answers: Pick<StoredAnswers, "notKept">;
  /** By its id; undefined where it is not known. */
  keyName: (id: string) => string | undefined;
}): GatewayMetrics {
  const series = new Map<string, Series>();
  const attempts = new Map<string, { provider: string; outcome: string; count: number }>();
  const projects = new UsageTallies({
    requests: "sahab_project_requests_total",
    tokens: "sahab_project_tokens_total",
    cost: "sahab_project_cost_total",
  });
  const keys = new UsageTallies({
    requests: "sahab_key_requests_total",
    tokens: "sahab_key_tokens_total",
    cost: "sahab_key_cost_total",
  });
  const labelsOfKey = (id: string) => {
    const [key = "", project = ""] = id.split("\n");
    return { key, name: sources.keyName(key) ?? key, project };
  };
  return {
    observe(record) {
      const { operation, model, provider, status, outcome } = record;
      const id = `${operation}\n${model}\n${provider}\n${status}\n${outcome}`;
      let found = series.get(id);
      if (!found) {
        found = new Series(labelText({ operation, model, provider, status: String(status), outcome }));
        series.set(id, found);
      }
      found.requests++;
      found.input += record.inputTokens;
      found.cachedInput += record.cachedInputTokens;
      found.output += record.outputTokens;
      found.reasoning += record.reasoningTokens;
      countCosts(found, record);
      found.duration.observe(record.latencyMs / 1000);
      if (record.firstTokenMs !== null) found.firstToken.observe(record.firstTokenMs / 1000);
      for (const attempt of record.attempts) countAttempt(attempts, attempt);
      projects.add(record.project, record);
      keys.add(`${record.keyId}\n${record.project}`, record);
    },
    read() {
      const values: MetricValues = { sahab_requests_in_flight: sources.requestsInFlight() };
      // All of them from the start, so that an alert sees the first one as an increase.
      for (const reason of refusalReasons)
        values[seriesName("sahab_refusals_total", { reason })] = sources.refusals.count(reason);
      for (const code of notKeptCodes)
        values[seriesName("sahab_answers_not_kept_total", { code })] = sources.answers.notKept(code);
      for (const one of series.values()) readSeries(values, one);
      for (const { provider, outcome, count } of attempts.values())
        values[seriesName("sahab_attempts_total", { provider, outcome })] = count;
      projects.readInto(values, (project) => ({ project }));
      keys.readInto(values, labelsOfKey);
      return values;
    },
  };
}

function readSeries(values: MetricValues, one: Series): void {
  const { labels } = one;
  for (const [currency, { cost, stated, reckoned }] of one.costs) {
    const ofCurrency = `{${labels},${labelText({ currency })}}`;
    if (cost > 0) values[`sahab_cost_total${ofCurrency}`] = cost / nanoPerUnit;
    if (stated + reckoned === 0) continue;
    values[`sahab_vendor_stated_cost_total${ofCurrency}`] = stated / nanoPerUnit;
    values[`sahab_vendor_reckoned_cost_total${ofCurrency}`] = reckoned / nanoPerUnit;
  }
  values[`sahab_requests_total{${labels}}`] = one.requests;
  values[`sahab_tokens_total{${labels},kind="input"}`] = one.input;
  values[`sahab_tokens_total{${labels},kind="cached_input"}`] = one.cachedInput;
  values[`sahab_tokens_total{${labels},kind="output"}`] = one.output;
  values[`sahab_tokens_total{${labels},kind="reasoning"}`] = one.reasoning;
  one.duration.readInto(values, "sahab_request_duration_seconds", labels);
  one.firstToken.readInto(values, "sahab_first_token_seconds", labels);
}

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

function countAttempt(
  attempts: Map<string, { provider: string; outcome: string; count: number }>,
  { provider, outcome }: UsageRecord["attempts"][number],
): void {
  const id = `${provider}\n${outcome}`;
  const found = attempts.get(id);
  if (found) found.count++;
  else attempts.set(id, { provider, outcome, count: 1 });
}
