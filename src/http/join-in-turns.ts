import { takeTurns } from "../base/take-turns.ts";

/** The parts as one, copied in turns: a body of 32 MiB takes 10 ms to copy, and more where its memory is new. */
export async function joinInTurns(parts: readonly Uint8Array[], bytes: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
    free(part);
    await takeTurns();
  }
  return whole;
}

/** Smaller pieces may share their memory with others. */
const freedBytesMin = 32 * 1024;

/**
 * Frees the memory of a piece that has been copied, where the piece is all of it. Left to the collector, such pieces
 * double the memory of a server that receives large bodies, and each new one comes into memory that must be cleared first.
 */
export function free(piece: Uint8Array): void {
  const memory = piece.buffer as ArrayBuffer;
  if (memory.byteLength >= freedBytesMin && memory.byteLength === piece.length) memory.transfer(0);
}
