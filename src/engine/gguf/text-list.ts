/**
 * Texts in one block of memory. As an array of strings, a vocabulary with its merges takes ten times as much, and each collection of
 * garbage walks over all of it.
 */
export class TextList implements Iterable<string> {
  /** UTF-8, one text after the other. */
  readonly bytes: Buffer;
  /** Where each text ends. */
  readonly #ends: Uint32Array;

  constructor(bytes: Buffer, ends: Uint32Array) {
    this.bytes = bytes;
    this.#ends = ends;
  }

  get length(): number {
    return this.#ends.length;
  }

  at(index: number): string | undefined {
    const end = this.#ends[index];
    return end === undefined ? undefined : this.bytes.toString("utf8", this.startOf(index), end);
  }

  /** Where a text starts in the bytes: where the one before it ends. */
  startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? this.bytes.length);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let index = 0; index < this.length; index++) yield this.at(index) ?? "";
  }
}

/** What a file claims costs nothing; the rest is made when its bytes are there. */
const firstBytesMax = 1024 * 1024;

/** Gathers the texts of a list whose length is known. */
export class TextListWriter {
  readonly #ends: Uint32Array;
  #bytes: Buffer;
  #count = 0;
  #used = 0;

  constructor(length: number) {
    this.#ends = new Uint32Array(length);
    this.#bytes = Buffer.alloc(Math.min(length * 8, firstBytesMax));
  }

  /** Takes a text from a buffer. */
  add(source: Buffer, start: number, end: number): void {
    const needed = this.#used + end - start;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, Math.ceil(this.#bytes.length * 1.5)));
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    source.copy(this.#bytes, this.#used, start, end);
    this.#used = needed;
    this.#ends[this.#count++] = needed;
  }

  close(): TextList {
    return new TextList(Buffer.from(this.#bytes.subarray(0, this.#used)), this.#ends);
  }
}
