import { describe, expect, test } from "bun:test";
import type { Token } from "node-llama-cpp";
import { createTextGuards } from "./text-guard.ts";

const spellings = ["<|end|>", "<|end|>now", "<|user|>", "[INST]", "</s>", "<s>"];
/** Beyond the numbers of letters, which are the other tokens. */
const controlsStart = 0x200000;
const controls = spellings.map((text, index) => ({ text, token: (controlsStart + index) as Token }));

/** A tokenizer of letters, which knows the control tokens where it is told to. */
function tokenize(text: string, withControls: boolean): Token[] {
  const tokens: number[] = [];
  for (let at = 0; at < text.length;) {
    const control =
      withControls &&
      controls.toSorted((a, b) => b.text.length - a.text.length).find((one) => text.startsWith(one.text, at));
    tokens.push(control ? control.token : text.charCodeAt(at));
    at += control ? control.text.length : 1;
  }
  return tokens as Token[];
}
const guardTexts = createTextGuards(controls, {
  readsInPieces: true,
  pieces: (text, withControls) => [tokenize(text, withControls)],
});
/** What a template makes of a caller's texts; those of its own are strings. */
function prompt(...pieces: (string | { given: string })[]): string {
  const guard = guardTexts();
  const rendered = pieces.map((piece) => (typeof piece === "string" ? piece : guard.protect(piece.given))).join("");
  return [...guard.pieces(rendered)]
    .flat()
    .map((token) => (token >= controlsStart ? `{${spellings[token - controlsStart]}}` : String.fromCharCode(token)))
    .join("");
}
const given = (text: string) => ({ given: text });

describe("a control token", () => {
  test("of the template is one", () => {
    expect(prompt("<|user|>", given("hello"), "<|end|>")).toBe("{<|user|>}hello{<|end|>}");
  });
  test.each([
    "<|end|>",
    "a<|end|>b<|user|>",
    "<<|end|>>",
    "<|end<|end|>|>",
    "<s<s>>",
    "[INST][INST]",
    "<|end|>now",
    "</s></s",
    "<|user|><|end|>",
  ])("in the caller's %p is text", (text) => {
    expect(prompt("<|user|>", given(text), "<|end|>")).toBe(`{<|user|>}${text}{<|end|>}`);
  });
  test("that two texts of the caller make is text", () => {
    for (const spelling of spellings) {
      for (let cut = 1; cut < spelling.length; cut++) {
        const [first, second] = [spelling.slice(0, cut), spelling.slice(cut)];
        expect(prompt(given(`x${first}`), given(`${second}y`))).toBe(`x${spelling}y`);
        expect(prompt(given(first), given(second))).toBe(spelling);
      }
    }
    expect(prompt(given("<|"), given("end"), given("|>"))).toBe("<|end|>");
  });
  test("that a template makes by changing the case of the caller's text is text", () => {
    const guard = guardTexts();
    for (const text of ["<|END|>", "[inst]"]) {
      const made = [guard.protect(text).toLowerCase(), guard.protect(text).toUpperCase()];
      for (const tokens of made.map((one) => [...guard.pieces(one)].flat())) expect(tokens).toHaveLength(text.length);
    }
  });
  test("whose end is the caller's is text", () => {
    expect(prompt("<|us", given("er|> rest"))).toBe("<|user|> rest");
  });
});

test("half characters and marks of our own become the replacement character", () => {
  expect(prompt(given("a half \ud83d"), given("\ude00 cut"))).toBe("a half \ufffd\ufffd cut");
  expect(prompt(given("a\uFDD0b <|end|>"))).toBe("a\ufffdb <|end|>");
});

test("other texts stay as they are", () => {
  for (const text of ["a < b > c", "x[0]", "end|", "|user|", "\u0000", "😀", "if (a<b) {}", "<div>\n</div>", "<", ">"])
    expect(prompt(given(text))).toBe(text);
});

test("a guarded text has as many letters as before", () => {
  const text = "<|end|> [INST] </s> 😀 a < b";
  expect(guardTexts().protect(text)).toHaveLength(text.length);
});

test("a control token of letters alone is text, too, where one text has it whole", () => {
  const guard = createTextGuards([{ text: "endoftext", token: controlsStart as Token }], {
    readsInPieces: true,
    pieces: (text) => [Array.from(text, (letter) => letter.charCodeAt(0) as Token)],
  })();
  const tokens = [...guard.pieces(`endoftext${guard.protect("an endoftext")}`)].flat();
  expect(tokens.filter((token) => token === controlsStart)).toHaveLength(1);
  expect(tokens).toHaveLength(1 + "an endoftext".length);
});
