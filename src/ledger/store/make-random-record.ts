import { countColumns, type AttemptRecord, type CountColumn, type UsageRecord } from "../record/index.ts";
import { makeAttempt, makeRecord } from "./store-contract.ts";

const currencies = ["USD", "CNY", "EUR"];

/** For tests: a record with up to three attempts at three providers, or none, or none that are listed. */
export function makeRandomRecord(random: () => number, fields: { id: string } & Partial<UsageRecord>): UsageRecord {
  const below = (count: number) => Math.floor(random() * count);
  const oneOf = (list: readonly string[]) => list[below(list.length)] ?? "";
  const providers = ["one", "two", "three"];
  const count = below(4);
  // Records of before attempts had currencies.
  const isOld = below(4) === 0;
  const usual = oneOf(currencies);
  const attempts = Array.from({ length: count }, (_, index) => {
    const wasReached = below(3) > 0;
    const isCharged = !isOld && below(2) === 0;
    return makeAttempt({
      provider: oneOf(providers),
      sentMs: wasReached ? 1 : null,
      firstTextMs: null,
      outcome: wasReached && index === count - 1 ? "ok" : "upstream_error",
      inputTokens: wasReached ? below(100) : 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: wasReached ? below(50) : 0,
      reasoningTokens: 0,
      images: wasReached ? below(5) : 0,
      cost: wasReached ? BigInt(below(1_000)) : 0n,
      currency: isOld ? null : below(3) > 0 ? usual : oneOf(currencies),
      providerCost: isCharged ? BigInt(below(1_000)) : null,
      providerCurrency: isCharged && below(2) === 0 ? oneOf(currencies) : null,
      vendorCost: !isOld && below(3) === 0 ? { amount: BigInt(below(1_000)), currency: oneOf(currencies) } : null,
    });
  });
  const sum = (name: CountColumn["name"]) => attempts.reduce((total, attempt) => total + attempt[name], 0);
  const tokens = Object.fromEntries(countColumns.map(({ name }) => [name, sum(name)]));
  const last = attempts.at(-1);
  const currency = last?.currency ?? usual;
  const providerCurrency = last?.providerCurrency ?? null;
  const parts = attempts.flatMap((attempt) => partsOf(attempt, currency));
  const own = partsWithin(parts, currency);
  const ofProvider = partsWithin(parts, providerCurrency ?? currency);
  const isStated = parts.some((part) => part.currency === (providerCurrency ?? currency) && part.isStated);
  return makeRecord({
    time: 1_000 * below(10_000),
    model: oneOf(["small", "large"]),
    provider: last?.provider ?? "",
    attemptCount: attempts.length,
    attempts: isOld && below(2) === 0 ? [] : attempts,
    outcome: last?.outcome ?? "model_not_found",
    ...tokens,
    currency,
    cost: own.cost,
    providerCost: isOld ? null : ofProvider.providerCost,
    providerCurrency,
    vendorCost: isStated ? ofProvider.vendorCost : null,
    comparedCost: isStated ? ofProvider.comparedCost : null,
    isSplit: parts.some(
      (part) =>
        (part.currency !== currency && part.cost !== 0n) ||
        (part.currency !== (providerCurrency ?? currency) && (part.providerCost !== 0n || part.isStated)),
    ),
    ...fields,
  });
}

export interface Part {
  currency: string;
  cost: bigint;
  providerCost: bigint;
  vendorCost: bigint;
  comparedCost: bigint;
  isStated: boolean;
}

/** What an attempt costs, said once for the charge and once for the provider. */
export function partsOf(attempt: AttemptRecord, requestCurrency: string): Part[] {
  const nothing = { cost: 0n, providerCost: 0n, vendorCost: 0n, comparedCost: 0n, isStated: false };
  const currency = attempt.currency ?? requestCurrency;
  const ofProvider = attempt.providerCurrency ?? currency;
  const providerCost = attempt.providerCost ?? attempt.cost;
  const isStated = attempt.vendorCost?.currency === ofProvider;
  return [
    { ...nothing, currency, cost: attempt.cost },
    {
      ...nothing,
      currency: ofProvider,
      providerCost,
      vendorCost: isStated ? (attempt.vendorCost?.amount ?? 0n) : 0n,
      comparedCost: isStated ? providerCost : 0n,
      isStated,
    },
  ];
}

export function partsWithin(parts: readonly Part[], currency: string) {
  const own = parts.filter((part) => part.currency === currency);
  const sum = (name: "cost" | "providerCost" | "vendorCost" | "comparedCost") =>
    own.reduce((total, part) => total + part[name], 0n);
  return {
    cost: sum("cost"),
    providerCost: sum("providerCost"),
    vendorCost: sum("vendorCost"),
    comparedCost: sum("comparedCost"),
  };
}
