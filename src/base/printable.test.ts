import { describe, expect, test } from "bun:test";
import { escapeUnprintable, escapeUnprintableLines, findUnprintable } from "./printable.ts";

const cases: [string, string, string, string][] = [
  ["a NUL", "no\u0000pe", "U+0000 at character 3", "no\\u0000pe"],
  ["a line feed", "no\npe", "U+000A at character 3", "no\\u000ape"],
  ["an escape sequence", "\u001b[31mred", "U+001B at character 1", "\\u001b[31mred"],
  ["a control character of the second block", "a\u009b31m", "U+009B at character 2", "a\\u009b31m"],
  ["an override of the direction", "a\u202eb", "U+202E at character 2", "a\\u202eb"],
  ["an isolate of the direction", "a\u2066b", "U+2066 at character 2", "a\\u2066b"],
  ["a zero-width space", "a\u200bb", "U+200B at character 2", "a\\u200bb"],
  ["a byte order mark", "\ufeffa", "U+FEFF at character 1", "\\ufeffa"],
  ["a separator of lines", "a\u2028b", "U+2028 at character 2", "a\\u2028b"],
  ["the first half of an emoji", "a\ud83d", "U+D83D at character 2", "a\\ud83d"],
  ["the second half of an emoji", "\ude00a", "U+DE00 at character 1", "\\ude00a"],
  ["an invisible tag", "a\u{e0041}", "U+E0041 at character 2", "a\\u{e0041}"],
];

for (const [name, text, place, escaped] of cases) {
  test(`${name} is found, and escaped`, () => {
    expect(findUnprintable(text)).toBe(place);
    expect(escapeUnprintable(text)).toBe(escaped);
  });
}

describe("what people write stays as it is", () => {
  for (const text of ["chat-cheap", "模型 1", "سحاب", "می‌خواهم", "é à ö", "👩‍💻 team", ""]) {
    test(JSON.stringify(text), () => {
      expect(findUnprintable(text)).toBeUndefined();
      expect(escapeUnprintable(text)).toBe(text);
    });
  }
});

test("text of several lines keeps its lines", () => {
  expect(escapeUnprintableLines("one\n\ttwo\r\u202e")).toBe("one\n\ttwo\\u000d\\u202e");
});
