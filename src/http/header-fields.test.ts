import { expect, test } from "bun:test";
import { HeaderFields, patternOf } from "./header-fields.ts";

const fields = (...lines: string[]) => new HeaderFields(lines.map((line) => `\r\n${line}`).join(""));

test("headers are picked by their names, in their order, each time that one is there", () => {
  const pattern = patternOf(["session-id", "user-agent", "odd.name"]);
  const headers = fields(
    "Host: a",
    "Session-ID:  one ",
    "x-session-id: no",
    "session-id-2: no",
    "User-Agent: Some/1 session-id: no",
    "oddXname: no",
    "odd.name:",
    "session-id: Two",
  );
  const expected: [string, string][] = [
    ["session-id", "one"],
    ["user-agent", "Some/1 session-id: no"],
    ["odd.name", ""],
    ["session-id", "Two"],
  ];
  // The pattern is used again and again.
  expect(headers.pick(pattern)).toEqual(expected);
  expect(headers.pick(pattern)).toEqual(expected);
  expect(fields("Host: a").pick(pattern)).toBeUndefined();
  expect(fields().pick(pattern)).toBeUndefined();
});
