import { expect, test } from "bun:test";
import { join } from "node:path";
import { createSealer } from "../../base/seal.ts";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import type { UsageRecord } from "../record/index.ts";
import { makeRandomRecord, partsOf, partsWithin, type Part } from "./make-random-record.ts";
import { openSqliteStore } from "./sqlite.ts";
import { insert } from "./store-contract.ts";
import { wholeScope } from "./scope.ts";

test("each attempt counts for its provider, and each amount in its currency", async () => {
  const folder = makeTemporaryFolder();
  const store = await openSqliteStore(join(folder, "sahab.db"), createSealer("the master key of the tests"));
  const random = seededRandom(chooseSeed("by provider"));
  const records = Array.from({ length: 6_000 }, (_, index) => makeRandomRecord(random, { id: `req_${index}` }));
  await insert(store, records);
  const all = { since: undefined, until: undefined };
  for (const groupBy of ["provider", "model"] as const) {
    const expected = sumByHand(records, groupBy);
    const { rows } = await store.sumUsage(wholeScope, { ...all, currency: undefined, groupBy: [groupBy] });
    const found = rows.map(({ groups: [group], currency, requests, inputTokens, ...amounts }) => {
      const { cost, providerCost, vendorCost, comparedCost } = amounts;
      const stated = { vendorCost: vendorCost ?? 0n, comparedCost: comparedCost ?? 0n };
      return [`${group} ${currency}`, { requests, inputTokens, cost, providerCost, ...stated }];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(found).toHaveLength(Object.keys(expected).length);
    const { rows: ofOne } = await store.sumUsage(wholeScope, { ...all, currency: "CNY", groupBy: [groupBy] });
    expect(ofOne).toEqual(rows.filter(({ currency }) => currency === "CNY"));
  }
  await store.close();
  removeTemporaryFolder(folder);
});

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
