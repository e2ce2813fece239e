import { limits } from "../../base/limits.ts";

/** A request of the largest size, with what is around it. */
export const lineBytesMax = limits.requestBodyBytesMax + 64 * 1024;
const lineFeed = 0x0a;
const byteOrderMark = Buffer.from("\ufeff");

export interface InputLine {
  /** From 1, as an editor counts them. */
  number: number;
  /** Its place among the requests, from 0. */
  index: number;
  /** Where it begins in the content, in bytes. */
  start: number;
  /** Undefined where it is longer than a line may be. */
  bytes: Buffer | undefined;
}

/** The lines of a batch's input, of which one is held at a time. Empty ones are left out. */
export async function* inputLines(pieces: AsyncIterable<Buffer>): AsyncGenerator<InputLine> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let number = 0;
  let isFirst = true;
  let index = 0;
  let start = 0;
  const take = (end: Buffer, nextStart: number): InputLine | undefined => {
    number++;
    const from = start;
    start = nextStart;
    const isTooLong = heldBytes + end.length > lineBytesMax;
    const bytes = isTooLong ? undefined : held.length === 0 ? end : Buffer.concat([...held, end]);
    held = [];
    heldBytes = 0;
    return bytes && isEmpty(bytes) ? undefined : { number, index: index++, start: from, bytes };
  };
  let at = 0;
  for await (const piece of pieces) {
    // A byte order mark is no part of the first line.
    let from = isFirst && piece.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? byteOrderMark.length : 0;
    if (isFirst) start = from;
    isFirst = false;
    for (let end = piece.indexOf(lineFeed, from); end !== -1; end = piece.indexOf(lineFeed, from)) {
      const line = take(piece.subarray(from, end), at + end + 1);
      from = end + 1;
      if (line) yield line;
    }
    at += piece.length;
    if (from === piece.length) continue;
    heldBytes += piece.length - from;
    if (heldBytes <= lineBytesMax) held.push(piece.subarray(from));
    else held = [];
  }
  const last = heldBytes > 0 ? take(Buffer.alloc(0), at) : undefined;
  if (last) yield last;
}

function isEmpty(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
