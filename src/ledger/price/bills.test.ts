import { expect, test } from "bun:test";
import { formatNano } from "../../base/money.ts";
import { noUsage, type Usage } from "../../call/index.ts";
import { costOf, parsePrice, parsePrices, priceAt } from "./index.ts";

// Bills reckoned by hand from what vendors document; each says how.

const bill = (
  declared: Parameters<typeof parsePrice>[0],
  usage: Partial<Usage>,
  time = "2026-08-19T12:00:00Z",
  more = {},
) => formatNano(costOf({ ...noUsage, ...usage }, parsePrice(declared), { timeMs: Date.parse(time), ...more }));

const deepseekHours = {
  factor: 0.5,
  peak: [
    { hours: "01:00-04:00", days: "mon-fri" },
    { hours: "06:00-10:00", days: "mon-fri" },
  ],
  holidays: "cn",
};
const deepseek = { currency: "USD", input: 0.3, cached_input: 0.006, output: 1.2, off_peak: deepseekHours };

test("DeepSeek's published day of February 2025", () => {
  // 342 billion × 0.14 + 266 billion × 0.55 + 168 billion × 2.19 per million = 47,880 + 146,300 + 367,920.
  const price = { currency: "USD", input: 0.55, cached_input: 0.14, output: 2.19 };
  const billions = 1_000_000_000;
  const day = { inputTokens: 608 * billions, cachedInputTokens: 342 * billions, outputTokens: 168 * billions };
  expect(bill(price, day)).toBe("562100");
});

test("DeepSeek by the hour", () => {
  const used = { inputTokens: 1_000_000, cachedInputTokens: 600_000, outputTokens: 100_000 };
  // 400,000 × 0.30 + 600,000 × 0.006 + 100,000 × 1.20 = 0.12 + 0.0036 + 0.12.
  expect(bill(deepseek, used, "2026-08-19T01:00:00Z")).toBe("0.2436");
  expect(bill(deepseek, used, "2026-08-19T03:59:59.999Z")).toBe("0.2436");
  expect(bill(deepseek, used, "2026-08-19T04:00:00Z")).toBe("0.1218");
  expect(bill(deepseek, used, "2026-08-19T09:59:59Z")).toBe("0.2436");
  expect(bill(deepseek, used, "2026-08-19T10:00:00Z")).toBe("0.1218");
  // A Saturday, and the Thursday on which National Day falls.
  expect(bill(deepseek, used, "2026-08-22T02:00:00Z")).toBe("0.1218");
  expect(bill(deepseek, used, "2026-10-01T02:00:00Z")).toBe("0.1218");
  // Holidays end with their last day in Beijing: 8 October, a Thursday, is a working day.
  expect(bill(deepseek, used, "2026-10-08T02:00:00Z")).toBe("0.2436");
});

test("Anthropic: cache writes of five minutes and of an hour, reads, and a search", () => {
  const sonnet = {
    currency: "USD",
    input: 3,
    cached_input: 0.3,
    cache_write: 3.75,
    cache_write_1h: 6,
    output: 15,
    fees: { web_search: 0.01 },
  };
  // 1,000 × 3 + 2,000 × 3.75 + 500 × 6 + 10,000 × 0.3 + 800 × 15 = 28,500 millionths; two searches are 0.02.
  const used = {
    inputTokens: 13_500,
    cachedInputTokens: 10_000,
    cacheWriteTokens: 2_500,
    outputTokens: 800,
    parts: { cacheWriteHour: 500 },
    counts: { web_search: 2 },
  };
  expect(bill(sonnet, used)).toBe("0.0485");
  expect(bill({ ...sonnet, batch: 0.5 }, used, undefined, { isBatch: true })).toBe("0.03425");
});

test("Google: a prompt of more than 200,000 tokens is dearer as a whole, sound is priced apart", () => {
  const pro = {
    currency: "USD",
    input: 1.25,
    cached_input: 0.125,
    output: 10,
    tiers: [{ above: 200_000, input: 2.5, cached_input: 0.25, output: 15 }],
  };
  expect(bill(pro, { inputTokens: 200_000, outputTokens: 1_000 })).toBe("0.26");
  // 200,001 × 2.5 + 1,000 × 15 millionths.
  expect(bill(pro, { inputTokens: 200_001, outputTokens: 1_000 })).toBe("0.5150025");
  // Cached tokens count into the length: 50,001 × 2.5 + 150,000 × 0.25.
  expect(bill(pro, { inputTokens: 200_001, cachedInputTokens: 150_000 })).toBe("0.1625025");
  const flash = { currency: "USD", input: 0.3, audio_input: 1, output: 2.5 };
  // 1,000 of text and 3,000 of sound.
  expect(bill(flash, { inputTokens: 4_000, outputTokens: 200, parts: { audioInput: 3_000 } })).toBe("0.0038");
});

test("Alibaba: tiers, an answer with thinking, explicit cache", () => {
  const plus = { currency: "USD", input: 0.4, output: 1.2, thinking_output: 4 };
  expect(bill(plus, { inputTokens: 1_000, outputTokens: 500 })).toBe("0.001");
  // With thinking the whole output costs 4: 400 + 500 × 4.
  expect(bill(plus, { inputTokens: 1_000, outputTokens: 500, reasoningTokens: 300 })).toBe("0.0024");
  const coder = {
    currency: "CNY",
    input: 4,
    cached_input: 0.4,
    cache_write: 5,
    output: 16,
    tiers: [
      { above: 128_000, input: 10, cached_input: 1, cache_write: 12.5, output: 40 },
      { above: 32_000, input: 6, cached_input: 0.6, cache_write: 7.5, output: 24 },
    ],
  };
  // A write costs 125 % and a hit 10 %: 2,000 × 4 + 10,000 × 5 + 1,000 × 16, then 2,000 × 4 + 10,000 × 0.4 + 1,000 × 16.
  expect(bill(coder, { inputTokens: 12_000, cacheWriteTokens: 10_000, outputTokens: 1_000 })).toBe("0.074");
  expect(bill(coder, { inputTokens: 12_000, cachedInputTokens: 10_000, outputTokens: 1_000 })).toBe("0.028");
  expect(bill(coder, { inputTokens: 32_000 })).toBe("0.128");
  expect(bill(coder, { inputTokens: 32_001 })).toBe("0.192006");
  expect(bill(coder, { inputTokens: 128_001 })).toBe("1.28001");
});

test("OpenAI: service tiers, batch and long context", () => {
  const gpt = {
    currency: "USD",
    input: 2.5,
    cached_input: 0.25,
    output: 15,
    tiers: [{ above: 272_000, input: 5, cached_input: 0.5, output: 22.5 }],
    service_tiers: { flex: { factor: 0.5 }, priority: { input: 5, cached_input: 0.5, output: 30 } },
    batch: 0.5,
  };
  const used = { inputTokens: 10_000, cachedInputTokens: 4_000, outputTokens: 1_000, reasoningTokens: 600 };
  // 6,000 × 2.5 + 4,000 × 0.25 + 1,000 × 15: reasoning costs what output does.
  expect(bill(gpt, used)).toBe("0.031");
  expect(bill(gpt, { ...used, serviceTier: "default" })).toBe("0.031");
  expect(bill(gpt, { ...used, serviceTier: "flex" })).toBe("0.0155");
  // 6,000 × 5 + 4,000 × 0.5 + 1,000 × 30.
  expect(bill(gpt, { ...used, serviceTier: "priority" })).toBe("0.062");
  expect(bill(gpt, used, undefined, { isBatch: true })).toBe("0.0155");
  expect(bill(gpt, { ...used, inputTokens: 272_001, cachedInputTokens: 0 })).toBe("1.382505");
});

test("fees by the piece, with and without tokens", () => {
  const rerank = { currency: "USD", input: 0, output: 0, fees: { search: 0.002 } };
  expect(bill(rerank, { counts: { search: 3 } })).toBe("0.006");
  expect(bill({ currency: "USD", input: 1, output: 1, fees: { request: 0.005 } }, { inputTokens: 8_000 })).toBe(
    "0.013",
  );
  expect(bill(rerank, { counts: { image: 3 } })).toBe("0");
  const sound = (fees: Record<string, number>) => ({ currency: "USD", input: 0, output: 0, fees });
  // OpenAI's whisper-1 is 0.006 a minute, Groq's 0.111 an hour; both are counted in seconds.
  expect(bill(sound({ minute: 0.006 }), { counts: { second: 9 } })).toBe("0.0009");
  expect(bill(sound({ hour: 0.111 }), { counts: { second: 7 } })).toBe("0.000215833");
  expect(bill(sound({ second: 0.1, minute: 0.6, hour: 3.6 }), { counts: { second: 1 } })).toBe("0.111");
});

test("factors multiply, and a cost is rounded once", () => {
  const price = {
    currency: "USD",
    input: "0.000000003",
    output: 0,
    batch: 0.5,
    off_peak: { factor: 0.5, peak: [{ hours: "00:00-01:00" }] },
  };
  // 3 millionths of a nano-unit a token: 1,000,000 tokens are 3 nano-units, a quarter of which is 0.75.
  expect(bill(price, { inputTokens: 1_000_000 }, undefined, { isBatch: true })).toBe("0.000000001");
  // Half of 3 is 1.5, and even is 2.
  expect(bill(price, { inputTokens: 1_000_000 })).toBe("0.000000002");
});

test("prices follow each other by date, and what comes before the first has the first", () => {
  const prices = parsePrices([
    { currency: "USD", input: 1, output: 1, valid_from: "2026-01-01" },
    { currency: "USD", input: 2, output: 2, valid_from: "2026-08-17T16:00:00Z" },
  ]);
  const inputAt = (time: string) => priceAt(prices, Date.parse(time))?.rates.input;
  expect(inputAt("2025-06-01")).toBe(1_000_000_000n);
  expect(inputAt("2026-08-17T15:59:59Z")).toBe(1_000_000_000n);
  expect(inputAt("2026-08-17T16:00:00Z")).toBe(2_000_000_000n);
});
