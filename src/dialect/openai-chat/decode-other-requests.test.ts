import { describe, expect, test } from "bun:test";
import { SahabError } from "../../base/errors.ts";
import type { CompletionRequest, EmbeddingRequest } from "../../call/index.ts";
import { decodeCompletionRequest } from "./decode-completion-request.ts";
import { decodeEmbeddingRequest } from "./decode-embedding-request.ts";
import { encodeCompletionRequest, encodeEmbeddingRequest } from "./encode-request.ts";

// Requests that are no chats: completions and embeddings.

function problem(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return `${error.code} ${error.param}: ${error.message}`;
    throw error;
  }
  return "nothing thrown";
}
/** Through JSON, as on the wire. */
const overWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const dialect = "openai-chat";

describe("completion requests", () => {
  const request: CompletionRequest = {
    dialect,
    model: "m",
    prompts: ["a"],
    suffix: "z",
    sampling: { temperature: 1 },
    maxOutputTokens: 0,
    stop: ["x"],
    choiceCount: 2,
    topLogprobs: 0,
    echo: true,
    stream: true,
    streamUsage: true,
    extensions: { user: "u" },
  };
  test.each<[(string | number[])[]]>([[["a"]], [["a", "b"]], [[[1, 2]]], [[[1], [2, 3]]]])(
    "decode(encode(request)) is the request, prompts %j",
    (prompts) => {
      const given = { ...request, prompts };
      expect(decodeCompletionRequest(overWire(encodeCompletionRequest(given)))).toEqual(given);
    },
  );

  test.each<[object, string]>([
    [
      {},
      "prompt: expected a string, an array of strings, an array of token ids or an array of such arrays, found nothing",
    ],
    [{ prompt: [] }, "prompt: expected at least one element, found none"],
    [{ prompt: [1, "a"] }, 'prompt[1]: expected a token id, found "a"'],
    [{ prompt: [[1], []] }, "prompt[1]: expected a non-empty array of token ids, found array"],
    [{ prompt: ["a", [1]] }, "prompt[1]: expected a string, as the first element is, found array"],
    [{ prompt: "a", max_tokens: -2 }, "max_tokens: expected a whole number of at least 0"],
    [{ prompt: "a", best_of: 2 }, "best_of: only the value of n (1) is supported, found 2"],
    [{ prompt: "a", logprobs: 6 }, "logprobs: expected a whole number from 0 to 5, found 6"],
    [{ prompt: ["a", "b"], n: 100 }, "n: at most 128 answers are allowed in all, found 2 prompts with 100 each"],
  ])("refuses %j", (fields, message) =>
    expect(problem(() => decodeCompletionRequest({ model: "m", ...fields }))).toContain(message),
  );
});

test("a completion has 16 tokens by default, as OpenAI's reference says, and -1 for no limit", () => {
  const limit = (fields: object) => decodeCompletionRequest({ model: "m", prompt: "a", ...fields }).maxOutputTokens;
  expect([limit({}), limit({ max_tokens: null }), limit({ max_tokens: -1 })]).toEqual([16, 16, undefined]);
  // llama-server's name.
  expect([limit({ n_predict: 9 }), limit({ n_predict: -1 }), limit({ n_predict: 9, max_tokens: 3 })]).toEqual([
    9,
    undefined,
    3,
  ]);
});

describe("embedding requests", () => {
  test.each<[EmbeddingRequest]>([
    [{ dialect, model: "m", inputs: ["a", "b"], dimensions: 8, encoding: "base64", extensions: { user: "u" } }],
    [{ dialect, model: "m", inputs: [[1, 2]], dimensions: undefined, encoding: "float", extensions: {} }],
  ])("decode(encode(request)) is the request %j", (request) => {
    expect(decodeEmbeddingRequest(overWire(encodeEmbeddingRequest(request)))).toEqual(request);
  });

  test.each<[object, string]>([
    [{ input: 5 }, "input: expected a string"],
    [{ input: null }, "input: expected a string"],
    [{ input: [] }, "input: expected at least one element, found none"],
    [{ input: [true] }, "input[0]: expected a string or a non-empty array of token ids, found boolean"],
    [{ input: ["a", [99]] }, "input[1]: expected a string, as the first element is, found array"],
    [{ input: [[99], "a"] }, "input[1]: expected a non-empty array of token ids, found string"],
    [{ input: [[5, -1]] }, "input[0][1]: expected a token id, found -1"],
    [{ input: "a", dimensions: 0 }, "dimensions: expected a whole number"],
    [{ input: "a", encoding_format: "hex" }, 'encoding_format: expected "float" or "base64", found "hex"'],
    [{ input: Array.from({ length: 2049 }, () => "a") }, "input: at most 2048 elements are allowed, found 2049"],
  ])("refuses %#", (fields, message) =>
    expect(problem(() => decodeEmbeddingRequest({ model: "m", ...fields }))).toContain(message),
  );
});
