import { fieldName, fieldText } from "./header-fields.ts";

const cr = 0x0d;
const lf = 0x0a;
const sizeDigitsMax = 12;
/** More chunks in one read than programs send: a stream has one for each event, so such a read costs far more than its bytes. */
export const manyChunks = 100;
/** A chunk's size line with its extensions. */
const lineBytesMax = 4096;
/** All trailers of a body together. */
const trailerBytesMax = 16 * 1024;
const sizeLine = new RegExp(`^([0-9a-fA-F]{1,${sizeDigitsMax}})[ \\t]*(?:;${fieldText})?$`);
const trailerLine = new RegExp(`^${fieldName}:${fieldText}$`);

/**
 * The frame around a body in chunks (RFC 9112, §7.1), of requests and of answers. Where `dataBytes` is 0 and the body is not
 * done, lines come next, which `readLine` reads; otherwise that many bytes of data, of which `take` is told.
 * Throws for framing that two programs could understand differently; the message names the fault, as what the body has.
 */
export class ChunkFrame {
  done = false;
  /** Bytes left of the present chunk. */
  dataBytes = 0;
  /** Chunks that have begun so far. */
  chunks = 0;
  #phase: "size" | "data-end" | "trailer" = "size";
  #line = "";
  #trailerBytes = 0;

  /** So many bytes of data have been read. */
  take(bytes: number): void {
    this.dataBytes -= bytes;
    if (this.dataBytes === 0) this.#phase = "data-end";
  }

  /** Reads a line, or what there is of it; returns the position after it. */
  readLine(bytes: Buffer, from: number): number {
    const after = this.#line === "" ? this.#readPlainLine(bytes, from) : -1;
    return after === -1 ? this.#readAnyLine(bytes, from) : after;
  }

  /**
   * Reads a line as nearly all are, without making a text of it: a size alone, or nothing. Returns −1 for any other, of which
   * nothing is taken. A streamed answer has two such lines for each event, which cost as much as reading the event.
   */
  #readPlainLine(bytes: Buffer, from: number): number {
    let at = from;
    let size = 0;
    if (this.#phase === "size") {
      for (let digit = hexDigit(bytes[at]); digit !== -1; digit = hexDigit(bytes[++at])) size = size * 16 + digit;
      if (at === from || at - from > sizeDigitsMax) return -1;
    }
    if (bytes[at] !== cr || bytes[at + 1] !== lf) return -1;
    if (this.#phase === "size") this.#begin(size);
    else if (this.#phase === "trailer") this.done = true;
    else this.#phase = "size";
    return at + 2;
  }

  #readAnyLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(lf, from);
    this.#line += bytes.toString("latin1", from, end === -1 ? bytes.length : end);
    if (this.#line.length > lineBytesMax) throw new Error("a line between chunks that is too long");
    if (end === -1) return bytes.length;
    if (!this.#line.endsWith("\r")) throw new Error("a line between chunks that ends in LF without CR");
    const line = this.#line.slice(0, -1);
    this.#line = "";
    this.#understand(line);
    return end + 1;
  }

  #understand(line: string): void {
    if (this.#phase === "data-end") {
      if (line !== "") throw new Error("a chunk longer than its size");
      this.#phase = "size";
    } else if (this.#phase === "trailer") {
      this.#trailerBytes += line.length;
      if (line === "") this.done = true;
      else if (!trailerLine.test(line)) throw new Error("a malformed trailer");
      else if (this.#trailerBytes > trailerBytesMax) throw new Error(`trailers of more than ${trailerBytesMax} bytes`);
    } else {
      const size = sizeLine.exec(line);
      if (!size) throw new Error("a malformed chunk size");
      this.#begin(Number.parseInt(size[1] ?? "", 16));
    }
  }

  #begin(size: number): void {
    this.chunks++;
    this.dataBytes = size;
    if (size === 0) this.#phase = "trailer";
  }
}

/** The value of a hexadecimal digit, −1 for any other byte. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
