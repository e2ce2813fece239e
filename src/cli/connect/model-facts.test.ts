import { describe, expect, test } from "bun:test";
import { shellLine } from "../../connect/lines.ts";
import type { ModelFacts } from "../../connect/model-facts.ts";
import { chooseModel } from "./model-facts.ts";

const model = (name: string, facts: Partial<ModelFacts> = {}): ModelFacts => ({
  name,
  context: 200_000,
  output: undefined,
  tools: true,
  images: undefined,
  thinks: undefined,
  isChat: true,
  isDeclared: true,
  ...facts,
});
const agent = { title: "Codex", isAgent: true };
const choose = (models: ModelFacts[], wanted?: string, program = agent) => chooseModel(models, wanted, program);

describe("without --model", () => {
  test("the first of the configuration that fits is taken, and told where there are others", () => {
    const models = [
      model("embed", { isChat: false }),
      model("nano", { context: 4096 }),
      model("plain", { tools: false }),
      model("good"),
    ];
    expect(choose(models)).toMatchObject({
      model: { name: "good" },
      warnings: ["good was chosen of 3 models; choose another with --model"],
    });
    expect(choose(models, undefined, { title: "LLM", isAgent: false }).model.name).toBe("nano");
  });

  test("one that does not fit is taken where there is no other, with a warning", () => {
    expect(choose([model("nano", { context: 4096 })])).toMatchObject({
      model: { name: "nano" },
      warnings: [expect.stringContaining("nano holds 4096 tokens")],
    });
  });

  test("of many that only the catalogue has, none is guessed", () => {
    const offered = ["a/one", "a/two"].map((name) => model(name, { isDeclared: false }));
    expect(() => choose(offered)).toThrow("Name a model with --model, of: a/one, a/two");
    expect(choose(offered.slice(0, 1)).model.name).toBe("a/one");
  });
});

test("a model that is named is taken, with what speaks against it", () => {
  const models = [model("good"), model("plain", { tools: false, context: 8_000 }), model("embed", { isChat: false })];
  expect(choose(models, "plain").warnings).toEqual([
    "plain has no tools, and Codex works with tools",
    expect.stringContaining("plain holds 8000 tokens"),
  ]);
  expect(choose(models, "embed").warnings).toEqual(["embed does not seem to answer chats"]);
  expect(() => choose(models, "god")).toThrow(
    'There is no model "god" at this server; there are: good, plain, embed; did you mean good?',
  );
});

test("lines for the shell keep quotes as they are", () => {
  expect(shellLine("A", "it's", "linux")).toBe(String.raw`export A='it'\''s'`);
  expect(shellLine("A", "it's", "win32")).toBe("$env:A = 'it''s'");
});
