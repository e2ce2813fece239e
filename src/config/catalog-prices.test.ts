import { expect, test } from "bun:test";
import type { DeclaredPrice } from "../base/declared-price.ts";
import { formatNano } from "../base/money.ts";
import { noUsage, type Usage } from "../call/index.ts";
import { costOf, parsePrices, priceAt } from "../ledger/index.ts";
import { usageOf } from "../dialect/openai-chat/usage.ts";
import { Catalog, findModel, modelsOf, pricesOf, vendorNames, vendors } from "../vendor/index.ts";
import { knownPrices } from "./prices-of-target.ts";

// Bills reckoned by hand, as those of the price book, by the prices that the catalogue has.

function bill(part: string, id: string, usage: Partial<Usage>, time = "2026-11-18T12:00:00Z", isBatch = false): string {
  const model = findModel(part, id);
  const price = model && priceAt(parsePrices(pricesOf(model)), Date.parse(time));
  if (!price) throw new Error(`${part}/${id} has no price`);
  return formatNano(costOf({ ...noUsage, ...usage }, price, { timeMs: Date.parse(time), isBatch }));
}

test("every part of the catalogue is of a vendor's region, and no price is another region's", () => {
  const parts = new Set(vendorNames.flatMap((name) => Object.values(vendors[name].catalogParts ?? { "": name })));
  expect([...new Catalog().parts.keys()].filter((part) => !parts.has(part))).toEqual([]);
  const inputOf = (region?: string) => {
    const provider = { name: "ark", vendor: "bytedance", ...(region !== undefined && { region }) } as const;
    const known = knownPrices(provider, "seed-1-6", new Catalog());
    return Array.isArray(known) ? (known as DeclaredPrice[]).map(({ currency, input }) => [currency, input]) : known;
  };
  expect([inputOf("intl"), inputOf("eu"), inputOf("cn"), inputOf()]).toEqual([
    [["USD", 0.25]],
    [["USD", 0.25]],
    undefined,
    undefined,
  ]);
});

test("every price of the catalogue can be reckoned with, and costs something unless its model is free", () => {
  const catalog = new Catalog();
  let priced = 0;
  for (const part of catalog.parts.keys())
    for (const model of modelsOf(part)) {
      const prices = pricesOf(model);
      if (prices.length === 0) continue;
      priced++;
      for (const { price } of parsePrices(prices)) {
        const used = { ...noUsage, inputTokens: 1_000_000, outputTokens: 1_000, counts: { image: 1, search: 1 } };
        const isFree = /:free$|openrouter\/free|-flash$/.test(model.id) && price.rates.input === 0n;
        expect([part, model.id, costOf(used, price, { timeMs: 0 }) > 0n]).toEqual([part, model.id, !isFree]);
        for (const rate of Object.values(price.rates) as bigint[]) expect(rate >= 0n).toBe(true);
      }
    }
  expect(priced).toBeGreaterThan(1_300);
});

test("DeepSeek's published day of February 2025", () => {
  const billions = 1_000_000_000;
  const day = { inputTokens: 608 * billions, cachedInputTokens: 342 * billions, outputTokens: 168 * billions };
  expect(bill("deepseek", "deepseek-reasoner", day, "2025-02-28T12:00:00Z")).toBe("562100");
});

test("DeepSeek by the hour, and before and after the prices of August", () => {
  const used = { inputTokens: 1_000_000, cachedInputTokens: 600_000, outputTokens: 100_000 };
  // 400,000 × 0.30 + 600,000 × 0.006 + 100,000 × 1.20.
  const flash = (time: string) => bill("deepseek", "deepseek-flash", used, time);
  expect(flash("2026-11-18T01:00:00Z")).toBe("0.2436");
  expect(flash("2026-11-18T04:00:00Z")).toBe("0.1218");
  expect(flash("2026-11-21T02:00:00Z")).toBe("0.1218");
  expect(flash("2026-10-01T02:00:00Z")).toBe("0.1218");
  expect(flash("2026-10-08T02:00:00Z")).toBe("0.2436");
  // 400,000 × 1.32 + 600,000 × 0.044 + 100,000 × 3.96; and the day before 0.435, 0.003625 and 0.87.
  const pro = (time: string) => bill("deepseek", "deepseek-v4-pro", used, time);
  expect(pro("2026-08-17T01:30:00Z")).toBe("0.9504");
  expect(pro("2026-08-16T16:00:00Z")).toBe("0.4752");
  expect(pro("2026-08-16T15:59:59Z")).toBe("0.263175");
});

test("Anthropic: cache writes of five minutes and of an hour, reads, a search, a batch", () => {
  const used = {
    inputTokens: 13_500,
    cachedInputTokens: 10_000,
    cacheWriteTokens: 2_500,
    outputTokens: 800,
    parts: { cacheWriteHour: 500 },
    counts: { web_search: 2 },
  };
  expect(bill("anthropic", "claude-sonnet-4-5-20250929", used)).toBe("0.0485");
  expect(bill("anthropic", "claude-sonnet-4-5", used, undefined, true)).toBe("0.03425");
  // Fast, six times the price: 1,000 × 30 + 1,000 × 150.
  const fast = { inputTokens: 1_000, outputTokens: 1_000, serviceTier: "fast" };
  expect(bill("anthropic", "claude-opus-4-7", fast)).toBe("0.18");
});

test("Google: long prompts, and sound", () => {
  expect(bill("google", "gemini-2.5-pro", { inputTokens: 200_000, outputTokens: 1_000 })).toBe("0.26");
  expect(bill("google", "gemini-2.5-pro", { inputTokens: 200_001, outputTokens: 1_000 })).toBe("0.5150025");
  expect(bill("google", "gemini-2.5-pro", { inputTokens: 200_001, cachedInputTokens: 150_000 })).toBe("0.1625025");
  const sound = { inputTokens: 4_000, outputTokens: 200, parts: { audioInput: 3_000 } };
  expect(bill("google", "gemini-2.5-flash", sound)).toBe("0.0038");
  expect(bill("google", "gemini-2.5-flash", sound, undefined, true)).toBe("0.0019");
});

test("Alibaba: an answer with thinking, and its two caches", () => {
  const used = { inputTokens: 1_000, outputTokens: 500 };
  expect(bill("alibaba", "qwen-plus-2025-09-11", used)).toBe("0.001");
  expect(bill("alibaba", "qwen-plus", { ...used, reasoningTokens: 300 })).toBe("0.0024");
  // Of 12,000 tokens 10,000 are found by themselves, found behind a marker, or written: 2,000 × 0.4 + 10,000 × 0.08, 0.04 or 0.5.
  const cached = { inputTokens: 12_000, cachedInputTokens: 10_000 };
  expect(bill("alibaba", "qwen-plus", cached)).toBe("0.0016");
  expect(bill("alibaba", "qwen-plus", { ...cached, parts: { explicitCacheRead: 10_000 } })).toBe("0.0012");
  expect(bill("alibaba", "qwen-plus", { inputTokens: 12_000, cacheWriteTokens: 10_000 })).toBe("0.0058");
  // 256,001 × 2 + 1,000 × 6.
  expect(bill("alibaba", "qwen3.6-plus", { inputTokens: 256_001, outputTokens: 1_000 })).toBe("0.518002");
});

test("Google: a prompt that was looked up, and from Gemini 3 on each query", () => {
  const counts = { grounded_prompt: 1, web_search: 3 };
  expect(bill("google", "gemini-2.5-flash", { counts })).toBe("0.035");
  expect(bill("google", "gemini-3.5-flash", { counts })).toBe("0.042");
});

test("every fee of the catalogue is for something that an answer or a request is counted by", () => {
  const tools = ["web_search", "x_search", "code_interpreter", "file_search", "attachment_search"];
  const usage = usageOf({
    usage: {
      prompt_tokens: 1,
      completion_tokens: 1,
      server_side_tool_usage_details: Object.fromEntries(tools.map((tool) => [`${tool}_calls`, 1])),
    },
  });
  const counted = new Set(["request", "search", "image", "grounded_prompt", ...Object.keys(usage?.counts ?? {})]);
  for (const part of new Catalog().parts.keys())
    for (const model of modelsOf(part))
      for (const { fees = {} } of pricesOf(model))
        expect([part, model.id, Object.keys(fees).filter((fee) => !counted.has(fee))]).toEqual([part, model.id, []]);
});

test("OpenAI: service tiers, batch and long context", () => {
  const used = { inputTokens: 10_000, cachedInputTokens: 4_000, outputTokens: 1_000, reasoningTokens: 600 };
  const gpt = (more: Partial<Usage> = {}, isBatch = false) =>
    bill("openai", "gpt-5.4-2026-03-05", { ...used, ...more }, undefined, isBatch);
  expect(gpt()).toBe("0.031");
  expect(gpt({ serviceTier: "default" })).toBe("0.031");
  expect(gpt({ serviceTier: "flex" })).toBe("0.0155");
  expect(gpt({ serviceTier: "priority" })).toBe("0.062");
  expect(gpt({}, true)).toBe("0.0155");
  expect(gpt({ inputTokens: 272_001, cachedInputTokens: 0 })).toBe("1.382505");
});

test("xAI doubles for long prompts; BytePlus has tiers, and images by the piece; Perplexity a fee for each request, Cohere for each search", () => {
  expect(bill("xai", "grok-4.3", { inputTokens: 200_000, outputTokens: 1_000 })).toBe("0.2525");
  expect(bill("xai", "grok-4.3", { inputTokens: 200_001, outputTokens: 1_000 })).toBe("0.5050025");
  // 1,000 × 1.25 + 100 × 2.5 millionths, and two searches in attached files at 10 USD per thousand.
  const attached = { inputTokens: 1_000, outputTokens: 100, counts: { attachment_search: 2 } };
  expect(bill("xai", "grok-4.3", attached)).toBe("0.0215");
  expect(bill("byteplus", "seed-2-0-pro", { inputTokens: 128_001, outputTokens: 1_000 })).toBe("0.134001");
  expect(bill("byteplus", "seedream-4-0-250828", { counts: { image: 3 } })).toBe("0.09");
  expect(bill("perplexity", "sonar", { inputTokens: 1_000, outputTokens: 1_000 })).toBe("0.007");
  expect(bill("cohere", "rerank-v3.5", { counts: { search: 3 } })).toBe("0.006");
});
