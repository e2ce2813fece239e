import { expect, test } from "bun:test";
import { join } from "node:path";
import { createSealer } from "../../base/seal.ts";
import { chooseSeed, seededRandom } from "../../testing/random.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { tokenColumns, type TokenColumn, type UsageRecord, type UsageSum } from "../record/index.ts";
import { openSqliteStore } from "./sqlite.ts";
import { insert, makeAttempt, makeRecord } from "./store-contract.ts";

test("by provider each attempt counts for its own, and the sums are those of all requests", async () => {
  const folder = makeTemporaryFolder();
  const store = await openSqliteStore(join(folder, "sahab.db"), createSealer("the master key of the tests"));
  const random = seededRandom(chooseSeed("by provider"));
  const records = Array.from({ length: 6_000 }, (_, index) => makeRandomRecord(random, `req_${index}`));
  await insert(store, records);
  const all = { since: undefined, until: undefined, currency: undefined };
  const [byProvider, byProject] = await Promise.all([
    store.sumUsage({ ...all, groupBy: "provider" }),
    store.sumUsage({ ...all, groupBy: "project" }),
  ]);
  const sumOf = (rows: readonly UsageSum[], currency: string) => {
    const own = rows.filter((row) => row.currency === currency);
    const tokens = tokenColumns.map(({ name }) => own.reduce((sum, row) => sum + row[name], 0));
    return { tokens, cost: own.reduce((sum, row) => sum + row.cost, 0n) };
  };
  for (const currency of ["USD", "CNY"])
    expect({ currency, ...sumOf(byProvider, currency) }).toEqual({ currency, ...sumOf(byProject, currency) });
  const found = byProvider.map(({ group, currency, requests, inputTokens, cost }) => [
    `${group} ${currency}`,
    { requests, inputTokens, cost },
  ]);
  const expected = sumByHand(records);
  expect(found).toHaveLength(Object.keys(expected).length);
  expect(Object.fromEntries(found)).toEqual(expected);
  await store.close();
  removeTemporaryFolder(folder);
});

/** A record with up to three attempts at three providers, or none, or none that are listed. */
function makeRandomRecord(random: () => number, id: string): UsageRecord {
  const below = (count: number) => Math.floor(random() * count);
  const providers = ["one", "two", "three"];
  const count = below(4);
  const attempts = Array.from({ length: count }, (_, index) => {
    const wasReached = below(3) > 0;
    return makeAttempt({
      provider: providers[below(3)] ?? "",
      sentMs: wasReached ? 1 : null,
      firstTextMs: null,
      outcome: wasReached && index === count - 1 ? "ok" : "upstream_error",
      inputTokens: wasReached ? below(100) : 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: wasReached ? below(50) : 0,
      reasoningTokens: 0,
      cost: wasReached ? BigInt(below(1_000)) : 0n,
    });
  });
  const isOld = below(4) === 0;
  const sum = (name: TokenColumn["name"]) => attempts.reduce((total, attempt) => total + attempt[name], 0);
  const tokens = Object.fromEntries(tokenColumns.map(({ name }) => [name, sum(name)]));
  return makeRecord({
    id,
    time: 1_000 * below(10_000),
    provider: attempts.at(-1)?.provider ?? "",
    attemptCount: attempts.length,
    attempts: isOld ? [] : attempts,
    outcome: attempts.at(-1)?.outcome ?? "model_not_found",
    currency: below(3) > 0 ? "USD" : "CNY",
    ...tokens,
    cost: attempts.reduce((total, { cost }) => total + cost, 0n),
  });
}

function sumByHand(records: readonly UsageRecord[]) {
  const sums: Record<string, { requests: number; inputTokens: number; cost: bigint }> = {};
  const add = (provider: string, { currency }: UsageRecord, requests: number, inputTokens: number, cost: bigint) => {
    const sum = (sums[`${provider} ${currency}`] ??= { requests: 0, inputTokens: 0, cost: 0n });
    sum.requests += requests;
    sum.inputTokens += inputTokens;
    sum.cost += cost;
  };
  for (const record of records) {
    const { attempts } = record;
    if (attempts.length === 0) add(record.provider, record, 1, record.inputTokens, record.cost);
    for (const { provider, inputTokens, cost } of attempts) add(provider, record, 0, inputTokens, cost);
    const reached = new Set(attempts.filter(({ sentMs }) => sentMs !== null).map(({ provider }) => provider));
    if (attempts.length > 0 && reached.size === 0) reached.add("");
    for (const provider of reached) add(provider, record, 1, 0, 0n);
  }
  return sums;
}
