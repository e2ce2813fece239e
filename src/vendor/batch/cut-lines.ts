import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { takeTurns } from "../../base/take-turns.ts";
import { limits } from "../../base/limits.ts";

const lf = 10;

/** Cuts bytes into lines, without blank ones; the last needs no line end. A line beyond the bound is undefined, and is not held. */
export async function* cutLines(
  pieces: AsyncIterable<Uint8Array>,
  lineBytesMax: number = limits.parsedAnswerBytesMax,
): AsyncGenerator<Buffer | undefined> {
  const pending = new GatheredBytes();
  let isTooLong = false;
  const endLine = (): Buffer | undefined | null => {
    const line = trim(pending.take());
    const wasTooLong = isTooLong;
    isTooLong = false;
    if (wasTooLong) return undefined;
    return line.length === 0 ? null : line;
  };
  const keep = (bytes: Buffer) => {
    if (isTooLong) return;
    isTooLong = pending.length + bytes.length > lineBytesMax;
    if (isTooLong) pending.clear();
    else pending.append(bytes);
  };
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    let start = 0;
    for (let end = bytes.indexOf(lf); end !== -1; end = bytes.indexOf(lf, start)) {
      keep(bytes.subarray(start, end));
      start = end + 1;
      const line = endLine();
      if (line !== null) yield line;
      await takeTurns();
    }
    keep(bytes.subarray(start));
  }
  const last = endLine();
  if (last !== null) yield last;
}

function trim(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
