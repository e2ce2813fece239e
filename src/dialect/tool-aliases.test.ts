import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeCustomInput, encodeCustomInput } from "./custom-tools.ts";
import { ToolNames } from "./tool-aliases.ts";

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
    names.flat("a__b", undefined, false),
    names.flat("b", "a", false),
    names.flat("c", "a", false),
    names.flat("_b", "a_", false),
    names.flat("y", "mcp__x__", false),
    names.flat("tool_one", long, false),
    names.flat("tool_two", long, false),
    names.flat("z", "dots.and spaces", false),
  ];
  expect(new Set(flat).size).toBe(flat.length);
  for (const name of flat) expect(name).toMatch(/^[\w-]{1,64}$/);
  expect([flat[0], flat[2], flat[4], flat[7]]).toEqual(["a__b", "a__c", "mcp__x__y", "dots_and_spaces__z"]);
  expect(names.alias("a__b")).toBeUndefined();
  expect(names.alias(flat[1] ?? "")).toEqual({ name: "b", namespace: "a", isCustom: false });
  expect(names.alias(flat[6] ?? "")).toEqual({ name: "tool_two", namespace: long, isCustom: false });
  expect(names.alias("edit")).toEqual({ name: "edit", namespace: undefined, isCustom: true });
});

test("a custom tool and a function with one name are told apart, in a namespace too", () => {
  const custom = (name: string) => ({ type: "custom", name });
  const edit = { type: "function", name: "edit" };
  const space = { type: "namespace", name: "n", tools: [custom("edit"), edit, custom("only"), custom("only")] };
  for (const tools of [
    [custom("edit"), edit, space, custom("free")],
    [space, custom("free"), edit, custom("edit")],
  ]) {
    const names = new ToolNames(tools);
    const kinds = [undefined, "n"].flatMap((namespace) =>
      [true, false].map((isCustom) => ({ name: "edit", namespace, isCustom })),
    );
    const flat = kinds.map(({ name, namespace, isCustom }) => names.flat(name, namespace, isCustom));
    expect(new Set(flat).size).toBe(4);
    expect(flat[1]).toBe("edit");
    expect(flat.map((name) => names.alias(name))).toEqual(kinds.map((kind, at) => (at === 1 ? undefined : kind)));
    // A call of an earlier turn, whose tool is of another kind now.
    expect([names.flat("free", undefined, false), names.flat("free", undefined, true)]).toEqual(["free", "free"]);
    expect([names.flat("only", "n", false), names.flat("only", "n", true)]).toEqual(["n__only", "n__only"]);
    expect(names.flat("gone", "n", true)).toBe("n__gone");
  }
  // Whatever the others are called.
  const taken = new ToolNames([edit, custom("edit")]).flat("edit", undefined, true);
  const all = [edit, custom("edit"), { type: "function", name: taken }];
  expect(new ToolNames(all).flat("edit", undefined, true)).not.toBe(taken);
  const onlyFunction = new ToolNames([edit]);
  expect(onlyFunction.flat("edit", undefined, true)).toBe("edit");
});

test("lists that are none are as good as empty", () => {
  for (const tools of [
    undefined,
    null,
    5,
    [5, null, { type: "namespace" }, { type: "custom" }, { type: "namespace", name: "a", tools: [1] }],
  ])
    expect(new ToolNames(tools).flat("x", "y", false)).toBe("y__x");
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
