import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { json, replay, startReplay, type Replay } from "../testing/replay.ts";

// What a vendor answers to inputs, and what becomes of it: as many vectors as inputs, in the encoding that was asked for.

const numbers = [0.25, -0.5, 1, 0.125];
const base64 = Buffer.from(Float32Array.from(numbers).buffer).toString("base64");
const listOf = (...vectors: unknown[]) => ({
  object: "list",
  data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding, own: 1 })),
  model: "m",
  usage: { prompt_tokens: 4, total_tokens: 4 },
});

const answers: Record<string, unknown> = {
  numbers: listOf(numbers),
  base64: listOf(base64),
  "two of numbers": listOf(numbers, numbers),
  "one of each": listOf(numbers, base64),
  none: { ...listOf(), usage: { prompt_tokens: 0, total_tokens: 0 } },
  empty: listOf([]),
  "an empty text": listOf(""),
  "two lengths": listOf(numbers, [1]),
  "an error": { error: { message: "no", code: 429 } },
  "an empty account": { data: null, base_resp: { status_code: 1008, status_msg: "low" } },
  bytes: listOf([1, -128, 127]),
};

let gateway: Replay;
let client: OpenAI;

beforeAll(async () => {
  const rows = Object.entries(answers).map(([model, answer]) => ({
    model,
    api: "chat" as const,
    answer: replay(json, JSON.stringify(answer), "200 OK"),
  }));
  gateway = await startReplay(rows);
  client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.address}/v1`, maxRetries: 0 });
});

afterAll(() => gateway?.close());

async function ask(model: string, input: unknown, encoding?: string | null) {
  const response = await fetch(`${gateway.address}/v1/embeddings`, {
    method: "POST",
    headers: { authorization: `Bearer ${gateway.key}` },
    body: JSON.stringify({ model, input, encoding_format: encoding }),
  });
  const body = (await response.json()) as { data?: { embedding: unknown; own?: number }[]; error?: { code: string } };
  return {
    vectors: body.data?.map((item) => item.embedding),
    isRaw: body.data?.[0]?.own === 1,
    code: body.error?.code,
  };
}

test.each(["numbers", "base64"])(
  "OpenAI's SDK, which asks for base64 unasked, gets its numbers from %s",
  async (model) => {
    const { data, usage } = await client.embeddings.create({ model, input: "hello" });
    expect(data.map(({ embedding }) => embedding)).toEqual([numbers]);
    expect(usage.prompt_tokens).toBe(4);
  },
);

describe("the encoding that was asked for comes; what has it is passed on as it is", () => {
  test.each<[string, string | null | undefined, unknown, boolean]>([
    ["numbers", undefined, numbers, true],
    ["numbers", null, numbers, true],
    ["numbers", "float", numbers, true],
    ["numbers", "base64", base64, false],
    ["base64", undefined, numbers, false],
    ["base64", "float", numbers, false],
    ["base64", "base64", base64, true],
    // An encoding that only the vendor knows.
    ["bytes", "int8", [1, -128, 127], true],
  ])("%s for %p", async (model, encoding, vector, isRaw) => {
    expect(await ask(model, "hello", encoding)).toEqual({ vectors: [vector], isRaw, code: undefined });
  });

  test("where a vendor mixes them", async () => {
    expect((await ask("one of each", ["a", "b"], "base64")).vectors).toEqual([base64, base64]);
    expect((await ask("one of each", ["a", "b"])).vectors).toEqual([numbers, numbers]);
  });
});

describe("as many vectors as inputs", () => {
  test.each<[string, unknown, number | string]>([
    ["numbers", "a", 1],
    ["numbers", ["a"], 1],
    ["numbers", [1, 2, 3], 1],
    ["two of numbers", ["a", "b"], 2],
    ["two of numbers", [[1], [2, 3]], 2],
    // What a part of a mixed input becomes is the vendor's to say.
    ["numbers", [{ text: "a" }, { image: "b" }], 1],
    ["numbers", ["a", "b"], "upstream_invalid_response"],
    ["two of numbers", "a", "upstream_invalid_response"],
    ["two of numbers", [1, 2], "upstream_invalid_response"],
    ["none", "a", "upstream_invalid_response"],
    ["empty", "a", "upstream_invalid_response"],
    ["an empty text", "a", "upstream_invalid_response"],
    ["two lengths", ["a", "b"], "upstream_invalid_response"],
    ["an error", "a", "upstream_rate_limited"],
    ["an empty account", "a", "upstream_authentication"],
  ])("%s for %j", async (model, input, outcome) => {
    for (const encoding of ["float", "base64"]) {
      const { vectors, code } = await ask(model, input, encoding);
      expect(code ?? vectors?.length ?? 0).toBe(outcome);
    }
  });
});
