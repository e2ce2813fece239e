const newline = 10;

/** Cuts a stream of bytes into lines. Throws when a line grows beyond the bound. */
export class LineReader {
  readonly #lineBytesMax: number;
  readonly #onLine: (line: string) => void;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;

  constructor(options: { lineBytesMax: number; onLine: (line: string) => void }) {
    this.#lineBytesMax = options.lineBytesMax;
    this.#onLine = options.onLine;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      if (this.#partsBytes === 0) {
        this.#onLine(decoder.decode(tail));
        continue;
      }
      const line = Buffer.concat([...this.#parts, tail]);
      this.#parts = [];
      this.#partsBytes = 0;
      this.#onLine(decoder.decode(line));
    }
    if (start === chunk.length) return;
    // The chunk's memory belongs to the socket, so what waits for the rest of its line is copied.
    const rest = chunk.slice(start);
    this.#partsBytes += rest.length;
    if (this.#partsBytes > this.#lineBytesMax) throw new RangeError(`A line has more than ${this.#lineBytesMax} bytes`);
    this.#parts.push(rest);
  }
}

const decoder = new TextDecoder();
