import { expect, test } from "bun:test";
import { findSimilar } from "./find-similar.ts";

test("a misspelt name leads to the one that was meant, and another word to none", () => {
  const names = ["big", "small", "openai", "together", "image", "minute", "web_search"];
  const found = ["bgi", "OpenAI", "togetherai", "open-ai", "images", "minuts", "websearch", "wbe_search", "imagine"];
  expect(found.map((text) => findSimilar(text, names))).toEqual([
    "big",
    "openai",
    "together",
    "openai",
    "image",
    "minute",
    "web_search",
    "web_search",
    "image",
  ]);
  for (const text of ["", "-", "cat", "gpt-4o", "x".repeat(10_000)]) expect(findSimilar(text, names)).toBeUndefined();
});
