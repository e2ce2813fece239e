import { nanoPerUnit } from "../base/money.ts";
import { seriesName, type MetricValues } from "../base/metric-values.ts";
import type { MetricName } from "../base/metric-table.ts";
import type { UsageRecord } from "../ledger/index.ts";

/** How many projects, and how many keys, have series of their own; further ones are counted together. */
const talliesMax = 200;
/** The value of all labels of what is counted together. No project may have such a name: it begins with no letter or digit. */
const otherLabel = "(other)";

interface Names {
  requests: MetricName;
  tokens: MetricName;
  cost: MetricName;
}

class Tally {
  requests = 0;
  input = 0;
  cachedInput = 0;
  output = 0;
  reasoning = 0;
  /** By currency, in nano-units. */
  readonly costs = new Map<string, number>();

  add(record: UsageRecord): void {
    this.requests++;
    this.input += record.inputTokens;
    this.cachedInput += record.cachedInputTokens;
    this.output += record.outputTokens;
    this.reasoning += record.reasoningTokens;
    const { cost, currency } = record;
    if (cost > 0n) this.costs.set(currency, (this.costs.get(currency) ?? 0) + Number(cost));
  }

  readInto(values: MetricValues, { requests, tokens, cost }: Names, labels: Record<string, string>): void {
    values[seriesName(requests, labels)] = this.requests;
    values[seriesName(tokens, { ...labels, kind: "input" })] = this.input;
    values[seriesName(tokens, { ...labels, kind: "cached_input" })] = this.cachedInput;
    values[seriesName(tokens, { ...labels, kind: "output" })] = this.output;
    values[seriesName(tokens, { ...labels, kind: "reasoning" })] = this.reasoning;
    for (const [currency, amount] of this.costs)
      values[seriesName(cost, { ...labels, currency })] = amount / nanoPerUnit;
  }
}

/** Requests, tokens and cost by something of which there may be many: the first 200 are counted apart. */
export class UsageTallies {
  readonly #names: Names;
  readonly #tallies = new Map<string, Tally>();
  #other: Tally | undefined;

  constructor(names: Names) {
    this.#names = names;
  }

  add(id: string, record: UsageRecord): void {
    let tally = this.#tallies.get(id);
    if (!tally) {
      if (this.#tallies.size < talliesMax) this.#tallies.set(id, (tally = new Tally()));
      else tally = this.#other ??= new Tally();
    }
    tally.add(record);
  }

  readInto(values: MetricValues, labelsOf: (id: string) => Record<string, string>): void {
    for (const [id, tally] of this.#tallies) tally.readInto(values, this.#names, labelsOf(id));
    if (!this.#other) return;
    const names = Object.keys(labelsOf(otherLabel));
    this.#other.readInto(values, this.#names, Object.fromEntries(names.map((name) => [name, otherLabel])));
  }
}
