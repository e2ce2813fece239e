import { expect, test } from "bun:test";
import fc from "fast-check";
import { escapeNulls, unescapeNulls } from "./text-nulls.ts";

test("every text comes back as it was, and none that is written has a null", () => {
  const piece = fc.constantFrom("\0", "\u{10FFFE}", "0", "1", "\\", "云", "a");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      const written = escapeNulls(text) as string;
      expect(written).not.toContain("\0");
      expect(unescapeNulls(written)).toBe(text);
      expect(escapeNulls([text, 1, null])).toEqual([written, 1, null]);
    }),
  );
});
