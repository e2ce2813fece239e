import { expect, test } from "bun:test";
import { partsOf } from "./message.ts";
import { titleOf } from "./title-of.ts";

const titled = (text: string) => titleOf([{ content: partsOf(text) }]);

test("a title is one line that the server takes", () => {
  expect(titled("  What is\n\ta \u202etoken\u0000?  ")).toBe("What is a token ?");
  expect(titled("سحاب 云")).toBe("سحاب 云");
  expect(titled("")).toBe("");
  expect(titleOf([])).toBe("");
});

test("a long one is cut, and never within a character", () => {
  expect(titled(`${"a".repeat(79)}👍🏽 and more`)).toBe(`${"a".repeat(79)}👍🏽…`);
  expect(titled("🇸🇦".repeat(80))).toBe(`${"🇸🇦".repeat(47)}…`);
  expect(titled("a".repeat(80))).toBe("a".repeat(80));
});
