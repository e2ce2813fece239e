/** An answer's status line and headers. Headers are looked up in the text, since of a dozen only two or three are needed. */
export class Head {
  readonly status: number;
  /** Minor version of HTTP/1. */
  readonly minor: number;
  readonly #text: string;
  readonly #lower: string;

  /** `text` is all before the blank line, as latin1. Throws when it is not an HTTP/1 head. */
  constructor(text: string) {
    this.#text = text;
    this.#lower = text.toLowerCase();
    this.minor = text.charCodeAt(7) - 0x30;
    this.status = Number(text.slice(9, 12));
    const isHttp1 = text.startsWith("HTTP/1.") && (this.minor === 0 || this.minor === 1) && text[8] === " ";
    if (!isHttp1 || !(this.status >= 100 && this.status <= 999)) throw new Error("the answer is not HTTP/1");
    // Lookups search for CRLF, so a lone LF would hide a header.
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1))
      if (text[at - 1] !== "\r") throw new Error(bareLineFeed);
  }

  /** The value of a header by its lower-case name, the first one if it occurs more than once; null if there is none. */
  header(name: string): string | null {
    const at = this.#lower.indexOf(`\r\n${name}:`);
    return at === -1 ? null : this.#valueAt(at + name.length + 3);
  }

  /** All values of a header that may occur more than once, joined by ", "; null if there is none (RFC 9110, §5.3). */
  headers(name: string): string | null {
    const field = `\r\n${name}:`;
    let joined: string | null = null;
    for (let at = this.#lower.indexOf(field); at !== -1; at = this.#lower.indexOf(field, at + field.length)) {
      const value = this.#valueAt(at + field.length);
      joined = joined === null ? value : `${joined}, ${value}`;
    }
    return joined;
  }

  #valueAt(start: number): string {
    const end = this.#text.indexOf("\r\n", start);
    return this.#text.slice(start, end === -1 ? undefined : end).trim();
  }
}

const cr = 0x0d;
const lf = 0x0a;
const bareLineFeed = "the answer's head has a line that ends in LF without CR";
/** How far a head without its end is searched for a lone LF. */
const lineFeedBytesMax = 8 * 1024;

/**
 * Where the blank line after a head begins, -1 if it has not come yet. Throws for lines that end in a lone LF, since
 * the end would never be found.
 */
export function findHeadEnd(bytes: Buffer): number {
  const end = bytes.indexOf("\r\n\r\n", 0, "latin1");
  if (end !== -1) return end;
  for (let at = bytes.indexOf(lf); at !== -1 && at < lineFeedBytesMax; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] !== cr) throw new Error(bareLineFeed);
  return -1;
}

/** A chunk's size line with its extensions, or a trailer. */
const lineBytesMax = 4096;

/**
 * Takes an answer's body out of its framing (RFC 9112, §6): by length, in chunks, or up to the connection's end.
 * The pieces are views of the pushed bytes.
 */
export class BodyFramer {
  readonly keepAlive: boolean;
  readonly endsWithConnection: boolean;
  done = false;
  /** Bytes that came after the body's end. */
  surplusBytes = 0;
  /** Bytes left of the body, or of the current chunk. */
  #left: number;
  #phase: "length" | "connection" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer";
  #line = "";

  constructor(head: Head) {
    const connection = head.headers("connection")?.toLowerCase() ?? "";
    const coding = head.headers("transfer-encoding");
    const isChunked = coding !== null && /(?:^|,)\s*chunked\s*$/i.test(coding);
    const lengths = head.headers("content-length")?.split(/\s*,\s*/);
    const length = lengths?.[0] ?? null;
    if (lengths?.some((other) => other !== length))
      throw new Error("the answer has several content-lengths that differ");
    this.#left = 0;
    this.#phase = "length";
    if (head.status === 204 || head.status === 304) this.done = true;
    else if (isChunked) this.#phase = "chunk-size";
    else if (coding !== null) throw new Error("the answer has a transfer coding that is not chunked");
    else if (length !== null) {
      if (!/^\d{1,15}$/.test(length)) throw new Error("the answer has a malformed content-length");
      this.#left = Number(length);
      this.done = this.#left === 0;
    } else this.#phase = "connection";
    this.endsWithConnection = this.#phase === "connection";
    this.keepAlive = !this.endsWithConnection && head.minor === 1 && !connection.includes("close");
  }

  push(bytes: Buffer, onPiece: (piece: Buffer) => void): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.done) {
        this.surplusBytes += bytes.length - at;
        return;
      }
      if (this.#phase === "connection") {
        onPiece(at === 0 ? bytes : bytes.subarray(at));
        return;
      }
      if (this.#phase === "length" || this.#phase === "chunk-data") {
        const end = Math.min(bytes.length, at + this.#left);
        onPiece(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left > 0) return;
        if (this.#phase === "length") this.done = true;
        else this.#phase = "chunk-end";
        continue;
      }
      at = this.#takeLine(bytes, at);
    }
  }

  /** Reads a line between chunks. Returns the position after it. */
  #takeLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(lf, from);
    this.#line += bytes.toString("latin1", from, end === -1 ? bytes.length : end);
    if (this.#line.length > lineBytesMax) throw new Error("the answer has a line between chunks that is too long");
    if (end === -1) return bytes.length;
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    if (this.#phase === "chunk-end") {
      if (line !== "") throw new Error("the answer has a chunk longer than its size");
      this.#phase = "chunk-size";
    } else if (this.#phase === "trailer") {
      if (line === "") this.done = true;
    } else {
      const size = /^([0-9a-fA-F]{1,12})\s*(?:;.*)?$/.exec(line);
      if (!size) throw new Error("the answer has a malformed chunk size");
      this.#left = Number.parseInt(size[1] ?? "", 16);
      this.#phase = this.#left === 0 ? "trailer" : "chunk-data";
    }
    return end + 1;
  }
}
