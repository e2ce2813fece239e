import { expect, test } from "bun:test";
import { BodyStart } from "./body-start.ts";

/** What a body is taken for, and what of it is read, when it comes in these pieces. */
function judge(type: string, pieces: readonly Uint8Array[]): [string, string] {
  const start = new BodyStart(type);
  for (const [index, piece] of pieces.entries()) {
    const told = start.take(piece);
    if (told) return [told.form, Buffer.concat([told.bytes, ...pieces.slice(index + 1)]).toString("utf8")];
  }
  const { form, bytes } = start.end();
  return [form, bytes.toString("utf8")];
}

const events = "text/event-stream";
const json = "application/json";
const mark = "\uFEFF";

test.each([
  [json, '{"a":1}', "json", '{"a":1}'],
  [json, "data: 1\n\n", "events", "data: 1\n\n"],
  [json, "event: x\n", "events", "event: x\n"],
  [json, ": hi\n", "events", ": hi\n"],
  [json, "retry:5\n", "events", "retry:5\n"],
  [json, "Internal Server Error", "json", "Internal Server Error"],
  [json, "dat", "json", "dat"],
  [json, "", "json", ""],
  [json, `${mark}\r\n\t {}`, "json", "{}"],
  [json, mark, "json", ""],
  [json, "\n\n\n", "json", ""],
  ["", "data: 1\n\n", "events", "data: 1\n\n"],
  ["", "{}", "json", "{}"],
  ["", "", "json", ""],
  ["text/plain; charset=utf-8", "data:1", "events", "data:1"],
  ["application/octet-stream", "[1]", "json", "[1]"],
  ["text/html", '{"made":"by PHP"}', "json", '{"made":"by PHP"}'],
  ["text/html", "<html>", "page", "<html>"],
  [json, "\n<!doctype html>", "page", "<!doctype html>"],
  [events, "<html>", "page", "<html>"],
  ["Text/Event-Stream;charset=UTF-8", "upstream failed", "events", "upstream failed"],
  [events, `${mark}data: 1\n\n`, "events", "data: 1\n\n"],
  [events, '{"error":"no"}', "json", '{"error":"no"}'],
  [events, "", "events", ""],
])("%j %j is %s", (type, body, form, rest) => {
  const bytes = Buffer.from(body);
  const expected: [string, string] = [form, rest];
  for (let at = 0; at <= bytes.length; at++)
    expect(judge(type, [bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
  expect(
    judge(
      type,
      [...bytes].map((byte) => Buffer.from([byte])),
    ),
  ).toEqual(expected);
});
