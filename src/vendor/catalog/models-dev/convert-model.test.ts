import { describe, expect, test } from "bun:test";
import { convertCost } from "./convert-cost.ts";
import { convertModel } from "./convert-model.ts";
import { readModelsDev } from "./read-models-dev.ts";

describe("a cost is unknown, and not free, where", () => {
  test.each<[string, unknown]>([
    ["there is none", undefined],
    ["it is null", null],
    ["it is empty", {}],
    ["it is a text", "0.5"],
    ["it is a list", [1, 2]],
    ["it depends", { input: -1, output: -1 }],
    ["the output depends", { input: 1, output: -1 }],
    ["a number is a text", { input: "1", output: 2 }],
    ["both are zero", { input: 0, output: 0 }],
    ["the input alone is zero", { input: 0, output: 2 }],
    ["the output alone is zero", { input: 2, output: 0 }],
    ["a number is none", { input: Number.NaN, output: 1 }],
    ["a number is endless", { input: 1, output: Number.POSITIVE_INFINITY }],
    ["it is per token in another unit", { input: 1e-12, output: 1e-12 }],
    ["it is absurdly high", { input: 1_000_000, output: 1 }],
    ["a tier cannot be read", { input: 1, output: 2, tiers: [{ tier: { size: 200_000 }, input: "2", output: 4 }] }],
    [
      "a tier is cheaper than nothing",
      { input: 1, output: 2, tiers: [{ tier: { size: 200_000 }, input: -2, output: 4 }] },
    ],
    [
      "a tier is of something else",
      { input: 1, output: 2, tiers: [{ tier: { type: "hour", size: 2 }, input: 2, output: 4 }] },
    ],
    [
      "two tiers begin at one length",
      { input: 1, output: 2, tiers: [1, 2].map((input) => ({ tier: { size: 9 }, input, output: 4 })) },
    ],
    ["tiers are no list", { input: 1, output: 2, tiers: { size: 1 } }],
  ])("%s", (_, cost) => {
    expect(convertCost("openai", "gpt", cost)).toBeUndefined();
  });
});

test("zero is a price of what is known to be given away, and of vectors' output", () => {
  const zero = { input: 0, output: 0 };
  expect(convertCost("openrouter", "a/b:free", zero)).toEqual({ currency: "USD", ...zero });
  expect(convertCost("openrouter", "a/b", zero)).toBeUndefined();
  expect(convertCost("zai", "glm-4.7-flash", zero)).toEqual({ currency: "USD", ...zero });
  expect(convertCost("zai", "glm-4.7-flashx", zero)).toBeUndefined();
  expect(convertCost("nvidia", "a/b:free", zero)).toBeUndefined();
  expect(convertCost("openai", "text-embedding-3-small", { input: 0.02, output: 0 })).toMatchObject({ output: 0 });
});

test("rates by all their names; a zero, or what is the price of storing, is not one", () => {
  const cost = { input: 1, output: 2 };
  expect(convertCost("x", "m", { ...cost, cached_input: 0.1, cached_write: 1.25 })).toEqual({
    currency: "USD",
    input: 1,
    cached_input: 0.1,
    cache_write: 1.25,
    output: 2,
  });
  expect(convertCost("x", "m", { ...cost, cache_input: 0.2 })).toMatchObject({ cached_input: 0.2 });
  expect(convertCost("x", "m", { ...cost, cache_read: 0, cache_write: 0.0833 })).toEqual({ currency: "USD", ...cost });
  expect(convertCost("x", "m", { ...cost, input_audio: 3, output_audio: 4 })).toMatchObject({
    audio_input: 3,
    audio_output: 4,
  });
});

test("a price of reasoning is that of the whole output in thinking mode at Alibaba, of the thoughts elsewhere", () => {
  const cost = { input: 1, output: 2, reasoning: 3 };
  expect(convertCost("alibaba", "m", cost)).toEqual({ currency: "USD", input: 1, output: 2, thinking_output: 3 });
  expect(convertCost("perplexity", "m", cost)).toEqual({ currency: "USD", input: 1, output: 2, reasoning: 3 });
  expect(convertCost("alibaba", "m", { ...cost, reasoning: 2 })).toEqual({ currency: "USD", input: 1, output: 2 });
});

test("tiers in both forms, modes by what asks for them", () => {
  const cost = { input: 1, output: 2, context_over_200k: { input: 2, output: 3, cache_read: 0.2 } };
  expect(convertCost("x", "m", cost)?.tiers).toEqual([{ above: 200_000, input: 2, cached_input: 0.2, output: 3 }]);
  const modes = {
    fast: { cost: { input: 2, output: 4 }, provider: { body: { service_tier: "priority" } } },
    quick: { cost: { input: 6, output: 12 }, provider: { body: { speed: "fast" } } },
    odd: { cost: { input: 6, output: 12 }, provider: { body: { service_tier: "__proto__" } } },
    broken: { cost: { input: -6, output: 12 }, provider: { body: { service_tier: "slow" } } },
    none: 3,
  };
  expect(convertCost("x", "m", { input: 1, output: 2 }, modes)?.service_tiers).toEqual({
    priority: { input: 2, output: 4 },
    fast: { input: 6, output: 12 },
  });
});

test("a model with everything, and one with nothing", () => {
  const full = {
    name: "M",
    reasoning: true,
    reasoning_options: [
      { type: "toggle" },
      { type: "effort", values: ["low", 7, "high"] },
      { type: "budget_tokens", min: 0, max: 9 },
      null,
    ],
    interleaved: { field: "reasoning_content" },
    tool_call: true,
    temperature: false,
    limit: { context: 100, input: 80, output: 20 },
    modalities: { input: ["text", "smell"], output: ["text"] },
    status: "beta",
    provider: { npm: "@ai-sdk/google-vertex/anthropic" },
  };
  expect(convertModel("x", "m", full)).toEqual({
    name: "M",
    context: 100,
    input: 80,
    output: 20,
    takes: ["text"],
    gives: ["text"],
    features: ["tools"],
    lacks: ["sampling"],
    thinking: { toggle: true, efforts: ["low", "high"], budget: { min: 0, max: 9 } },
    interleaved: "reasoning_content",
    status: "beta",
    api: "messages",
  });
  expect(convertModel("x", "m", {})).toEqual({ name: "m", takes: ["text"], gives: ["text"] });
});

test("what is no vendor and no model is left out, whatever it is named", () => {
  const model = { name: "M", cost: { input: 1, output: 2 } };
  const document = JSON.parse(
    `{"openai":{"name":"\\u001b[2JO","models":{"a":${JSON.stringify(model)},"__proto__":{},"constructor":{},"b\\n":{},"c":null,"d":[],"":{}}},"__proto__":{"models":{"x":{}}},"constructor":{"models":{}},"xai":7,"groq":{"models":[1]}}`,
  ) as unknown;
  const read = readModelsDev(document, ["openai", "xai", "groq", "constructor", "toString", "anthropic"]);
  expect(Object.keys(read ?? {})).toEqual(["openai"]);
  expect(read?.["openai"]?.name).toBe("openai");
  expect(Object.keys(read?.["openai"]?.models ?? {})).toEqual(["a"]);
  for (const other of [null, [], "x", 1, {}, { openai: null }, { openai: { models: {} } }])
    expect(readModelsDev(other, ["openai"])).toBeUndefined();
});
