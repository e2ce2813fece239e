import {
  countColumns,
  decodeAttempts,
  usageColumns,
  type Amounts,
  type UsageSum,
  type UsageValues,
} from "../record/index.ts";
import { amountsBeyond, moves } from "./move-attempts.ts";
import { rollups, type RollupAmount, type RollupName, type RollupPart } from "./rollup-columns.ts";

/** A row of roll-ups, as numbers. */
export interface Rollup extends Readonly<Record<RollupPart, string>> {
  readonly span: RollupName;
  /** Start of the span, in milliseconds since 1970. */
  readonly time: number;
  requests: number;
  providerRequests: number;
  stated: number;
  /** In the order of `countColumns`. */
  readonly counts: number[];
  readonly amounts: Record<RollupAmount, bigint>;
}

/**
 * What records add to the roll-ups: one row for each span, parts and currency. Attempts at other providers than the record's count
 * for these already, and amounts in other currencies in these, as `moveAttempts` does it for records.
 */
export function rollUp(records: readonly UsageValues[]): Rollup[] {
  const fine = new Sums();
  for (const values of records) addRecord(fine, values);
  const coarse = new Sums();
  for (const sum of fine) {
    for (const [span, { spanMs, keeps }] of spans) {
      const parts = { ...noParts };
      for (const part of keeps) parts[part] = sum[part];
      addSum(coarse.at(span, sum.time - modulo(sum.time, spanMs), parts), sum);
    }
  }
  return [...coarse].filter((sum) => !isZero(sum));
}

const spans = Object.entries(rollups) as [RollupName, (typeof rollups)[RollupName]][];
const finestMs = Math.min(...spans.map(([, { spanMs }]) => spanMs));

type Parts = Record<RollupPart, string>;
const noParts: Readonly<Parts> = {
  organisation: "",
  key_id: "",
  project: "",
  model: "",
  provider: "",
  end_user: "",
  currency: "",
};

/** Sums by all that they are told apart by. */
class Sums {
  readonly #sums = new Map<string, Rollup>();

  at(span: RollupName, time: number, parts: Readonly<Parts>): Rollup {
    const { organisation, key_id, project, model, provider, end_user, currency } = parts;
    // Texts may hold any character, so their lengths tell where one ends.
    const name = `${span} ${time} ${organisation.length} ${key_id.length} ${project.length} ${model.length} ${provider.length} ${currency} ${organisation}${key_id}${project}${model}${provider}${end_user}`;
    let sum = this.#sums.get(name);
    if (!sum) this.#sums.set(name, (sum = { ...parts, ...noSum(), span, time }));
    return sum;
  }

  [Symbol.iterator](): Iterator<Rollup> {
    return this.#sums.values();
  }
}

function noSum() {
  return {
    requests: 0,
    providerRequests: 0,
    stated: 0,
    counts: countColumns.map(() => 0),
    amounts: { cost: 0n, provider_cost: 0n, vendor_cost: 0n, compared_cost: 0n, account_cost: 0n },
  };
}

const placeOf = (name: (typeof usageColumns)[number]["name"]) =>
  usageColumns.findIndex((column) => column.name === name);
const countPlaces = countColumns.map(({ name }) => placeOf(name));
const places = {
  time: placeOf("time"),
  organisation: placeOf("organisation"),
  keyId: placeOf("keyId"),
  project: placeOf("project"),
  model: placeOf("model"),
  provider: placeOf("provider"),
  user: placeOf("user"),
  outcome: placeOf("outcome"),
  attemptCount: placeOf("attemptCount"),
  attempts: placeOf("attempts"),
  isSplit: placeOf("isSplit"),
  cost: placeOf("cost"),
  currency: placeOf("currency"),
  providerCost: placeOf("providerCost"),
  providerCurrency: placeOf("providerCurrency"),
  vendorCost: placeOf("vendorCost"),
  comparedCost: placeOf("comparedCost"),
  accountCost: placeOf("accountCost"),
  accountCurrency: placeOf("accountCurrency"),
};

function addRecord(sums: Sums, values: UsageValues): void {
  const textAt = (name: keyof typeof places) => String(values[places[name]] ?? "");
  const amountAt = (name: keyof typeof places) => {
    const value = values[places[name]] ?? null;
    return value === null ? null : BigInt(value);
  };
  const time = Number(values[places.time]);
  const start = time - modulo(time, finestMs);
  const currency = textAt("currency");
  const parts: Parts = {
    organisation: textAt("organisation"),
    key_id: textAt("keyId"),
    project: textAt("project"),
    model: textAt("model"),
    provider: textAt("provider"),
    end_user: textAt("user"),
    currency,
  };
  const own = sums.at("hour", start, parts);
  const sumIn = (other: string) => (other === currency ? own : sums.at("hour", start, { ...parts, currency: other }));

  own.requests++;
  own.providerRequests++;
  for (let i = 0; i < countPlaces.length; i++)
    own.counts[i] = (own.counts[i] ?? 0) + Number(values[countPlaces[i] ?? 0] ?? 0);
  const cost = amountAt("cost") ?? 0n;
  own.amounts.cost += cost;

  const providerCurrency = String(values[places.providerCurrency] ?? currency);
  const vendorCost = amountAt("vendorCost");
  addAmounts(sumIn(providerCurrency), {
    cost: 0n,
    providerCost: amountAt("providerCost") ?? cost,
    vendorCost,
    comparedCost: amountAt("comparedCost"),
  });
  const accountCost = amountAt("accountCost");
  sumIn(accountCost === null ? currency : textAt("accountCurrency")).amounts.account_cost += accountCost ?? cost;

  const attemptCount = Number(values[places.attemptCount]);
  const isMixed = attemptCount > 1 || (attemptCount === 1 && values[places.outcome] !== "ok");
  const isSplit = Number(values[places.isSplit]) === 1;
  if (!isMixed && !isSplit) return;
  const attempts = decodeAttempts(textAt("attempts"));
  const row = { groups: [parts.provider], currency, providerCurrency, isStated: vendorCost !== null };
  const moved = isMixed
    ? moves({ ...row, at: (provider) => [provider] }, attempts)
    : attempts.flatMap((attempt) => amountsBeyond(row, attempt));
  for (const sum of moved)
    addMoved(sums.at("hour", start, { ...parts, provider: sum.groups[0] ?? "", currency: sum.currency }), sum);
}

function addMoved(to: Rollup, moved: UsageSum): void {
  to.providerRequests += moved.requests;
  for (const [i, { name }] of countColumns.entries()) to.counts[i] = (to.counts[i] ?? 0) + moved[name];
  addAmounts(to, moved);
}

function addAmounts(to: Rollup, { cost, providerCost, vendorCost, comparedCost }: Readonly<Amounts>): void {
  to.amounts.cost += cost;
  to.amounts.provider_cost += providerCost;
  to.amounts.compared_cost += comparedCost ?? 0n;
  if (vendorCost === null) return;
  to.amounts.vendor_cost += vendorCost;
  to.stated++;
}

function addSum(to: Rollup, added: Rollup): void {
  to.requests += added.requests;
  to.providerRequests += added.providerRequests;
  to.stated += added.stated;
  for (let i = 0; i < to.counts.length; i++) to.counts[i] = (to.counts[i] ?? 0) + (added.counts[i] ?? 0);
  for (const name of amountNames) to.amounts[name] += added.amounts[name];
}

const amountNames = Object.keys(noSum().amounts) as RollupAmount[];

/** A provider that was tried in vain has nothing. */
function isZero({ requests, providerRequests, stated, counts, amounts }: Rollup): boolean {
  const numbers = [requests, providerRequests, stated, ...counts];
  return numbers.every((number) => number === 0) && amountNames.every((name) => amounts[name] === 0n);
}

/** Never negative, unlike `%`. */
function modulo(value: number, divisor: number): number {
  return value - Math.floor(value / divisor) * divisor;
}
