import { expect, test } from "bun:test";
import { inputLines, lineBytesMax } from "./input-lines.ts";

async function read(text: string, pieceBytes: number): Promise<[number, number, string | undefined][]> {
  const bytes = Buffer.from(text);
  const pieces = async function* () {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  };
  const lines: [number, number, string | undefined][] = [];
  for await (const { number, index, bytes } of inputLines(pieces())) lines.push([number, index, bytes?.toString()]);
  return lines;
}

test("lines are the same wherever the pieces end, and empty ones are none", async () => {
  const text = '\ufeff{"a":1}\r\n\n  \r\n{"云":2}\n{"c":3}';
  const expected = [
    [1, 0, '{"a":1}\r'],
    [4, 1, '{"云":2}'],
    [5, 2, '{"c":3}'],
  ];
  for (const pieceBytes of [3, 4, 5, 7, 1_000]) expect(await read(text, pieceBytes)).toEqual(expected as never);
  expect(await read("", 10)).toEqual([]);
  expect(await read("\n\n", 1)).toEqual([]);
});

test("a line that is too long is told by its number, and the next is read", async () => {
  const long = "x".repeat(lineBytesMax + 1);
  expect(await read(`a\n${long}\nb`, 64 * 1024)).toEqual([
    [1, 0, "a"],
    [2, 1, undefined],
    [3, 2, "b"],
  ]);
});
