import { scratch } from "./scratch.ts";

const digits = Buffer.from("0123456789abcdef");

/** Writes the line before a chunk, below 4 GiB; returns the position after it. */
export function putSize(size: number, from: number, into: Buffer): number {
  let at = from;
  let shift = 28;
  while (shift > 0 && size >>> shift === 0) shift -= 4;
  for (; shift >= 0; shift -= 4) into[at++] = digits[(size >>> shift) & 15] ?? 0;
  return putLineEnd(at, into);
}

export function putLineEnd(at: number, into: Buffer): number {
  into[at] = 0x0d;
  into[at + 1] = 0x0a;
  return at + 2;
}

/** Writes bytes, or a text in UTF-8; returns how many bytes that is. */
export function put(piece: Uint8Array | string, at: number, into = scratch): number {
  if (typeof piece === "string") return into.write(piece, at);
  into.set(piece, at);
  return piece.length;
}
