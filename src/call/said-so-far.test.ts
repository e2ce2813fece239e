import { expect, test } from "bun:test";
import type { AnswerEvent } from "./facts.ts";
import { noUsage } from "./usage.ts";
import { SaidSoFar } from "./said-so-far.ts";

const text = (text: string, choice = 0): AnswerEvent => ({ type: "text-delta", choice, text });

test("texts of a choice are joined where nothing else of it came between, and the latest count is kept", () => {
  const said = new SaidSoFar();
  const first = text("a");
  const logprobs = [{ token: "x", logprob: -1, bytes: null, top: [] }];
  for (const event of [
    first,
    text("x", 1),
    { type: "usage", usage: { ...noUsage, outputTokens: 1 } },
    text("b"),
    text("y", 1),
    { type: "tool-call-start", choice: 0, index: 0, id: "i", name: "n" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: "{" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: "}" },
    { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
    { type: "text-delta", choice: 0, text: "c", logprobs },
    text("d"),
    { type: "usage", usage: { ...noUsage, outputTokens: 2 } },
  ] satisfies AnswerEvent[])
    said.add([event]);
  expect(first).toEqual(text("a"));
  expect(said.events).toEqual([
    text("ab"),
    text("xy", 1),
    { type: "tool-call-start", choice: 0, index: 0, id: "i", name: "n" },
    { type: "tool-call-delta", choice: 0, index: 0, arguments: "{}" },
    { type: "tool-call-delta", choice: 0, index: 1, arguments: "{}" },
    { type: "text-delta", choice: 0, text: "c", logprobs },
    text("d"),
    { type: "usage", usage: { ...noUsage, outputTokens: 2 } },
  ]);
});
