import { expect, test } from "bun:test";
import { answerTextBytes, hasFinishReason, hasUsage, isDone, isErrorEvent } from "./index.ts";

const bytes = (text: string) => Buffer.from(text);

test("what a relay sees in an event", () => {
  expect(isDone(bytes("[DONE]"))).toBe(true);
  expect(isDone(bytes("[DONE!"))).toBe(false);
  expect(hasUsage(bytes('{"usage":null}'))).toBe(false);
  expect(hasUsage(bytes('{"choices":[],"usage": {"prompt_tokens":1}}'))).toBe(true);
  expect(hasFinishReason(bytes('{"choices":[{"finish_reason":null},{"finish_reason": "stop"}]}'))).toBe(true);
  expect(hasFinishReason(bytes('{"choices":[{"finish_reason":null}]}'))).toBe(false);
  expect(isErrorEvent(bytes('{"error":{"message":"a"}}'))).toBe(true);
  expect(isErrorEvent(bytes('{"error":null,"choices":[]}'))).toBe(false);
  // Some vendors put the error behind the other fields of a chunk, or tell it by the finish reason alone.
  const chunk = (more: object) => bytes(JSON.stringify({ id: "a-long-enough-id", choices: [], ...more }));
  expect(isErrorEvent(chunk({ error: { code: "server_error" } }))).toBe(true);
  expect(isErrorEvent(chunk({ error: null }))).toBe(false);
  expect(isErrorEvent(chunk({ choices: [{ delta: {}, finish_reason: "error" }] }))).toBe(true);
  expect(isErrorEvent(chunk({ choices: [{ delta: { content: "error" }, finish_reason: null }] }))).toBe(false);
});

test("text cannot pass for a field", () => {
  const chunk = JSON.stringify({
    choices: [{ delta: { content: '"usage":{"a":1} "finish_reason":"stop" {"error":{' } }],
  });
  expect(hasUsage(bytes(chunk))).toBe(false);
  expect(hasFinishReason(bytes(chunk))).toBe(false);
  expect(isErrorEvent(bytes(chunk))).toBe(false);
});

test("answerTextBytes counts text as it stands on the wire", () => {
  expect(answerTextBytes(bytes('{"choices":[{"delta":{"content":"ab","reasoning_content":"cde"}}]}'))).toBe(5);
  expect(answerTextBytes(bytes('{"choices":[{"delta":{"content":null}}]}'))).toBe(0);
  expect(answerTextBytes(bytes('{"choices":[{"text":"a\\"b"}]}'))).toBe(4);
});
