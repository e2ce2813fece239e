import { expect, test } from "bun:test";
import { anchorsOf } from "./anchors.ts";
import { codeInCell } from "./table.ts";

test("code in a cell stays one cell and one code, whatever is in it", () => {
  expect(["plain", "a|b", "`a` or ``b``|"].map(codeInCell)).toEqual(["`plain`", "`a\\|b`", "``` `a` or ``b``\\| ```"]);
});

test("headings that are the same have anchors with numbers", () => {
  expect(anchorsOf(["No key", "`--` of npm, forgotten", "No key", "no key"])).toEqual([
    "no-key",
    "---of-npm-forgotten",
    "no-key-1",
    "no-key-2",
  ]);
});
