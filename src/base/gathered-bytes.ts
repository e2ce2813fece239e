/** A first block of so many bytes; each further one has twice the bytes of the one before. */
const firstBlockBytes = 1024;

/**
 * Bytes that come in pieces and are kept until they are wanted as one. A Buffer costs a hundred bytes and more beside its
 * content, so pieces are copied together: all in all each byte is copied three times at most. A single piece is kept as it
 * is, since most come alone; where it is kept for long and may be a small part of its memory, append `ownCopy` of it.
 */
export class GatheredBytes {
  #block: Buffer = nothing;
  #length = 0;
  /** The block is memory of our own, which may be written to. */
  #isOwn = false;

  get length(): number {
    return this.#length;
  }

  /** The bytes so far: a view, which is out of date after the next `append`. */
  get soFar(): Buffer {
    return this.#block.subarray(0, this.#length);
  }

  append(piece: Uint8Array): void {
    if (piece.length === 0) return;
    if (this.#length === 0) {
      this.#block = piece instanceof Buffer ? piece : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      this.#length = piece.length;
      this.#isOwn = false;
      return;
    }
    const length = this.#length + piece.length;
    if (!this.#isOwn || length > this.#block.length) this.#grow(length);
    this.#block.set(piece, this.#length);
    this.#length = length;
  }

  /** Returns all bytes and keeps none. */
  take(): Buffer {
    const bytes = this.#length === this.#block.length ? this.#block : this.#block.subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#block = nothing;
    this.#length = 0;
    this.#isOwn = false;
  }

  #grow(length: number): void {
    const before = this.#block.subarray(0, this.#length);
    this.#block = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#length, firstBlockBytes));
    this.#block.set(before);
    this.#isOwn = true;
  }
}

const nothing: Buffer = Buffer.alloc(0);

/** The piece, or a copy where keeping it would keep much other memory alive. */
export function ownCopy(piece: Buffer): Buffer {
  return piece.length * 2 >= piece.buffer.byteLength ? piece : Buffer.from(piece);
}
