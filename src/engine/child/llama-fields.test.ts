import { describe, expect, test } from "bun:test";
import { readLlamaFields, type LlamaFields } from "./llama-fields.ts";

const tokens = { size: 300, tokenize: (text: string) => Buffer.from(text) };
const read = (fields: LlamaFields) => readLlamaFields(fields, tokens);
const fault = (fields: LlamaFields): unknown => {
  try {
    return read(fields);
  } catch (error) {
    return error;
  }
};

test("without any of the fields an answer is as llama-server's defaults say", () => {
  const nothing = {
    ignoreEos: false,
    cachePrompt: true,
    grammar: undefined,
    repeatLastN: undefined,
    dry: undefined,
    xtc: undefined,
    logitBias: undefined,
    topLogprobs: undefined,
  };
  expect(read({})).toEqual(nothing);
  // What clients send to say the same.
  expect(
    read({
      ignore_eos: false,
      cache_prompt: true,
      grammar: "",
      dry_multiplier: 0,
      dry_base: 1.75,
      dry_allowed_length: 2,
      dry_penalty_last_n: -1,
      xtc_probability: 0,
      xtc_threshold: 0.1,
      n_probs: 0,
      logit_bias: [],
    }),
  ).toEqual(nothing);
  expect(read({ ignore_eos: null, grammar: null, logit_bias: null, repeat_last_n: null })).toEqual(nothing);
});

test("the fields are read with llama-server's meaning", () => {
  expect(
    read({
      ignore_eos: true,
      cache_prompt: false,
      grammar: 'root ::= "a"',
      repeat_last_n: -1,
      dry_multiplier: 0.8,
      dry_sequence_breakers: ["\n"],
      xtc_probability: 0.5,
      n_probs: 3,
    }),
  ).toEqual({
    ignoreEos: true,
    cachePrompt: false,
    grammar: 'root ::= "a"',
    repeatLastN: -1,
    dry: { multiplier: 0.8, base: 1.75, allowedLength: 2, lastTokens: -1, sequenceBreakers: ["\n"] },
    xtc: { probability: 0.5, threshold: 0.1 },
    logitBias: undefined,
    topLogprobs: 3,
  });
  expect(read({ dry_multiplier: 1, dry_penalty_last_n: 0 }).dry).toBeUndefined();
});

describe("biases", () => {
  test("are OpenAI's object, or llama-server's pairs, in which a text stands for its tokens and false for never", () => {
    expect([...(read({ logit_bias: { "5": -1.5, "299": 100 } }).logitBias ?? [])]).toEqual([
      [5, -1.5],
      [299, 100],
    ]);
    const pairs = [
      [7, 2],
      ["ab", -3],
      ["c", false],
      [7, false],
    ];
    expect([...(read({ logit_bias: pairs }).logitBias ?? [])]).toEqual([
      [7, -Infinity],
      [97, -3],
      [98, -3],
      [99, -Infinity],
    ]);
  });

  test.each([
    ["logit_bias", "no"],
    ["logit_bias", { "07": 1 }],
    ["logit_bias", { a: 1 }],
    ["logit_bias", { "300": 1 }],
    ["logit_bias", { "1": 101 }],
    ["logit_bias", { "1": false }],
    ["logit_bias[0]", [5]],
    ["logit_bias[0]", [[5, 1, 2]]],
    [
      "logit_bias[1][0]",
      [
        [5, 1],
        [300, 1],
      ],
    ],
    ["logit_bias[0][0]", [["", 1]]],
    ["logit_bias[0][1]", [[5, true]]],
    ["logit_bias[0][1]", [[5, -101]]],
    ["logit_bias[0]", [["x".repeat(20_000), 1]]],
    ["logit_bias", Array.from({ length: 301 }, () => [1, 1])],
  ])("are refused at %s: %j", (param, logit_bias) => {
    expect(fault({ logit_bias })).toMatchObject({ code: "invalid_request", param });
  });
});

test.each<[string, LlamaFields]>([
  ["ignore_eos", { ignore_eos: 1 }],
  ["cache_prompt", { cache_prompt: "no" }],
  ["grammar", { grammar: {} }],
  ["grammar", { grammar: "#".repeat(70_000) }],
  ["repeat_last_n", { repeat_last_n: -2 }],
  ["repeat_last_n", { repeat_last_n: 1.5 }],
  ["dry_multiplier", { dry_multiplier: -1 }],
  ["dry_base", { dry_base: 0.5 }],
  ["dry_allowed_length", { dry_allowed_length: 0 }],
  ["dry_penalty_last_n", { dry_penalty_last_n: -5 }],
  ["dry_sequence_breakers", { dry_sequence_breakers: "x" }],
  ["dry_sequence_breakers[0]", { dry_sequence_breakers: [""] }],
  ["dry_sequence_breakers[0]", { dry_sequence_breakers: ["x".repeat(41)] }],
  ["dry_sequence_breakers", { dry_sequence_breakers: Array.from({ length: 17 }, () => "x") }],
  ["xtc_probability", { xtc_probability: 2 }],
  ["xtc_threshold", { xtc_threshold: -0.1 }],
  ["n_probs", { n_probs: 21 }],
])("%s is refused where it is out of its range: %j", (param, fields) => {
  expect(fault(fields)).toMatchObject({ code: "invalid_request", param });
});
