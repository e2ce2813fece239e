import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Facts } from "../../call/index.ts";
import { countNumbers } from "./count-numbers.ts";
import { openaiChat } from "./index.ts";

/** What a reader says of a body: its facts, of a failure the code. */
function read(body: string | Uint8Array, isRaw: boolean, choiceCount = 0) {
  const reader = openaiChat.reader({ operation: "embedding", stream: false, choiceCount, isRaw });
  reader.push(Buffer.from(body));
  const { failure, ...facts }: Facts = reader.end().facts;
  return { textBytes: facts.textBytes, isEnd: facts.isEnd, usage: facts.usage, failure: failure?.code };
}

const look = (body: string | Uint8Array, choiceCount?: number) => read(body, true, choiceCount);
const decode = (body: string | Uint8Array, choiceCount?: number) => read(body, false, choiceCount);

const usage = { prompt_tokens: 3, total_tokens: 3 };
const one = { object: "embedding", index: 0, embedding: [0.5, -1e-3] };
const listOf = (...data: unknown[]) => JSON.stringify({ object: "list", data, model: "m", usage });

describe("the look and the full decoding say the same", () => {
  const spaced = JSON.stringify({ data: [one, { ...one, index: 1 }], usage }, null, 2);
  test.each([
    ["numbers", listOf(one)],
    ["base64", listOf({ ...one, embedding: "AAAAPw==" })],
    ["an empty vector", listOf({ ...one, embedding: [] })],
    ["an empty vector with a space in it", listOf({ ...one, embedding: [] }).replace("[]", "[ ]")],
    ["an empty text for a vector", listOf({ ...one, embedding: "" })],
    ["base64 of less than a number", listOf({ embedding: "AAA=" })],
    ["texts in a vector", listOf({ embedding: ["a"] })],
    ["a vector that is null in its list", listOf({ embedding: [null] })],
    ["vectors of different lengths", listOf(one, { embedding: [1] })],
    ["base64 of different lengths", listOf({ embedding: "AAAAPw==" }, { embedding: "AAAAPwAAAD8=" })],
    ["numbers and base64 of one length", listOf({ embedding: [1] }, { embedding: "AAAAPw==" })],
    ["numbers and base64 of different lengths", listOf(one, { embedding: "AAAAPw==" })],
    [
      "a status of MiniMax that is an error",
      JSON.stringify({ data: null, base_resp: { status_code: 1008, status_msg: "no" } }),
    ],
    [
      "a status of MiniMax that is none",
      JSON.stringify({ data: [one], base_resp: { status_code: 0, status_msg: "ok" } }),
    ],
    ["a code and a message", JSON.stringify({ code: "Arrearage", message: "no" })],
    ["a code and a message beside a list", JSON.stringify({ code: 200, message: "ok", data: [one] })],
    ["a list of something else beside an error of nothing", JSON.stringify({ data: [{}], error: 0 })],
    ["an error of nothing", JSON.stringify({ data: [one], error: {} })],
    ["white space", spaced],
    ["more in an element", listOf({ meta: { a: ["]", { b: "[" }] }, ...one })],
    ["a field given twice", `{"data":5,"data":[{"embedding":5,"embedding":[1]}]}`],
    ["a list given twice, the last one bad", `{"data":[{"embedding":[1]}],"data":[{}]}`],
    ["an escaped key", `{"data":[{"\\u0065mbedding":[1]}]}`],
    ["no list", `{"model":"m"}`],
    ["an empty list", listOf()],
    ["an element without an embedding", listOf({})],
    ["an element that is no object", listOf(one, 5)],
    ["an array for an element", listOf([1])],
    ["a number for an embedding", listOf({ embedding: 5 })],
    ["an object for an embedding", listOf({ embedding: { a: 1 } })],
    ["null for an embedding", listOf({ embedding: null })],
    ["arrays in an embedding", listOf({ embedding: [[1], [2]] })],
    ["a comma too many", listOf(one).replace("}]", "},]")],
    ["two commas", listOf(one, one).replace("},{", "},,{")],
    ["no comma", listOf(one, one).replace("},{", "}{")],
    ["null in a vector", listOf({ embedding: [1, null] })],
    ["NaN in a vector", '{"data":[{"embedding":[1,NaN]}]}'],
    ["-Infinity in a vector", '{"data":[{"embedding":[-Infinity,1]}]}'],
    ["a list that is not closed", '{"data":[{"embedding":[1]}'],
    ["a vector that is not closed", '{"data":[{"embedding":[1}]}'],
    ["something behind it", `${listOf(one)}x`],
    ["an error", JSON.stringify({ error: { message: "no", type: "overloaded_error" } })],
    ["an error that is a text, with its code beside it", JSON.stringify({ error: "no", code: 429 })],
    ["an error beside a list", JSON.stringify({ data: [one], error: { message: "no", code: 400 } })],
    ["an error that is null", JSON.stringify({ data: [one], error: null })],
    ["a usage that cannot be true", JSON.stringify({ data: [one], usage: { prompt_tokens: -1 } })],
    ["a usage that is no JSON", '{"data":[{"embedding":[1]}],"usage":{"prompt_tokens":1,}}'],
    ["nothing", ""],
    ["a page", "<html>"],
    ["an array", "[]"],
  ])("%s", (_name, body) => {
    expect(look(body)).toEqual(decode(body));
  });

  test.each<[number, string | undefined]>([
    [1, "upstream_invalid_response"],
    [2, undefined],
    [3, "upstream_invalid_response"],
  ])("of two vectors where %d were asked for", (choiceCount, failure) => {
    const body = listOf(one, { ...one, index: 1 });
    expect(look(body, choiceCount).failure as string | undefined).toBe(failure);
    expect(decode(body, choiceCount)).toEqual(look(body, choiceCount));
  });

  test("of a large answer, where lengths are compared by their bytes", () => {
    const vector = (length: number) => ({ embedding: Array.from({ length }, (_, at) => at / 7 - 99) });
    const whole = Array.from({ length: 20 }, () => vector(1000));
    for (const odd of [500, 1, 0, 2000]) {
      const body = listOf(...whole, vector(odd));
      expect(look(body).failure).toBe("upstream_invalid_response");
      expect(decode(body)).toEqual(look(body));
    }
    expect(look(listOf(...whole)).failure).toBeUndefined();
  });

  test("of anything that is JSON", () => {
    const lengths = { minLength: 1, maxLength: 2 };
    const vector = fc.oneof(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), lengths),
      fc.uint8Array(lengths).map((bytes) => Buffer.from(new Float32Array(bytes).buffer).toString("base64")),
      fc.array(fc.jsonValue({ maxDepth: 1 }), lengths),
      fc.base64String({ maxLength: 12 }),
    );
    const notVector = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.dictionary(fc.string(), fc.integer()));
    const element = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record(
          { object: fc.json(), embedding: vector, index: fc.integer({ min: -1, max: 2 }) },
          { requiredKeys: ["embedding"] },
        ),
      },
      { weight: 1, arbitrary: fc.record({ embedding: notVector }, { requiredKeys: [] }) },
      { weight: 1, arbitrary: fc.jsonValue() },
    );
    const answer = fc.record(
      {
        object: fc.jsonValue(),
        data: fc.oneof({ weight: 8, arbitrary: fc.array(element, { maxLength: 3 }) }, fc.jsonValue()),
        usage: fc.oneof(
          fc.record({ prompt_tokens: fc.integer({ min: -1 }), total_tokens: fc.integer() }, { requiredKeys: [] }),
          fc.jsonValue(),
        ),
        error: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const outcomes = new Map<unknown, number>();
    fc.assert(
      fc.property(answer, fc.constantFrom(undefined, 1), (json, indent) => {
        const body = JSON.stringify(json, null, indent);
        const said = look(body);
        expect(said).toEqual(decode(body));
        outcomes.set(said.failure, (outcomes.get(said.failure) ?? 0) + 1);
      }),
      { numRuns: 2_000 },
    );
    expect(outcomes.get(undefined)).toBeGreaterThan(20);
    expect(outcomes.get("upstream_invalid_response")).toBeGreaterThan(100);
  });

  test("a body with a byte missing or changed", () => {
    const body = Buffer.from(listOf({ ...one, meta: { a: ["b"] } }, { embedding: "AAAAPw==" }));
    let refused = 0;
    for (let at = 0; at < body.length; at++) {
      for (const byte of ["", "[", "]", "{", "}", '"', ",", ":", "\\", "1", " "]) {
        const changed = Buffer.concat([body.subarray(0, at), Buffer.from(byte), body.subarray(at + 1)]);
        const said = look(changed);
        if (said.failure !== undefined) refused++;
        expect([String(changed), decode(changed)]).toEqual([String(changed), said]);
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});

describe("what is wrong within a vector or beside it is seen by both", () => {
  const faults: [string, string][] = [
    ["texts in a vector behind a number", listOf({ embedding: [1, "a"] })],
    ["objects in a vector behind a number", listOf({ embedding: [1, {}] })],
    ["commas too many in a vector", '{"data":[{"embedding":[1,2,,]}]}'],
    ["no comma between numbers", '{"data":[{"embedding":[1 2]}]}'],
    ["a zero before a number", '{"data":[{"embedding":[01]}]}'],
    ["a number without an end", '{"data":[{"embedding":[1.]}]}'],
    ["base64 of no whole number of floats", listOf({ embedding: "AAAAPwA=" })],
    ["a bad escape in base64", '{"data":[{"embedding":"AAAA\\xPw=="}]}'],
    ["an index that is given twice", listOf(one, one)],
    ["an index out of range", listOf({ ...one, index: 9 })],
    ["an index that is no number", listOf({ ...one, index: "0" })],
    ["a value that is not read and is no JSON", '{"data":[{"embedding":[1]}],"x":[1,,2]}'],
    ["an element with more that is no JSON", '{"data":[{"embedding":[1],"x":{"a" 1}}]}'],
  ];
  test.each(faults)("%s", (_name, body) => {
    expect(look(body).failure).toBe("upstream_invalid_response");
    expect(decode(body)).toEqual(look(body));
  });

  test("and a large answer that passes all the same is an error to whoever decodes it", () => {
    const vector = Array.from({ length: 20_000 }, (_, at) => at / 7);
    const body = listOf({ embedding: vector }, { embedding: [...vector.slice(1), "a"] });
    const reader = openaiChat.reader({ operation: "embedding", stream: false, choiceCount: 2, isRaw: true });
    reader.push(Buffer.from(body));
    const batch = reader.end();
    expect(batch.facts.failure).toBeUndefined();
    expect(batch.events()).toMatchObject([{ type: "error", error: { code: "upstream_invalid_response" } }]);
  });
});

test("numbers are counted as JSON.parse reads them", () => {
  const letters = fc.stringMatching(/^[-+0-9.eE, \n]{0,12}$/);
  const numbers = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())).map(String);
  fc.assert(
    fc.property(fc.oneof(letters, numbers), (inside) => {
      const bytes = Buffer.from(`x[${inside}]x`);
      let parsed: unknown[] | undefined;
      try {
        parsed = JSON.parse(`[${inside}]`) as unknown[];
      } catch {
        // No JSON.
      }
      expect([inside, countNumbers(bytes, 1, bytes.length - 1)]).toEqual([inside, parsed?.length]);
    }),
    { numRuns: 20_000 },
  );
});
