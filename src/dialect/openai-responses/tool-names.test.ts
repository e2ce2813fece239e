import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeCustomInput, encodeCustomInput } from "../custom-tools.ts";
import { ToolNames } from "./tool-names.ts";

const inNamespace = (name: string, ...tools: string[]) => ({
  type: "namespace",
  name,
  tools: tools.map((one) => ({ type: "function", name: one })),
});

test("every tool has a name of its own that all vendors take, and gets its own back", () => {
  const long = "n".repeat(60);
  const names = new ToolNames([
    { type: "function", name: "a__b" },
    inNamespace("a", "b", "c"),
    inNamespace("a_", "_b"),
    inNamespace("mcp__x__", "y"),
    inNamespace(long, "tool_one", "tool_two"),
    inNamespace("dots.and spaces", "z"),
    { type: "custom", name: "edit" },
  ]);
  const flat = [
    names.flat("a__b", undefined),
    names.flat("b", "a"),
    names.flat("c", "a"),
    names.flat("_b", "a_"),
    names.flat("y", "mcp__x__"),
    names.flat("tool_one", long),
    names.flat("tool_two", long),
    names.flat("z", "dots.and spaces"),
  ];
  expect(new Set(flat).size).toBe(flat.length);
  for (const name of flat) expect(name).toMatch(/^[\w-]{1,64}$/);
  expect([flat[0], flat[2], flat[4], flat[7]]).toEqual(["a__b", "a__c", "mcp__x__y", "dots_and_spaces__z"]);
  expect(names.alias("a__b")).toBeUndefined();
  expect(names.alias(flat[1] ?? "")).toEqual({ name: "b", namespace: "a", isCustom: false });
  expect(names.alias(flat[6] ?? "")).toEqual({ name: "tool_two", namespace: long, isCustom: false });
  expect(names.alias("edit")).toEqual({ name: "edit", namespace: undefined, isCustom: true });
});

test("lists that are none are as good as empty", () => {
  for (const tools of [
    undefined,
    null,
    5,
    [5, null, { type: "namespace" }, { type: "custom" }, { type: "namespace", name: "a", tools: [1] }],
  ])
    expect(new ToolNames(tools).flat("x", "y")).toBe("y__x");
});

test("the text of a custom tool, in whatever form the model writes it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => expect(decodeCustomInput(encodeCustomInput(text))).toBe(text)),
  );
  expect(decodeCustomInput('"plain"')).toBe("plain");
  expect(decodeCustomInput('{"patch":"x"}')).toBe("x");
  expect(decodeCustomInput("*** Begin")).toBe("*** Begin");
  expect(decodeCustomInput('{"input":"cut o')).toBe('{"input":"cut o');
});
