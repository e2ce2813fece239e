import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { readSizes, type Sizes } from "./context-words.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./registry.ts";

const sizes: [said: string, sizes: Sizes][] = [
  ["prompt is too long: 209000 tokens > 200000 maximum", { prompt: 209000, limit: 200000 }],
  [
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length",
    { prompt: 190000, answer: 20000, limit: 200000 },
  ],
  [
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens. Please reduce the length of the messages.",
    { prompt: 9000, limit: 8192 },
  ],
  [
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (5000 in the messages, 4000 in the completion). Please reduce the length of the messages or completion.",
    { prompt: 5000, answer: 4000, limit: 8192 },
  ],
  [
    "This model's maximum context length is 8192 tokens, however you requested 10346 tokens (10341 in your prompt; 5 for the completion). Please reduce your prompt.",
    { prompt: 10341, answer: 5, limit: 8192 },
  ],
  [
    "Requested token count exceeds the model's maximum context length of 262144 tokens. You requested a total of 262462 tokens: 230462 tokens from the input messages and 32000 tokens for the completion.",
    { prompt: 230462, answer: 32000, limit: 262144 },
  ],
  [
    "This model's maximum context length is 4096 tokens. However, you requested 1000 output tokens and your prompt contains at least 3097 input tokens, for a total of at least 4097 tokens.",
    { prompt: 3097, answer: 1000, limit: 4096 },
  ],
  [
    "You passed 3097 input tokens and requested 1000 output tokens. However, the model's context length is only 4096 tokens",
    { prompt: 3097, answer: 1000, limit: 4096 },
  ],
  ["This model's maximum context length is 128000 tokens.", { limit: 128000 }],
  ["The input (5000 tokens) is longer than the model's context length (4096 tokens).", { prompt: 5000, limit: 4096 }],
  ["The decoder prompt (length 5000) is longer than the maximum model length of 4096.", { prompt: 5000, limit: 4096 }],
  [
    "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
    { prompt: 40000, limit: 32768 },
  ],
  ["The prompt is too long: 140000, model maximum context length: 131071", { prompt: 140000, limit: 131071 }],
  ["request (5000 tokens) exceeds the available context size (4096 tokens)", { prompt: 5000, limit: 4096 }],
  [
    "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
    { prompt: 200000, limit: 131072 },
  ],
  [
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    { prompt: 1200000, limit: 1048576 },
  ],
  ["Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", { prompt: 9000, limit: 8192 }],
  ["Range of input length should be [1, 30720]", { limit: 30720 }],
  ["Request body too large for gpt-4 model. Max size: 8000 tokens.", { limit: 8000 }],
  [
    "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 1000 `max_new_tokens`",
    { prompt: 4000, answer: 1000, limit: 4096 },
  ],
  ["too many tokens: total number of tokens in the prompt cannot exceed 4081", { limit: 4081 }],
  [
    "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 5000 input tokens (32000 > 32768 - 5000).",
    { prompt: 5000, answer: 32000, limit: 32768 },
  ],
  [
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 152000 tokens (90000 of text input, 30000 of tool input, 32000 in the output). Please reduce the length of either one.",
    { prompt: 120000, answer: 32000, limit: 131072 },
  ],
  [
    "This model's maximum context length is 4097 tokens. However, you requested 5104 tokens (1104 in the messages, 1000 in the functions, and 3000 in the completion).",
    { prompt: 2104, answer: 3000, limit: 4097 },
  ],
  // How much of it is the prompt is not said.
  ["This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.", { limit: 8192 }],
  [
    "This model's maximum context length is 128,000 tokens. However, your messages resulted in 130,001 tokens.",
    { prompt: 130001, limit: 128000 },
  ],
  [
    "The input token count (1 200 000) exceeds the maximum number of tokens allowed (1\u00a0048\u00a0576).",
    { prompt: 1200000, limit: 1048576 },
  ],
  ["Requested tokens (5000) exceed context window of 4096", { prompt: 5000, limit: 4096 }],
  // Numbers that cannot be, or do not show that anything is exceeded.
  ["prompt is too long: 5000 tokens > 8192 maximum", {}],
  ["This model's maximum context length is 4096 tokens. However, your messages resulted in 4000 tokens.", {}],
  [`prompt is too long: ${"9".repeat(400)} tokens > 4096 maximum`, {}],
  [`prompt is too long: 5000 tokens > ${"9".repeat(20)} maximum`, {}],
  ["prompt is too long: 5000 tokens > 0 maximum", {}],
  ["Range of input length should be [1, 0]", {}],
  [
    "prompt is too long: at least 5000 tokens > 4095 maximum; this model's maximum context length is 4096 tokens (nano, with at least 1 for the answer)",
    { prompt: 5000, limit: 4095 },
  ],
  [
    "prompt is too long: it has 90000 bytes; this model's maximum context length is 4096 tokens of at most 16 bytes (nano)",
    { limit: 4096 },
  ],
  ["input: has 600 tokens; model nano embeds at most 511", { prompt: 600, limit: 511 }],
  ["the request exceeds the available context size, try increasing it", {}],
];

test.each(sizes)("%s", (said, expected) => {
  const known = Object.fromEntries(Object.entries(readSizes(said)).filter(([, size]) => size !== undefined));
  expect<Sizes>(known).toEqual(expected);
});

/** What a client of a dialect hears. */
function heard(dialect: Dialect, message: string): string {
  return JSON.stringify(dialect.encodeError(new SahabError("context_length_exceeded", message), "req_1").body);
}

/** What programs look for: Claude Code, Gemini CLI and opencode in the text, clients of OpenAI's dialect in the code, too. */
const lookedFor: Record<string, readonly string[]> = {
  "openai-chat": ["context_length_exceeded", "maximum context length is 4096 tokens"],
  "openai-responses": ["context_length_exceeded", "maximum context length is 4096 tokens"],
  "anthropic-messages": ["invalid_request_error", "prompt is too long: 5000 tokens > 4096 maximum"],
  gemini: ["INVALID_ARGUMENT", "input token count (5000) exceeds the maximum number of tokens allowed (4096)"],
  dashscope: ["InvalidParameter", "Range of input length should be [1, 4096]"],
};

describe.each(dialects.map((dialect) => ({ name: dialect.name, dialect })))("$name", ({ name, dialect }) => {
  test.each([
    "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    "prompt is too long: 5000 tokens > 4096 maximum",
    "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens.",
    "The input token count (5000) exceeds the maximum number of tokens allowed (4096).",
  ])("says in its own words: %s", (message) => {
    const text = heard(dialect, `Provider p: ${message}`);
    for (const words of lookedFor[name] ?? []) expect(text).toContain(words);
    // What was said is told, too, and once.
    expect(text.split(message).length).toBe(2);
  });

  test.each([
    "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 5000 input tokens (32000 > 32768 - 5000).",
    "This endpoint's maximum context length is 131072 tokens. However, you requested about 152000 tokens (90000 of text input, 30000 of tool input, 32000 in the output).",
    "prompt is too long: 5000 tokens > 8192 maximum, says nobody",
    "input (5000 tokens) is longer than the context length (8192)",
    "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4096 `inputs` tokens and 1 `max_new_tokens`",
  ])("compares nothing falsely: %s", (message) => {
    const own = heard(dialect, message).replace(message, "");
    for (const [, sum = "", limit] of own.matchAll(/(\d[\d +]*?)(?: tokens)? > (\d+)/g))
      expect(sum.split("+").reduce((all, one) => all + Number(one), 0)).toBeGreaterThan(Number(limit));
    const [, prompt, limit] = /count \((\d+)\) exceeds .*?\((\d+)\)/.exec(own) ?? [];
    if (prompt !== undefined) expect(Number(prompt)).toBeGreaterThan(Number(limit));
  });

  test("without numbers there are none", () => {
    const text = heard(dialect, "the request is too long");
    expect(dialect.contextWords?.said.test(text)).toBe(true);
    expect(text).not.toContain("undefined");
    expect(text).not.toContain("NaN");
  });

  test("no other error is reworded", () => {
    const { body } = dialect.encodeError(new SahabError("upstream_rejected", "prompt: too bad"), "req_1");
    const message = JSON.stringify(body);
    expect(message).toContain('"prompt: too bad"');
  });
});

test("of the engine's own refusal clients of Google's dialect hear the size", () => {
  const gemini = dialects.find(({ name }) => name === "gemini") as Dialect;
  const said =
    "prompt is too long: at least 5000 tokens > 4095 maximum; this model's maximum context length is 4096 tokens (nano, with at least 1 for the answer)";
  expect(heard(gemini, said)).toContain("input token count (5000) exceeds the maximum number of tokens allowed (4095)");
});

test("what does not fit because of the answer's bound says so to Anthropic's clients, which then ask for less", () => {
  const anthropic = dialects.find(({ name }) => name === "anthropic-messages") as Dialect;
  const said =
    "This model's maximum context length is 200000 tokens. However, you requested 222000 tokens (190000 in the messages, 32000 in the completion).";
  expect(heard(anthropic, said)).toContain("exceed context limit: 190000 + 32000 > 200000");
  const ofVllm =
    "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 5000 input tokens";
  expect(heard(anthropic, ofVllm)).toContain("exceed context limit: 5000 + 32000 > 32768");
});
