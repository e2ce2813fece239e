import { describe, expect, test } from "bun:test";
import type { Batch } from "../call/index.ts";
import type { StreamDecoder } from "./dialect.ts";
import { createChatStreamDecoder } from "./openai-chat/decode-events.ts";
import { createStreamReader } from "./stream-reader.ts";

/** Reads all chunks, and then the end where none of them had it. */
function read(chunks: readonly Uint8Array[]): Batch[] {
  const reader = createStreamReader(createChatStreamDecoder({ choiceCount: 1 }), { textKeys: ["content"] });
  const batches = chunks.flatMap((chunk) => reader.push(chunk));
  const isOver = batches.some(({ facts }) => facts.isEnd || facts.failure);
  return isOver ? batches : [...batches, reader.end()];
}

const chunkOf = (fields: string) => `{"id":"c","created":1,"model":"m",${fields}}`;
const choiceOf = (fields: string) => chunkOf(`"choices":[{"index":0,${fields}}]`);
const usage = '"usage":{"prompt_tokens":5,"completion_tokens":3}';

describe("the end of a stream", () => {
  const said = `data: ${choiceOf('"delta":{"content":"a"}')}\n\n`;
  const finished = `data: ${choiceOf('"delta":{"content":"b"},"finish_reason":"stop"')}\n\n`;
  const counted = `data: ${chunkOf(`"choices":[],${usage}`)}\n\n`;
  const done = "data: [DONE]\n\n";
  const last = (wire: string) => read([Buffer.from(wire)]).at(-1);
  const rawOf = (batch: Batch | undefined) => batch?.raw && Buffer.from(batch.raw).toString("utf8");

  test("[DONE] is a batch of its own, and what follows it is left", () => {
    const batches = read([Buffer.from(said + finished + done + said)]);
    expect(batches.map(rawOf)).toEqual([said + finished, done]);
    expect(batches.map((batch) => batch.facts.isEnd)).toEqual([false, true]);
  });

  test("usage is a batch of its own", () => {
    const batches = read([Buffer.from(said + finished + counted + done)]);
    expect(batches.map(rawOf)).toEqual([said + finished, counted, done]);
  });

  test("without [DONE] the answer is whole after its finish reason", () => {
    expect(last(said + finished)?.facts).toMatchObject({ isEnd: true, failure: undefined });
    expect(last(said)?.facts.failure?.code).toBe("stream_interrupted");
  });

  test("a last event without blank line counts, and gets one", () => {
    for (const missing of [1, 2]) {
      const batch = last((said + finished).slice(0, -missing));
      expect(batch?.facts).toMatchObject({ isEnd: true, textBytes: 1 });
      expect(rawOf(batch)).toBe(finished);
      expect(batch?.events()).toMatchObject([{ type: "text-delta", text: "b" }, { type: "finish" }]);
    }
    expect(rawOf(last((said + finished + done).slice(0, -2)))).toBe(done);
  });

  test.each([
    said + finished + counted.slice(0, -10),
    said + finished.slice(0, -10),
    `${said + finished}data: [DO`,
    `${said + finished}dat`,
    `${said + finished}event: mess`,
  ])("a last event that was cut off is a cut, whatever came before it: %j", (wire) => {
    expect(last(wire)?.facts).toMatchObject({ isEnd: false, failure: { code: "stream_interrupted" } });
    expect(last(wire)?.raw).toBeUndefined();
  });

  test.each([": keep-al", ":", "\n", "retry: 5\n", "event: done\n"])(
    "what says nothing may end anywhere: %j",
    (rest) => {
      expect(last(said + finished + rest)?.facts).toMatchObject({ isEnd: true, failure: undefined });
    },
  );

  test("an event that is larger than allowed breaks the stream; what came before it counts", () => {
    const chunk = Buffer.alloc(6 * 1024 * 1024, "x");
    const batches = read([Buffer.from(said), Buffer.from("data: "), chunk, chunk, chunk]);
    expect(batches.map((batch) => batch.facts.failure?.code)).toEqual([undefined, "upstream_invalid_response"]);
    expect(rawOf(batches[0])).toBe(said);
  });

  test("a decoder that throws breaks the stream, and the reader does not throw", () => {
    const decoder: StreamDecoder = {
      decode: () => {
        throw new Error("a bug");
      },
      end: () => [],
      isDone: false,
    };
    const batches = createStreamReader(decoder, { textKeys: [] }).push(Buffer.from(said));
    expect(batches.map((batch) => batch.facts.failure?.code)).toEqual(["internal_error"]);
  });
});
