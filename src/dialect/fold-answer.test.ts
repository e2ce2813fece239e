import { describe, expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import { noUsage, type ChatEvent, type ReasoningSignature, type TokenLogprob } from "../call/index.ts";
import { foldAnswer, textOf, toolCallsOf } from "./fold-answer.ts";

const start: ChatEvent = { type: "start", id: "c1", model: "m", createdS: 1 };
const text = (words: string, choice = 0): ChatEvent => ({ type: "text-delta", choice, text: words });
const thought = (words: string): ChatEvent => ({ type: "reasoning-delta", choice: 0, text: words });
const signed = (signature: ReasoningSignature): ChatEvent => ({ type: "reasoning-signature", choice: 0, signature });
const call = (index: number, id: string): ChatEvent => ({ type: "tool-call-start", choice: 0, index, id, name: "f" });
const args = (index: number, json: string): ChatEvent => ({
  type: "tool-call-delta",
  choice: 0,
  index,
  arguments: json,
});
const signature = { value: "s", origin: "anthropic-messages" };

function partsOf(...events: ChatEvent[]) {
  return foldAnswer([start, ...events]).choices[0]?.parts;
}

describe("parts", () => {
  test("deltas of a kind are joined while they follow each other; the order is kept", () => {
    expect(partsOf(thought("a"), thought("b"), text("c"), text("d"), thought("e"), text("f"))).toEqual([
      { type: "reasoning", text: "ab" },
      { type: "text", text: "cd" },
      { type: "reasoning", text: "e" },
      { type: "text", text: "f" },
    ]);
  });

  test("tool calls keep the place where they began, however their arguments mix", () => {
    expect(
      partsOf(call(0, "a"), args(0, "{"), call(1, "b"), args(1, "["), args(0, "}"), text("x"), args(1, "]")),
    ).toEqual([
      { type: "tool-call", id: "a", name: "f", arguments: "{}" },
      { type: "tool-call", id: "b", name: "f", arguments: "[]" },
      { type: "text", text: "x" },
    ]);
  });

  test("a signature belongs to the reasoning before it, and ends it", () => {
    expect(partsOf(thought("a"), thought("b"), signed(signature), thought("c"), text("d"))).toEqual([
      { type: "reasoning", text: "ab", signature },
      { type: "reasoning", text: "c" },
      { type: "text", text: "d" },
    ]);
  });

  test("a signature without reasoning before it, and a redacted one, are parts of their own", () => {
    const redacted: ReasoningSignature = { ...signature, isRedacted: true };
    expect(partsOf(thought("a"), signed(redacted), text("b"), signed(signature))).toEqual([
      { type: "reasoning", text: "a" },
      { type: "reasoning", text: "", signature: redacted },
      { type: "text", text: "b" },
      { type: "reasoning", text: "", signature },
    ]);
    // The next signature is not the redacted one's.
    expect(partsOf(signed(redacted), signed(signature))).toEqual([
      { type: "reasoning", text: "", signature: redacted },
      { type: "reasoning", text: "", signature },
    ]);
  });

  test("reasoning of nothing is kept apart from no reasoning", () => {
    const [choice] = foldAnswer([start, thought(""), text("a")]).choices;
    expect(choice && textOf(choice, "reasoning")).toBe("");
    const [other] = foldAnswer([start, text("a")]).choices;
    expect(other && textOf(other, "reasoning")).toBeUndefined();
  });
});

test("texts of one kind and tool calls are found among the parts", () => {
  const [choice] = foldAnswer([start, text("a"), call(0, "x"), text("b"), thought("t"), call(1, "y")]).choices;
  expect(choice && textOf(choice, "text")).toBe("ab");
  expect(choice && toolCallsOf(choice).map(({ id }) => id)).toEqual(["x", "y"]);
});

test("choices that mix, logprobs, finish and the latest usage", () => {
  const logprobs: TokenLogprob[] = [{ token: "a", logprob: -1, bytes: null, top: [] }];
  const answer = foldAnswer([
    start,
    { type: "usage", usage: { ...noUsage, outputTokens: 1 } },
    text("b", 1),
    { type: "text-delta", choice: 0, text: "a", logprobs },
    { type: "text-delta", choice: 0, text: "a", logprobs },
    { type: "finish", choice: 1, reason: "length" },
    { type: "finish", choice: 0, reason: "stop", stopSequence: "END" },
    { type: "usage", usage: { ...noUsage, outputTokens: 2 } },
  ]);
  expect(answer.start).toEqual(start);
  expect(answer.usage?.outputTokens).toBe(2);
  expect(answer.choices).toMatchObject([
    { parts: [{ text: "aa" }], finish: "stop", stopSequence: "END", logprobs: [...logprobs, ...logprobs] },
    { parts: [{ text: "b" }], finish: "length", logprobs: null },
  ]);
});

test("an error is thrown", () => {
  const error = new SahabError("stream_interrupted", "cut");
  expect(() => foldAnswer([start, text("a"), { type: "error", error }])).toThrow(error);
});

test("events that cannot be are found", () => {
  expect(() => foldAnswer([])).toThrow("start");
  expect(() => foldAnswer([start, args(0, "{}")])).toThrow("tool call");
});
