import { describe, expect, test } from "bun:test";
import { usageOf } from "./usage.ts";

describe("usageOf", () => {
  test.each([
    undefined,
    null,
    5,
    {},
    { usage: null },
    { usage: {} },
    { usage: { prompt_tokens: null, completion_tokens: null } },
    { usage: { prompt_tokens: "5", completion_tokens: -1 } },
    { usage: { prompt_tokens_details: { cached_tokens: 0 } } },
    { x_groq: { usage: null } },
  ])("no counts: %j", (json) => expect(usageOf(json)).toBeUndefined());

  const input = { isInputDoubtful: true };
  const output = { isOutputDoubtful: true };
  const thought = (tokens: number) => ({ completion_tokens_details: { reasoning_tokens: tokens } });
  test.each<[object, number, number, object]>([
    [{ prompt_tokens: "5", completion_tokens: 1 }, 0, 1, input],
    [{ prompt_tokens: -5, completion_tokens: 1 }, 0, 1, input],
    [{ prompt_tokens: 1.5, completion_tokens: 1 }, 0, 1, input],
    [{ prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: -1 } }, 5, 1, input],
    [{ prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } }, 5, 1, input],
    [{ prompt_tokens: 5, completion_tokens: 1e300 }, 5, 0, output],
    [{ prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 1 }, 0, 1, input],
    [{ prompt_tokens: 5, completion_tokens: null, total_tokens: 9 }, 5, 0, { ...input, ...output }],
    [{ prompt_tokens: 5, completion_tokens: 1, total_tokens: 600 }, 5, 1, { ...input, ...output }],
    [
      { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6, ...thought(9e7) },
      5,
      1,
      { reasoningTokens: 1, ...output },
    ],
  ])("counts that can't be right: %j", (usage, inputTokens, outputTokens, doubts) =>
    expect(usageOf({ usage })).toEqual({
      inputTokens,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens,
      reasoningTokens: 0,
      ...doubts,
    }),
  );

  test.each([
    { usage: { input_tokens: 7, output_tokens: 3 } },
    { usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 } },
    { x_groq: { id: "r", usage: { prompt_tokens: 7, completion_tokens: 3 } } },
    { usage: null, x_groq: { usage: { prompt_tokens: 7, completion_tokens: 3 } } },
    {
      usage: {
        prompt_tokens: 7,
        completion_tokens: 1,
        total_tokens: 10,
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    },
  ])("counts where vendors put them: %j", (json) => {
    const usage = usageOf(json);
    expect([usage?.inputTokens, usage?.outputTokens]).toEqual([7, 3]);
    expect(usage).not.toHaveProperty("isInputDoubtful");
  });

  test("tokens written to a cache, as OpenAI and as DashScope say it", () => {
    const written = (details: object) =>
      usageOf({ usage: { prompt_tokens: 9, completion_tokens: 1, prompt_tokens_details: details } })?.cacheWriteTokens;
    expect(written({ cache_write_tokens: 5 })).toBe(5);
    expect(written({ cache_creation_input_tokens: 5, cached_tokens: 3 })).toBe(5);
  });

  test.each<[object, bigint | undefined]>([
    [{ cost: 0.00012 }, 120_000n],
    [{ cost_in_usd_ticks: 37_756_000 }, 3_775_600n],
    [{ cost: -1 }, undefined],
    [{ cost: 1e300 }, undefined],
    [{ cost: "1" }, undefined],
    [{ cost_in_usd_ticks: 1.5 }, undefined],
  ])("a vendor's own bill %j", (fields, amount) => {
    const found = usageOf({ usage: { prompt_tokens: 9, completion_tokens: 1, ...fields } })?.vendorCost;
    expect(found).toEqual(amount === undefined ? undefined : { amount, currency: "USD" });
  });

  test("DeepSeek's own cache field", () => {
    expect(
      usageOf({ usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 4 } })?.cachedInputTokens,
    ).toBe(4);
  });
});
