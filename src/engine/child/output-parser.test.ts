import { describe, expect, test } from "bun:test";
import { OutputParser, type OutputPart } from "./output-parser.ts";
import { joinParts } from "../../testing/join-parts.ts";
import { StopGate } from "./stop-gate.ts";

/** Parses a text in pieces of several sizes: the result must not depend on where tokens end. */
function parse(
  text: string,
  { isCut = false, ...options }: Partial<ConstructorParameters<typeof OutputParser>[0]> & { isCut?: boolean } = {},
): OutputPart[] {
  const results = [1, 2, 3, 7, text.length].map((size) => {
    const parser = new OutputParser({
      startsInReasoning: false,
      mayReason: true,
      callableTools: new Set(["f"]),
      ...options,
    });
    const parts: OutputPart[] = [];
    for (let at = 0; at < text.length; at += size) parts.push(...parser.push(text.slice(at, at + size)));
    parts.push(...parser.end({ isCut }));
    return joinParts(parts);
  });
  for (const result of results) expect(result).toEqual(results[0] ?? []);
  return results[0] ?? [];
}

describe("output", () => {
  test("is text where there is no tag, near misses included", () => {
    expect(parse("a < b, <tool, <thin and </think>")).toEqual([
      { type: "text", text: "a < b, <tool, <thin and </think>" },
    ]);
  });

  test("may begin with reasoning", () => {
    expect(parse("\n<think>\nWhy <b>not</b>?\n</think>\n\nYes")).toEqual([
      { type: "reasoning", text: "Why <b>not</b>?\n" },
      { type: "text", text: "Yes" },
    ]);
    expect(parse("so far</think>then", { startsInReasoning: true })).toEqual([
      { type: "reasoning", text: "so far" },
      { type: "text", text: "then" },
    ]);
    expect(parse("never ends", { startsInReasoning: true })).toEqual([{ type: "reasoning", text: "never ends" }]);
    expect(parse("later <think>x</think>")).toEqual([{ type: "text", text: "later <think>x</think>" }]);
  });

  test("may hold calls", () => {
    const call = '<tool_call>\n{"name": "f", "arguments": {"a": [1, "<b>"]}}\n</tool_call>';
    expect(parse(`Let me see.\n${call}\n${call}`)).toEqual([
      { type: "text", text: "Let me see.\n" },
      { type: "tool-call", name: "f", arguments: '{"a": [1, "<b>"]}' },
      { type: "tool-call", name: "f", arguments: '{"a": [1, "<b>"]}' },
    ]);
    expect(parse(call, { callableTools: new Set() })).toEqual([{ type: "text", text: call }]);
  });

  test("calls only tools that were offered", () => {
    const call = '<tool_call>\n{"name": "rm", "arguments": {}}\n</tool_call>';
    expect(parse(`So:\n${call}\nok`)).toEqual([{ type: "text", text: `So:\n${call}\nok` }]);
    expect(parse('<tool_call>{"name": "rm", "arguments": {"a')).toEqual([
      { type: "text", text: '<tool_call>{"name": "rm", "arguments": {"a' },
    ]);
  });

  test("may hold a call whose arguments hold the closing tag", () => {
    const call = '<tool_call>{"name": "f", "arguments": {"a": "\\"</tool_call>"}}</tool_call>';
    const parsed: OutputPart = { type: "tool-call", name: "f", arguments: '{"a": "\\"</tool_call>"}' };
    expect(parse(`${call}${call}`)).toEqual([parsed, parsed]);
    const cut = call.slice(0, -'"}}</tool_call>'.length);
    expect(parse(cut, { isCut: true })).toEqual([
      { type: "tool-call", name: "f", arguments: '{"a": "\\"</tool_call>' },
    ]);
    expect(parse(cut)).toEqual([{ type: "text", text: cut }]);
  });

  test("keeps as text what is no call", () => {
    expect(parse("<tool_call>not json</tool_call> ok")).toEqual([
      { type: "text", text: "<tool_call>not json</tool_call> ok" },
    ]);
    expect(parse("<tool_call>cut")).toEqual([{ type: "text", text: "<tool_call>cut" }]);
  });

  test("passes on the beginning of a call that the limit cut", () => {
    const begun = '<tool_call>{"name": "f", "arguments": {"a": "b';
    expect(parse(begun, { isCut: true })).toEqual([{ type: "tool-call", name: "f", arguments: '{"a": "b' }]);
    // One that the model itself left there would be taken for whole.
    expect(parse(begun)).toEqual([{ type: "text", text: begun }]);
  });

  test.each(["", "\n", "</tool_", "\n</tool_call"])("reads a whole call that ends with %p only", (end) => {
    const call = `<tool_call>{"name": "f", "arguments": {"a": {"b": 1}}}${end}`;
    const parsed: OutputPart = { type: "tool-call", name: "f", arguments: '{"a": {"b": 1}}' };
    expect(parse(call)).toEqual([parsed]);
    expect(parse(call, { isCut: true })).toEqual([parsed]);
  });
});

describe("a stop sequence", () => {
  const run = (text: string, stops: string[]) =>
    [1, 2, 5, text.length].map((size) => {
      const gate = new StopGate(stops);
      let shown = "";
      for (let at = 0; at < text.length; at += size) shown += gate.push(text.slice(at, at + size));
      return { shown: shown + gate.end(), stopSequence: gate.stopSequence };
    });

  test("ends the text before it, wherever it was cut", () => {
    for (const result of run("one two three", ["ree", "two", ""]))
      expect(result).toEqual({ shown: "one ", stopSequence: "two" });
  });

  test("that only begins is shown in the end", () => {
    for (const result of run("aab aa", ["aac", "aaa"]))
      expect(result).toEqual({ shown: "aab aa", stopSequence: undefined });
  });

  test("never shows what could still become it", () => {
    const gate = new StopGate(["STOP"]);
    expect(gate.push("xSTO")).toBe("x");
    expect(gate.push("S")).toBe("STO");
    expect(gate.push("TOP!")).toBe("");
    expect(gate.stopped).toBe(true);
  });
});
