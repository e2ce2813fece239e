import { expect, test } from "bun:test";
import { frameBedrockStream, frameMessage } from "../../testing/clouds/event-frames.ts";
import type { HttpAnswer } from "../../transport/index.ts";
import { unframeEvents } from "./unframe-events.ts";

const events =
  'event: message_start\ndata: {"type":"message_start","message":{}}\n\nevent: ping\ndata: {"type":"ping"}\n\n';

function answerOf(
  bytes: Uint8Array,
  pieceBytes: number,
  contentType = "application/vnd.amazon.eventstream",
): HttpAnswer {
  let at = 0;
  return {
    status: 200,
    header: (name) => (name === "content-type" ? contentType : name === "content-length" ? String(bytes.length) : null),
    read() {
      const value = bytes.subarray(at, at + pieceBytes);
      at += pieceBytes;
      return value.length === 0 ? { done: true } : { done: false, value };
    },
    cancel: () => Promise.resolve(),
  };
}

async function textOf(answer: HttpAnswer): Promise<string> {
  let text = "";
  for (;;) {
    const { done, value } = await answer.read();
    text += value ? Buffer.from(value).toString() : "";
    if (done) return text;
  }
}

test.each([1, 7, 100, 10_000])(
  "gives the events that Anthropic would send, however the bytes come: %d at a time",
  async (size) => {
    const answer = unframeEvents(answerOf(frameBedrockStream(events), size));
    expect(answer.header("content-type")).toBe("text/event-stream");
    expect(answer.header("content-length")).toBeNull();
    expect(await textOf(answer)).toBe(events);
  },
);

test("reads bytes that botocore's reader takes for the same message", async () => {
  const known =
    "0000008a0000004b7f7aef420b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d747970650700056576656e747b226279746573223a2265794a306558426c496a6f6963476c755a794a39222c2270223a226162636465666768227d21492ce2";
  expect(frameBedrockStream('data: {"type":"ping"}\n\n').toString("hex")).toBe(known);
  expect(await textOf(unframeEvents(answerOf(Buffer.from(known, "hex"), 33)))).toBe(
    'event: ping\ndata: {"type":"ping"}\n\n',
  );
});

test.each([
  ["throttlingException", "rate_limit_error"],
  ["modelStreamErrorException", "api_error"],
  ["serviceUnavailableException", "overloaded_error"],
])("an exception in the middle is the stream's error: %s", async (exception, type) => {
  const failure = frameMessage(
    { ":exception-type": exception, ":message-type": "exception" },
    JSON.stringify({ message: "Too many requests" }),
  );
  const text = await textOf(unframeEvents(answerOf(Buffer.concat([frameBedrockStream(events), failure]), 50)));
  expect(text).toBe(
    `${events}event: error\ndata: ${JSON.stringify({ type: "error", error: { type, message: "Too many requests" } })}\n\n`,
  );
});

test("a stream that is cut, or changed on its way, is told", () => {
  const bytes = frameBedrockStream(events);
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(130) ^ 1, 130);
  const long = Buffer.from(bytes);
  long.writeUInt32BE(0x7fffffff, 0);
  expect(textOf(unframeEvents(answerOf(bytes.subarray(0, -3), 40)))).rejects.toThrow("cut in the middle of a message");
  expect(textOf(unframeEvents(answerOf(changed, 40)))).rejects.toThrow(/checksum/i);
  expect(textOf(unframeEvents(answerOf(long, 40)))).rejects.toThrow("a message of 2147483647 bytes");
});

test("messages that hold no event of an answer are skipped, and other answers stay as they are", async () => {
  const odd = ["[1]", "null", "not json", '{"bytes":7}', "{}"].map((payload) =>
    frameMessage({ ":event-type": "other", ":message-type": "event" }, payload),
  );
  expect(await textOf(unframeEvents(answerOf(Buffer.concat(odd), 9)))).toBe("");
  const json = answerOf(Buffer.from("{}"), 9, "application/json");
  expect(unframeEvents(json)).toBe(json);
});
