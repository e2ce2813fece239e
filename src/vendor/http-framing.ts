/** An answer's status line and headers. */
export interface Head {
  status: number;
  /** By lower-case name; values of a header that stands more than once are joined by a comma. */
  headers: Map<string, string>;
  /** Minor version of HTTP/1. */
  minor: number;
}

/** Parses what stands before the blank line, as latin1. Throws when it is not an HTTP/1 head. */
export function parseHead(text: string): Head {
  const lines = text.split("\r\n");
  const status = /^HTTP\/1\.([01]) (\d{3})(?: |$)/.exec(lines[0] ?? "");
  if (!status) throw new Error("the answer is not HTTP/1");
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const colon = line.indexOf(":");
    if (colon <= 0) throw new Error("the answer has a malformed header");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status: Number(status[2]), headers, minor: Number(status[1]) };
}

const lf = 0x0a;
/** A chunk's size line with its extensions, or a trailer. */
const lineBytesMax = 4096;

/**
 * Takes an answer's body out of its framing (RFC 9112, §6): by length, in chunks, or up to the connection's end.
 * Pieces handed on are views of what was pushed.
 */
export class BodyFramer {
  readonly keepAlive: boolean;
  readonly endsWithConnection: boolean;
  done = false;
  /** Bytes that came after the body's end. */
  surplusBytes = 0;
  /** Bytes left of the body, or of the present chunk. */
  #left: number;
  #phase: "length" | "connection" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer";
  #line = "";

  constructor(head: Head) {
    const connection = head.headers.get("connection")?.toLowerCase() ?? "";
    const isChunked = /(?:^|,)\s*chunked\s*$/i.test(head.headers.get("transfer-encoding") ?? "");
    const length = head.headers.get("content-length");
    this.#left = 0;
    this.#phase = "length";
    if (head.status === 204 || head.status === 304) this.done = true;
    else if (isChunked) this.#phase = "chunk-size";
    else if (head.headers.has("transfer-encoding"))
      throw new Error("the answer has a transfer coding that is not chunked");
    else if (length !== undefined) {
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

  /** The lines between chunks. Returns where the next thing begins. */
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
