import { expect, test } from "bun:test";
import { tokensPerSecond } from "./tokens-per-second.ts";

const usage = (output_tokens: number) => ({
  input_tokens: 1,
  cached_input_tokens: 0,
  output_tokens,
  reasoning_tokens: 0,
  cost: null,
  currency: null,
});

test("counts the tokens after the first over the time after it", () => {
  const timings = { first_token_ms: 500, total_ms: 2_500 };
  expect(tokensPerSecond({ usage: usage(101), timings })).toBe(50);
  expect(tokensPerSecond({ usage: usage(10), timings })).toBe(4.5);
});

test("says nothing where there is nothing to say", () => {
  const timings = { first_token_ms: 500, total_ms: 2_500 };
  expect(tokensPerSecond({ usage: usage(1), timings })).toBeUndefined();
  expect(tokensPerSecond({ usage: null, timings })).toBeUndefined();
  expect(tokensPerSecond({ usage: usage(100), timings: { first_token_ms: null, total_ms: 9 } })).toBeUndefined();
  expect(tokensPerSecond({ usage: usage(100), timings: { first_token_ms: 9, total_ms: 10 } })).toBeUndefined();
});
