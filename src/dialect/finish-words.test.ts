import { expect, test } from "bun:test";
import { readFinishWord } from "./finish-words.ts";

test.each(["", " ", "null", null, undefined, false, 0, 5, {}])("no end: %j", (value) => {
  expect(readFinishWord(value)).toBeUndefined();
});

test.each([
  ["stop", "stop"],
  ["STOP", "stop"],
  ["end_turn", "stop"],
  ["length", "length"],
  ["MAX_TOKENS", "length"],
  ["maxTokens", "length"],
  ["model_length", "length"],
  ["max_output_tokens", "length"],
  ["TOKEN_LIMIT", "length"],
  ["time_limit", "length"],
  ["normal", "stop"],
  ["tool_calls", "tool-calls"],
  ["tool_use", "tool-calls"],
  ["function_call", "tool-calls"],
  ["content_filter", "content-filter"],
  ["sensitive", "content-filter"],
  ["SAFETY", "content-filter"],
  ["content-filtered", "content-filter"],
  ["refusal", "refusal"],
  ["pause_turn", "pause"],
  ["CONTINUATION", "pause"],
  ["LANGUAGE", "content-filter"],
  ["MODEL_ARMOR", "content-filter"],
  ["IMAGE_SAFETY", "content-filter"],
])("%s is %s", (word, reason) => {
  expect(readFinishWord(word) as object).toEqual({ type: "finish", reason });
});

test.each([
  "abort",
  "Aborted",
  "error",
  "network_error",
  "NETWORK_ERROR",
  "engine-error",
  "cancelled",
  "canceled",
  "insufficient_system_resource",
  "timeout",
  "time_out",
  "failed",
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
  "NOT_FINISHED",
  "incomplete",
  "rate_limit",
  "quota_exceeded",
  "server_busy",
  "exception",
  "killed",
  "preempted",
  "deadline_exceeded",
])("%s is a failure", (word) => {
  expect(readFinishWord(word)).toEqual({ type: "failure", word });
});

test("a word that nobody documents is kept, unless it is no name", () => {
  expect(readFinishWord("max_output_reached")).toEqual({
    type: "finish",
    reason: "stop",
    unknownWord: "max_output_reached",
  });
  for (const word of ["the whole answer", 'a"b', "x".repeat(65), "云"])
    expect(readFinishWord(word)).toEqual({ type: "finish", reason: "stop" });
});
