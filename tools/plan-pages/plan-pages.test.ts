import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
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
