import { expect, test } from "bun:test";
import fc from "fast-check";
import { isInsideOfString } from "./is-json-string.ts";

function isParsed(inside: string): boolean {
  try {
    return typeof JSON.parse(`"${inside}"`) === "string";
  } catch {
    return false;
  }
}

function judge(inside: string, offset: number): boolean {
  const bytes = Buffer.from(`${"\n".repeat(offset)}${inside}\n\\x`);
  return isInsideOfString(bytes, offset, bytes.length - 3);
}

test("judges as JSON.parse does, wherever the string begins", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "\\n",
      "\\\\",
      '\\"',
      "\\/",
      "\\u00e9",
      "\\uD83d\\ude00",
      "\\u12g4",
      "\\u",
      "\\x",
      "\\U0041",
      "\u0000",
      "\u001f",
      "\u007f",
      "é",
    ),
  );
  // The end of what is judged is a quote that is not escaped.
  const inside = fc
    .array(piece, { maxLength: 12 })
    .map((pieces) => pieces.join(""))
    .filter((text) => !/(?:^|[^\\])(?:\\\\)*(?:"|\\$)/.test(text));
  fc.assert(
    fc.property(inside, fc.nat({ max: 9 }), (text, offset) => {
      expect(judge(text, offset)).toBe(isParsed(text));
    }),
    { numRuns: 2_000 },
  );
});

test("each byte below 0x20 is found, at each place, and no other", () => {
  for (let byte = 0; byte < 256; byte++)
    for (let at = 0; at < 13; at++) {
      const bytes = Buffer.alloc(13, 0xff);
      if (byte === 0x5c) continue;
      bytes[at] = byte;
      for (const start of [0, 1, 2, 3])
        expect([byte, at, start, isInsideOfString(bytes, start, 13)]).toEqual([
          byte,
          at,
          start,
          byte >= 0x20 || at < start,
        ]);
    }
});
