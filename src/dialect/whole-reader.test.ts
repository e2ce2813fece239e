import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { noUsage, type AnswerEvent, type Facts } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { createWholeReader } from "./whole-reader.ts";

const kind = { operation: "chat", stream: false, choiceCount: 1, isRaw: true } as const;

const counted = { ...noUsage, inputTokens: 3 };
const facts: Facts = { textBytes: 0, hasThoughts: false, usage: counted, isEnd: true, failure: undefined };

function decode(json: unknown): AnswerEvent[] {
  if (json === null) throw new SahabError("upstream_rejected", "no");
  return [
    { type: "text-delta", choice: 0, text: JSON.stringify(json) },
    { type: "usage", usage: counted },
  ];
}

test("an answer in pieces is one batch, at the end: the bytes as they came and what they say", () => {
  const reader = createWholeReader(decode, kind);
  const body = Buffer.from('{"a":"云"}');
  for (const byte of body) expect(reader.push(Uint8Array.of(byte))).toEqual([]);
  const batch = reader.end();
  expect(Buffer.from(batch.raw ?? []).equals(body)).toBe(true);
  expect(batch.facts).toEqual({ ...facts, textBytes: body.length });
  expect(batch.events()).toEqual(decode({ a: "云" }));
});

test("the arguments of a tool keep numbers with more digits than a double holds", () => {
  const input = '{"id":1234567890123456789,"at":[-9007199254740993],"n":5}';
  const answer = {
    id: "m",
    type: "message",
    content: [{ type: "tool_use", id: "t", name: "f", input: 0 }],
    stop_reason: "tool_use",
  };
  const reader = anthropicMessages.reader({ operation: "chat", stream: false, choiceCount: 1, isRaw: false });
  reader.push(Buffer.from(JSON.stringify(answer).replace('"input":0', `"input":${input}`)));
  const said = reader.end().events();
  expect(said.find((event) => event.type === "tool-call-delta")).toMatchObject({ arguments: input });
});

describe("answers that are none", () => {
  test.each([
    ["", "upstream_invalid_response", "the answer is empty"],
    ["<html>", "upstream_invalid_response", "the answer is not JSON"],
    ['{"a":', "upstream_invalid_response", "the answer is not JSON"],
    ["null", "upstream_rejected", "no"],
  ])("%j", (body, code, message) => {
    const reader = createWholeReader(decode, kind);
    reader.push(Buffer.from(body));
    const batch = reader.end();
    expect(batch.facts.failure).toMatchObject({ code, message });
    expect(batch.facts.isEnd).toBe(false);
    expect(batch.events()).toMatchObject([{ type: "error" }]);
    expect(batch.raw).toBeUndefined();
  });

  test("one that is larger than allowed fails as soon as it is", () => {
    const reader = createWholeReader(decode, kind);
    const chunk = new Uint8Array(8 * 1024 * 1024);
    let batches = reader.push(chunk);
    for (let size = chunk.length; size < limits.parsedAnswerBytesMax; size += chunk.length) {
      expect(batches).toEqual([]);
      batches = reader.push(chunk);
    }
    expect(batches).toEqual([]);
    expect(reader.push(Uint8Array.of(1))[0]?.facts.failure?.code).toBe("upstream_invalid_response");
  });
});

describe("with a look at the facts", () => {
  test("nothing is decoded until it is asked for", () => {
    let decodedCount = 0;
    const counting = (json: unknown) => {
      decodedCount++;
      return decode(json);
    };
    const reader = createWholeReader(counting, kind, { look: () => ({ facts, isRaw: true }) });
    reader.push(Buffer.from("5"));
    const batch = reader.end();
    expect(batch.facts).toEqual(facts);
    expect(decodedCount).toBe(0);
    expect(batch.events()).toEqual(decode(5));
    expect(decodedCount).toBe(1);
  });

  test("what the look throws is the failure", () => {
    const reader = createWholeReader(decode, kind, {
      look() {
        throw new SahabError("upstream_error", "boom");
      },
    });
    expect(reader.end().facts.failure?.code).toBe("upstream_error");
  });
});
