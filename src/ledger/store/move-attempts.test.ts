import { expect, test } from "bun:test";
import { join } from "node:path";
import { createSealer } from "../../base/seal.ts";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { countColumns, type AttemptRecord, type CountColumn, type UsageRecord } from "../record/index.ts";
import { openSqliteStore } from "./sqlite.ts";
import { insert, makeAttempt, makeRecord } from "./store-contract.ts";

test("each attempt counts for its provider, and each amount in its currency", async () => {
  const folder = makeTemporaryFolder();
  const store = await openSqliteStore(join(folder, "sahab.db"), createSealer("the master key of the tests"));
  const random = seededRandom(chooseSeed("by provider"));
  const records = Array.from({ length: 6_000 }, (_, index) => makeRandomRecord(random, `req_${index}`));
  await insert(store, records);
  const all = { since: undefined, until: undefined };
  for (const groupBy of ["provider", "model"] as const) {
    const expected = sumByHand(records, groupBy);
    const { rows } = await store.sumUsage({ ...all, currency: undefined, groupBy: [groupBy] });
    const found = rows.map(({ groups: [group], currency, requests, inputTokens, ...amounts }) => {
      const { cost, providerCost, vendorCost, comparedCost } = amounts;
      const stated = { vendorCost: vendorCost ?? 0n, comparedCost: comparedCost ?? 0n };
      return [`${group} ${currency}`, { requests, inputTokens, cost, providerCost, ...stated }];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(found).toHaveLength(Object.keys(expected).length);
    const { rows: ofOne } = await store.sumUsage({ ...all, currency: "CNY", groupBy: [groupBy] });
    expect(ofOne).toEqual(rows.filter(({ currency }) => currency === "CNY"));
  }
  await store.close();
  removeTemporaryFolder(folder);
});

const currencies = ["USD", "CNY", "EUR"];

/** A record with up to three attempts at three providers, or none, or none that are listed. */
function makeRandomRecord(random: () => number, id: string): UsageRecord {
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
    id,
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
  });
}

interface Part {
  currency: string;
  cost: bigint;
  providerCost: bigint;
  vendorCost: bigint;
  comparedCost: bigint;
  isStated: boolean;
}

/** What an attempt costs, said once for the charge and once for the provider. */
function partsOf(attempt: AttemptRecord, requestCurrency: string): Part[] {
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

function partsWithin(parts: readonly Part[], currency: string) {
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

function sumByHand(records: readonly UsageRecord[], groupBy: "provider" | "model") {
  type Sum = { requests: number; inputTokens: number } & ReturnType<typeof partsWithin>;
  const sums: Record<string, Sum> = {};
  const add = (group: string, currency: string, requests: number, inputTokens: number, parts: readonly Part[]) => {
    const amounts = partsWithin(parts, currency);
    const isEmpty = requests === 0 && inputTokens === 0 && Object.values(amounts).every((amount) => amount === 0n);
    if (isEmpty) return;
    const sum = (sums[`${group} ${currency}`] ??= { requests: 0, inputTokens: 0, ...partsWithin([], "") });
    sum.requests += requests;
    sum.inputTokens += inputTokens;
    for (const name of ["cost", "providerCost", "vendorCost", "comparedCost"] as const) sum[name] += amounts[name];
  };
  for (const record of records) {
    const { attempts, currency } = record;
    const groupFor = (provider: string) => (groupBy === "provider" ? provider : record.model);
    if (attempts.length === 0) {
      const stated = { vendorCost: record.vendorCost ?? 0n, comparedCost: record.comparedCost ?? 0n };
      const amounts = { cost: record.cost, providerCost: record.providerCost ?? record.cost, ...stated };
      add(groupFor(record.provider), currency, 1, record.inputTokens, [{ currency, ...amounts, isStated: false }]);
    }
    for (const attempt of attempts) {
      const parts = partsOf(attempt, currency);
      add(groupFor(attempt.provider), currency, 0, attempt.inputTokens, []);
      for (const of of new Set(parts.map((part) => part.currency))) add(groupFor(attempt.provider), of, 0, 0, parts);
    }
    if (groupBy === "model") {
      if (attempts.length > 0) add(record.model, currency, 1, 0, []);
      continue;
    }
    const reached = new Set(attempts.filter(({ sentMs }) => sentMs !== null).map(({ provider }) => provider));
    if (attempts.length > 0 && reached.size === 0) reached.add("");
    for (const provider of reached) add(provider, currency, 1, 0, []);
  }
  return sums;
}
