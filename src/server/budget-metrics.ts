import type { Clock } from "../base/clock.ts";
import { nanoPerUnit } from "../base/money.ts";
import { seriesName, type MetricValues } from "../base/metric-values.ts";
import { metersOf, readMoneyLeft, type MoneyLeft, type ProjectAccounts, type Store } from "../ledger/index.ts";

/** Projects whose budgets are told: those that the configuration has first. */
const projectsMax = 200;
/** What was read is good for so long: several may scrape. */
const knownMs = 2_000;
/** A scrape waits for the store no longer than that, and tells what was last known. */
const waitMs = 1_000;

interface BudgetMetricsDeps {
  store: Pick<Store, "openMeters" | "readMeters">;
  clock: Clock;
  accounts: () => ReadonlyMap<string, ProjectAccounts> | undefined;
}

/** What is left of the hard budgets of projects and their organisations, as the store knows it. */
export class BudgetMetrics {
  readonly #deps: BudgetMetricsDeps;
  #values: MetricValues = {};
  #readMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(deps: BudgetMetricsDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async read(): Promise<MetricValues> {
    if (this.#deps.clock.monotonic() - this.#readMs > knownMs) {
      this.#reading ??= this.#readStore().finally(() => (this.#reading = undefined));
      await Promise.race([this.#reading, Bun.sleep(waitMs)]);
    }
    return this.#values;
  }

  async #readStore(): Promise<void> {
    const { store, clock, accounts } = this.#deps;
    const nowMs = clock.now();
    try {
      const projects = [...(accounts()?.values() ?? [])].slice(0, projectsMax);
      const meters = projects.flatMap((project) => metersOf({ keyId: "", bounds: undefined }, project, nowMs).meters);
      // Projects of one organisation have its meters in common.
      const own = new Map(meters.map((meter) => [meter.terms.id, meter]));
      this.#values = valuesOf(await readMoneyLeft(store, [...own.values()], nowMs));
      this.#readMs = clock.monotonic();
    } catch {
      // What was last known stays; `sahab_store_up` tells of a store that does not answer.
    }
  }
}

function valuesOf(all: readonly MoneyLeft[]): MetricValues {
  const values: MetricValues = {};
  for (const { terms, limit, left } of all) {
    const labels = { account: terms.account, period: terms.period ?? "prepaid", currency: terms.currency };
    values[seriesName("sahab_budget_limit", labels)] = Number(limit) / nanoPerUnit;
    values[seriesName("sahab_budget_left", labels)] = Number(left) / nanoPerUnit;
  }
  return values;
}
