import { expect, test } from "bun:test";
import { findUnprintable } from "../base/printable.ts";
import { TerminalText } from "./terminal-text.ts";

function shown(pieces: string[], isFaint = false): string {
  let all = "";
  const terminal = new TerminalText((text) => (all += text));
  for (const piece of pieces) terminal.write(piece, isFaint);
  terminal.end();
  return all;
}

/** Halves of surrogate pairs, too, come one by one. */
const units = (text: string) => Array.from({ length: text.length }, (_, at) => text.charAt(at));

const hostile = [
  "\u001b[2J\u001b[1;1Hcleared",
  "\u001b]0;title\u0007",
  "\u001b]52;c;ZXZpbA==\u001b\\",
  "\u009b31mred",
  "a\rb",
  "safe\u202egnp.exe",
  "zero\u200bwidth\ufeff",
  "\u2066isolate\u2069",
  "\u{e0041}tag",
];

test.each(hostile)("%j moves, colours and hides nothing, however it is split", (text) => {
  const whole = shown([text]);
  // What a terminal acts upon, or nobody sees.
  for (const character of whole) expect(character === "\n" || findUnprintable(character) === undefined).toBe(true);
  for (let at = 1; at < text.length; at++) expect(shown([text.slice(0, at), text.slice(at)])).toBe(whole);
  expect(shown(units(text))).toBe(whole);
});

test("text of all languages comes as it is", () => {
  for (const text of ["a\tb\nc", "👩‍👩‍👧", "مرحبا\u200f (سحاب)", "می\u200cخواهم", "क्\u200dष", "云🌧️"])
    for (const pieces of [[text], units(text)]) expect(shown(pieces)).toBe(text);
  expect(shown(["one\r", "\ntwo\r\n"])).toBe("one\ntwo\n");
});

test("thoughts are faint, and what they leave open is closed", () => {
  expect(shown(["a\u001b[0m"], true)).toBe("\u001b[2ma\\u001b[0m\u001b[0m");
});
