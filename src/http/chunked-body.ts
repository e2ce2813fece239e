import { BadRequest } from "./request-head.ts";

const lf = 0x0a;
/** A chunk's size with its extensions, or a line of the trailer. */
const lineBytesMax = 4096;
const trailerBytesMax = 16 * 1024;

/** Takes a request's body out of its chunks (RFC 9112, §7.1). The trailer is read and ignored. */
export class ChunkedBody {
  done = false;
  #phase: "size" | "data" | "data-end" | "trailer" = "size";
  /** Bytes left of the chunk. */
  #left = 0;
  #line = "";
  #trailerBytes = 0;

  /** Hands on the data in `bytes` from `at`; returns where the body ended or the bytes did. Throws a BadRequest. */
  push(bytes: Buffer, from: number, onData: (piece: Buffer) => void): number {
    let at = from;
    while (at < bytes.length && !this.done) {
      if (this.#phase !== "data") {
        at = this.#takeLine(bytes, at);
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      onData(bytes.subarray(at, end));
      this.#left -= end - at;
      at = end;
      if (this.#left === 0) this.#phase = "data-end";
    }
    return at;
  }

  #takeLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(lf, from);
    this.#line += bytes.toString("latin1", from, end === -1 ? bytes.length : end);
    if (this.#line.length > lineBytesMax) throw new BadRequest(400, "a line between chunks is too long");
    if (end === -1) return bytes.length;
    if (!this.#line.endsWith("\r")) throw new BadRequest(400, "a line between chunks ends in LF without CR");
    const line = this.#line.slice(0, -1);
    this.#line = "";
    this.#take(line);
    return end + 1;
  }

  #take(line: string): void {
    if (this.#phase === "data-end") {
      if (line !== "") throw new BadRequest(400, "a chunk is longer than its size");
      this.#phase = "size";
      return;
    }
    if (this.#phase === "trailer") {
      this.#trailerBytes += line.length + 2;
      if (this.#trailerBytes > trailerBytesMax) throw new BadRequest(400, "the body's trailer is too long");
      this.done = line === "";
      return;
    }
    const size = /^([0-9a-fA-F]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/.exec(line);
    if (!size) throw new BadRequest(400, "the size of a chunk is malformed");
    this.#left = Number.parseInt(size[1] ?? "", 16);
    this.#phase = this.#left === 0 ? "trailer" : "data";
  }
}
