import { expect, test } from "bun:test";
import { safeUrl } from "./safe-url.ts";

test("links lead to the web and mail alone", () => {
  expect(["https://example.com/a?b#c", "http://example.com/", "mailto:a@example.com"].map(safeUrl)).toEqual([
    "https://example.com/a?b#c",
    "http://example.com/",
    "mailto:a@example.com",
  ]);
  const bad = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "\u0001javascript:x",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a/b",
    "/console/keys",
    "//example.com",
    "#a",
    "",
  ];
  expect(bad.map(safeUrl)).toEqual(bad.map(() => ""));
});
