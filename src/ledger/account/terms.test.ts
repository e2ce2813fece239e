import { expect, test } from "bun:test";
import { parseAccountBounds, parseAccountTerms, parseKeyBounds } from "./terms.ts";

test("one budget and a list of them are the same to an account", () => {
  const one = { amount: "0.000000001", period: "day" as const };
  const terms = { currency: "CNY", time_zone: "Asia/Shanghai" };
  const parsed = parseAccountTerms("project:p", { ...terms, budget: one });
  expect(parsed).toEqual(parseAccountTerms("project:p", { ...terms, budget: [one] }));
  expect(parsed).toEqual({
    account: "project:p",
    currency: "CNY",
    timeZone: "Asia/Shanghai",
    budgets: [{ amount: 1n, period: "day", soft: false }],
    prepaid: false,
    limits: [],
    sessionBudget: undefined,
  });
});

test("limits of a pattern of models stand beside the limits of all", () => {
  const bounds = parseAccountBounds("project:p", {
    limits: { rpm: 600, tpm: 2_000_000, concurrency: 50, models: { "qwen-*": { rpm: 60 } } },
  });
  expect(bounds?.limits.map(({ measure, amount }) => [measure, amount])).toEqual([
    ["requests", 600n],
    ["tokens", 2_000_000n],
    ["concurrency", 50n],
    ["requests", 60n],
  ]);
  const models = bounds?.limits[3]?.models;
  expect([models?.includes("qwen-max"), models?.includes("deepseek")]).toEqual([true, false]);
});

test("a key's row is compiled, also one that an earlier version wrote", () => {
  const old = JSON.stringify({ budget: { amount: 5, period: "month" }, limits: { rpm: 3 } });
  expect(parseKeyBounds({ id: "key_1", terms: old })).toMatchObject({
    account: "key:key_1",
    budgets: [{ amount: 5_000_000_000n, period: "month", soft: false }],
    limits: [{ measure: "requests", amount: 3n }],
  });
  expect(parseKeyBounds({ id: "key_1", terms: "{}" })).toBeUndefined();
  expect(parseKeyBounds({ id: "key_1", terms: '{"budget":[],"limits":{}}' })).toBeUndefined();
  expect(parseKeyBounds({ id: "key_1", terms: '{"session_budget":"0"}' })?.sessionBudget).toBe(0n);
});
