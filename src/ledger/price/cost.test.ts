import { expect, test } from "bun:test";
import fc from "fast-check";
import { divideHalfEven } from "../../base/money.ts";
import type { Usage } from "../../call/index.ts";
import { costOf as costAt, freePrice, parsePrice, type Price } from "./index.ts";

const costOf = (used: Usage, price: Price) => costAt(used, price, { timeMs: 0 });

const usage = (
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
  reasoningTokens = 0,
  cacheWriteTokens = 0,
) => ({
  inputTokens,
  cachedInputTokens,
  cacheWriteTokens,
  outputTokens,
  reasoningTokens,
});

test("cached tokens are priced once, at their own price", () => {
  const price = parsePrice({ currency: "USD", input: 0.27, cached_input: "0.07", output: 1.1 });
  // 36 × 0.27 + 64 × 0.07 + 12 × 1.10 = 27.40 per million.
  expect(costOf(usage(100, 64, 12, 9), price)).toBe(27_400n);
  expect(costOf(usage(100, 100, 0), price)).toBe(7_000n);
});

test("without a price of their own cached tokens cost what input costs", () => {
  const price = parsePrice({ currency: "USD", input: 1, output: 2 });
  expect(costOf(usage(100, 64, 0), price)).toBe(costOf(usage(100, 0, 0), price));
});

test("tokens written to a cache are priced once, at their own price, by default that of input", () => {
  // 26 × 3 + 64 × 0.3 + 10 × 3.75 = 134.7 per million.
  const price = parsePrice({ currency: "USD", input: 3, cached_input: "0.3", cache_write: "3.75", output: 15 });
  expect(costOf(usage(100, 64, 0, 0, 10), price)).toBe(134_700n);
  const plain = parsePrice({ currency: "USD", input: 3, output: 15 });
  expect(costOf(usage(100, 0, 1, 0, 10), plain)).toBe(costOf(usage(100, 0, 1), plain));
});

test("parts that exceed the whole are billed as parts, and never bring the cost below them", () => {
  const price = parsePrice({ currency: "USD", input: 3, cached_input: 1, output: 15 });
  expect(costOf(usage(10, 20, 0), price)).toBe(20_000n);
});

test("reasoning is part of the output and not priced again", () => {
  const price = parsePrice({ currency: "USD", input: 0, output: 2 });
  expect(costOf(usage(5, 0, 10, 9), price)).toBe(costOf(usage(5, 0, 10, 0), price));
});

test("a cost is rounded once, half to even", () => {
  // 0.0005 nano-units a token: 1000 tokens are half a nano-unit.
  const price = parsePrice({ currency: "USD", input: "0.0000005", output: "0.0000005" });
  expect(costOf(usage(1_000, 0, 0), price)).toBe(0n);
  expect(costOf(usage(3_000, 0, 0), price)).toBe(2n);
  expect(costOf(usage(1_001, 0, 0), price)).toBe(1n);
  // Half and half together are a whole: rounding each by itself would give nothing.
  expect(costOf(usage(1_000, 0, 1_000), price)).toBe(1n);
});

test("a million tokens cost the price to the last digit, and large counts stay exact", () => {
  const price = parsePrice({ currency: "CNY", input: "123456789012.123456789", output: 0 });
  expect(costOf(usage(1_000_000, 0, 0), price)).toBe(123_456_789_012_123_456_789n);
  expect(costOf(usage(9_007_199_254, 0, 0), parsePrice({ currency: "USD", input: "0.000001", output: 0 }))).toBe(
    9_007_199n,
  );
});

test("a local model without a price costs nothing", () => {
  expect(costOf(usage(1_000_000, 5, 1_000_000), freePrice)).toBe(0n);
});

test("any cost is that of exact arithmetic, however large", () => {
  const tokens = fc.oneof(fc.nat(10), fc.nat(2_000_000), fc.nat(100_000_000));
  const nano = fc.oneof(fc.nat(10), fc.nat(2_000_000_000), fc.nat(Number.MAX_SAFE_INTEGER)).map(BigInt);
  const rates = fc.record({
    input: nano,
    cachedInput: nano,
    explicitCachedInput: nano,
    cacheWrite: nano,
    cacheWriteHour: nano,
    output: nano,
    thinkingOutput: nano,
    reasoning: nano,
    imageInput: nano,
    audioInput: nano,
    imageOutput: nano,
    audioOutput: nano,
  });
  // Each kind by itself, so that what is added up here shares nothing with how the price book tells parts from wholes.
  const kinds = fc.record({
    fresh: tokens,
    cached: tokens,
    marked: tokens,
    written: tokens,
    hour: tokens,
    image: tokens,
    audio: tokens,
    answer: tokens,
    imageOut: tokens,
    audioOut: tokens,
    thought: tokens,
  });
  fc.assert(
    fc.property(kinds, rates, fc.boolean(), (k, r, hasParts) => {
      if (!hasParts) Object.assign(k, { marked: 0, hour: 0, image: 0, audio: 0, imageOut: 0, audioOut: 0 });
      const used: Usage = {
        inputTokens: k.fresh + k.image + k.audio + k.cached + k.marked + k.written + k.hour,
        cachedInputTokens: k.cached + k.marked,
        cacheWriteTokens: k.written + k.hour,
        outputTokens: k.answer + k.imageOut + k.audioOut + k.thought,
        reasoningTokens: k.thought,
        ...(hasParts && {
          parts: {
            explicitCacheRead: k.marked,
            cacheWriteHour: k.hour,
            imageInput: k.image,
            audioInput: k.audio,
            imageOutput: k.imageOut,
            audioOutput: k.audioOut,
          },
        }),
      };
      const bill: [number, bigint][] = [
        [k.fresh, r.input],
        [k.cached, r.cachedInput],
        [k.marked, r.explicitCachedInput],
        [k.written, r.cacheWrite],
        [k.hour, r.cacheWriteHour],
        [k.image, r.imageInput],
        [k.audio, r.audioInput],
        [k.answer, k.thought > 0 ? r.thinkingOutput : r.output],
        [k.imageOut, r.imageOutput],
        [k.audioOut, r.audioOutput],
        [k.thought, r.reasoning],
      ];
      const total = bill.reduce((sum, [count, rate]) => sum + BigInt(count) * rate, 0n);
      expect(costOf(used, { currency: "USD", rates: r })).toBe(divideHalfEven(total, 1_000_000n));
    }),
    { numRuns: 2_000 },
  );
});
