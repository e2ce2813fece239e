import { expect, test } from "bun:test";
import { GatheredBytes, ownCopy } from "./gathered-bytes.ts";

test("pieces of any size come out as one", () => {
  const all = new GatheredBytes();
  const pieces = [0, 1, 5, 3000, 2, 100_000, 1].map((size, index) => Buffer.alloc(size, index));
  for (const piece of pieces) all.append(piece);
  expect(all.length).toBe(103_009);
  expect(all.take().equals(Buffer.concat(pieces))).toBe(true);
  expect(all.length).toBe(0);
  expect(all.take().length).toBe(0);
});

test("what is taken is not written to afterwards", () => {
  const all = new GatheredBytes();
  for (const text of ["a", "b"]) all.append(Buffer.from(text));
  const taken = all.take();
  for (const text of ["c", "d"]) all.append(Buffer.from(text));
  expect([taken.toString(), all.take().toString()]).toEqual(["ab", "cd"]);
});

test("a piece that comes alone is not copied; where it is to be kept, it can be without its neighbours", () => {
  const memory = Buffer.alloc(100_000);
  const all = new GatheredBytes();
  all.append(memory);
  expect(all.take().buffer).toBe(memory.buffer);
  expect(ownCopy(memory)).toBe(memory);
  expect(ownCopy(memory.subarray(0, 10)).buffer.byteLength).toBeLessThan(20_000);
});

/** Bytes that are copied for so many pieces of a byte. */
function bytesCopied(pieces: number): number {
  const all = new GatheredBytes();
  const set: unknown = Reflect.get(Uint8Array.prototype, "set");
  let copied = 0;
  const { prototype } = Uint8Array;
  Object.defineProperty(prototype, "set", {
    configurable: true,
    value(this: Uint8Array, from: Uint8Array, at?: number) {
      copied += from.length;
      (set as (from: Uint8Array, at?: number) => void).call(this, from, at);
    },
  });
  try {
    for (let count = 0; count < pieces; count++) all.append(memory.subarray(count, count + 1));
  } finally {
    Reflect.deleteProperty(prototype, "set");
  }
  return copied;
}

const memory = Buffer.alloc(1 << 20);

test("each byte is copied three times at most", () => {
  for (const pieces of [1000, 1025, 100_000, 1 << 20]) expect(bytesCopied(pieces)).toBeLessThanOrEqual(3 * pieces);
});
