import { expect, test } from "bun:test";
import { splitBlocks } from "./split-blocks.ts";

const words = (count: number) => `${"word ".repeat(count).trim()}\n`;
const paragraphs = (count: number) => Array.from({ length: count }, () => words(100)).join("\n");

test("a short text stays whole", () => {
  expect(splitBlocks("")).toEqual([""]);
  expect(splitBlocks("# a\n\nb\n\n```\nc\n```")).toHaveLength(1);
});

test("a long text is split where something new begins, and joined it is the same", () => {
  const text = paragraphs(40);
  const pieces = splitBlocks(text);
  expect(pieces.join("")).toBe(text);
  expect(pieces.length).toBeGreaterThan(4);
  expect(pieces.slice(1).map((piece) => piece.slice(0, 5))).toEqual(pieces.slice(1).map(() => "word "));
});

test("what has come stays as it is split while more comes", () => {
  const text = paragraphs(40);
  const before = splitBlocks(text.slice(0, 15_000));
  expect(splitBlocks(text).slice(0, before.length - 1)).toEqual(before.slice(0, -1));
});

test.each([
  ["code", `\`\`\`ts\n${paragraphs(30)}\n\`\`\`\n`],
  ["code in longer fences", `~~~~\n${paragraphs(20)}\n~~~\n\n\`\`\`\n${paragraphs(20)}\n~~~~\n`],
  ["code that has not ended", `\`\`\`\n${paragraphs(30)}`],
  ["a formula", `$$\n${paragraphs(30)}\n$$\n`],
  ["a formula in brackets", `\\[\n${paragraphs(30)}\n\\]\n`],
  ["a list", Array.from({ length: 30 }, (_, at) => `${at + 1}. ${words(100)}\n   more\n`).join("\n")],
  ["a quote", Array.from({ length: 30 }, () => `> ${words(100)}`).join("\n")],
])("%s is never split", (_, text) => {
  expect(splitBlocks(text)).toEqual([text]);
});
