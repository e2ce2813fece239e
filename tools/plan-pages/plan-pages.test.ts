import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { runCommand } from "../../src/testing/run-command.ts";
import { figuresAstray, fillOutputs, planPages } from "./plan-pages.ts";

test.each(planPages)("%s says what the program says; npm run docs writes its blocks anew", async (page) => {
  const text = readFileSync(page, "utf8");
  expect(text).toBe(await fillOutputs(page));
  expect(figuresAstray(text)).toEqual([]);
  expect(text.match(/^\*\*Answer:\*\*/m)).not.toBeNull();
});

test("a figure in bold that no output has is found", () => {
  const text = "It is **3 MW** and **4\nMW**, **no figure**.\n```text\n$ sahab plan\nsum  3 MW\n```\n";
  expect(figuresAstray(text)).toEqual(["4 MW"]);
});

test("the guide's figures are what its commands print", async () => {
  const guide = readFileSync("docs/plan.md", "utf8");
  const printed = await Promise.all(
    [
      ["capital", "380bn CNY", "--years", "3"],
      ["demand", "-f", "examples/plans/deepseek-day.yaml"],
    ].map(async (words) => (await runCommand(["plan", ...words])).stdout),
  );
  const quoted = guide.match(/^`(.+)` is the likely value/m)?.[1];
  const bold = Array.from(guide.matchAll(/\*\*([^*]+)\*\*/g), ([, text = ""]) => text);
  expect(bold.length).toBeGreaterThan(3);
  expect([quoted ?? "", ...bold].filter((text) => !printed.join("").includes(text))).toEqual([]);
});
