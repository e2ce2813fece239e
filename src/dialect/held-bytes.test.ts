import { describe, expect, test } from "bun:test";
import { must } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { eventBatch, type AnswerEvent, type ChatEvent } from "../call/index.ts";
import type { Dialect } from "./dialect.ts";
import { dialects } from "./registry.ts";

// What is held of a stream is counted, whatever it is, and has a bound.

function findDialect(name: string): Dialect {
  return must(
    dialects.find((dialect) => dialect.name === name),
    "a dialect of this name",
  );
}

const usageExtra = () => ({});
const openings = {
  "anthropic-messages": { path: "/v1/messages", body: { max_tokens: 5, messages: [{ role: "user", content: "Hi" }] } },
  "openai-responses": { path: "/v1/responses", body: { input: "Hi" } },
  gemini: { path: "/v1beta/models/m:streamGenerateContent", body: { contents: [{ parts: [{ text: "Hi" }] }] } },
  dashscope: {
    path: "/api/v1/services/aigc/text-generation/generation",
    body: { input: { messages: [{ role: "user", content: "Hi" }] }, parameters: { incremental_output: false } },
  },
};
type Name = keyof typeof openings;

function writerOf(name: Name) {
  const { path, body } = openings[name];
  const opened = findDialect(name).open({
    operation: "chat",
    path,
    query: "alt=sse",
    headers: new Headers({ "x-dashscope-sse": "enable" }),
    body: Buffer.from(JSON.stringify({ model: "m", stream: true, ...body })),
  });
  return opened.writer({ requestId: "req_1", isRaw: false, usageExtra });
}

const start: ChatEvent = { type: "start", id: "a", model: "m", createdS: 1 };
const openCall: Extract<ChatEvent, { type: "tool-call-start" }> = {
  type: "tool-call-start",
  choice: 0,
  index: 0,
  id: "c",
  name: "look",
};
const token = { token: "x", logprob: -1, bytes: [120] };
const probable: ChatEvent = {
  type: "text-delta",
  choice: 0,
  text: "x",
  logprobs: Array.from({ length: 1_000 }, () => ({ ...token, top: [token, token] })),
};
const proof = "p".repeat(1024 * 1024);
const redacted: ChatEvent = {
  type: "reasoning-signature",
  choice: 0,
  signature: { value: proof, origin: "anthropic-messages", isRedacted: true },
};
const sealed: ChatEvent = {
  type: "reasoning-signature",
  choice: 0,
  signature: {
    value: JSON.stringify({ type: "reasoning", id: "r", encrypted_content: proof }),
    origin: "openai-responses",
  },
};
const named = (at: number): ChatEvent => ({ ...openCall, index: at + 1, id: proof });
const inTurns = (at: number): ChatEvent => ({
  type: at % 2 === 0 ? "text-delta" : "reasoning-delta",
  choice: 0,
  text: "x",
});

const held: [Name, string, (at: number) => ChatEvent, number][] = [
  ["dashscope", "probabilities", () => probable, 1_000],
  ["dashscope", "ids of calls", named, 100],
  ["openai-responses", "probabilities", () => probable, 1_000],
  ["openai-responses", "proofs", () => sealed, 100],
  ["openai-responses", "ids of calls", named, 100],
  ["openai-responses", "texts that take turns", inTurns, 400_000],
  ["anthropic-messages", "proofs after an open call", () => redacted, 100],
  ["anthropic-messages", "ids of calls", named, 100],
  ["anthropic-messages", "texts that take turns after an open call", inTurns, 400_000],
  ["gemini", "ids of calls", named, 100],
];

test.each(held)("a writer of %s counts %s, and refuses too many", (name, _what, next, countMax) => {
  const writer = writerOf(name);
  writer.write(eventBatch([start, openCall], false));
  const before = writer.heldBytes ?? 0;
  writer.write(eventBatch([next(0), next(1)], false));
  expect(writer.heldBytes).toBeGreaterThan(before);
  const feed = () => {
    for (let at = 2; at < countMax; at++) writer.write(eventBatch([next(at)], false));
  };
  expect(feed).toThrow(SahabError);
});

describe("readers", () => {
  const readerOf = (name: string, choiceCount = 1) =>
    findDialect(name).reader({ operation: "chat", stream: true, isRaw: false, model: "m", choiceCount });
  const frame = (json: object) => Buffer.from(`data: ${JSON.stringify(json)}\n\n`);

  /** Reads until it fails. Returns how much was held at most. */
  function readUntilFailure(name: string, chunks: Iterable<object>, choiceCount?: number) {
    const reader = readerOf(name, choiceCount);
    let heldMax = 0;
    for (const chunk of chunks) {
      const batches = reader.push(frame(chunk));
      heldMax = Math.max(heldMax, reader.heldBytes);
      const failure = batches.find(({ facts }) => facts.failure)?.facts.failure;
      if (failure) return { heldMax, code: failure.code };
    }
    return { heldMax, code: undefined };
  }

  const large = "x".repeat(1024 * 1024);
  const times = (count: number, make: (at: number) => object) => Array.from({ length: count }, (_, at) => make(at));
  const dashscopeChunk = (index: number, content: string, logprobs?: object) => ({
    output: { choices: [{ index, message: { content }, logprobs, finish_reason: "null" }] },
  });

  test("DashScope's: few bytes wait until it is known whether chunks repeat all", () => {
    const content = Array.from({ length: 2_000 }, () => ({ ...token, top_logprobs: [] }));
    const reader = readerOf("dashscope");
    const events: AnswerEvent[] = [];
    let heldMax = 0;
    let pushedBytes = 0;
    for (const text of [
      "a",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
      "aa",
    ]) {
      const bytes = frame(dashscopeChunk(0, text, { content }));
      pushedBytes += bytes.length;
      for (const batch of reader.push(bytes)) events.push(...batch.events());
      heldMax = Math.max(heldMax, reader.heldBytes);
    }
    expect(pushedBytes).toBeGreaterThan(1024 * 1024);
    expect(heldMax).toBeGreaterThan(pushedBytes / 4);
    expect(heldMax).toBeLessThanOrEqual(1024 * 1024 + 2_000);
    expect(events.map((event) => (event.type === "text-delta" ? event.text : "")).join("")).toBe("aa");
  });

  test("DashScope's: so many choices that what each repeats is too much", () => {
    const { heldMax, code } = readUntilFailure(
      "dashscope",
      times(40, (at) => dashscopeChunk(at, large)),
    );
    expect(code).toBe("upstream_invalid_response");
    expect(heldMax).toBeGreaterThan(limits.parsedAnswerBytesMax / 4);
  });

  test("OpenAI's: ids of calls in many choices", () => {
    const chunks = times(8, (index) => ({
      choices: [{ index, delta: { tool_calls: [{ index: 0, id: large, function: { name: "f" } }] } }],
    }));
    const { heldMax, code } = readUntilFailure("openai-chat", chunks, 8);
    expect(code).toBe("upstream_invalid_response");
    expect(heldMax).toBeGreaterThan(large.length);
  });

  test("Gemini's: calls that come in pieces, in many candidates", () => {
    const part = {
      functionCall: { name: "f", willContinue: true, partialArgs: [{ jsonPath: "$.a", stringValue: large }] },
    };
    const chunks = times(40, (index) => ({ candidates: [{ index, content: { parts: [part] } }] }));
    const { heldMax, code } = readUntilFailure("gemini", chunks, 40);
    expect(code).toBe("upstream_invalid_response");
    expect(heldMax).toBeGreaterThan(large.length);
  });

  test("Anthropic's: inputs that wait for the end of their block", () => {
    const reader = readerOf("anthropic-messages");
    const block = { type: "tool_use", id: "t", name: "f", input: { a: large } };
    reader.push(frame({ type: "content_block_start", index: 0, content_block: block }));
    expect(reader.heldBytes).toBeGreaterThan(large.length);
    reader.push(frame({ type: "content_block_stop", index: 0 }));
    expect(reader.heldBytes).toBe(0);
  });
});
