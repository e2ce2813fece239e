const fieldName = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const fieldText = "[\\t\\x20-\\x7e\\x80-\\xff]*";
const statusLine = `HTTP/1\\.[01] [1-9]\\d\\d(?: ${fieldText})?`;
const wholeHead = new RegExp(`^${statusLine}(?:\\r\\n${fieldName}:${fieldText})*$`);
const firstLine = new RegExp(`^${statusLine}$`);

/** An answer's status line and headers. Headers are looked up in the text, since of a dozen only two or three are needed. */
export class Head {
  readonly status: number;
  /** Minor version of HTTP/1. */
  readonly minor: number;
  readonly #text: string;
  readonly #lower: string;

  /** `text` is all before the blank line, as latin1. Throws for what is no HTTP/1 head, and names the fault. */
  constructor(text: string) {
    if (!wholeHead.test(text)) throw new Error(describeHeadFault(text));
    this.#text = text;
    this.#lower = text.toLowerCase();
    this.minor = text.charCodeAt(7) - 0x30;
    this.status = Number(text.slice(9, 12));
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

/** What is wrong with a head (RFC 9112, §§2.2, 4 and 5). Programs that read such heads differently can be played against each other. */
function describeHeadFault(text: string): string {
  const [first = "", ...fields] = text.split("\r\n");
  if (text.includes("\n") && /(?:^|[^\r])\n/.test(text)) return bareLineFeed;
  if (!first.startsWith("HTTP/1.0 ") && !first.startsWith("HTTP/1.1 ")) return "the answer is not HTTP/1";
  if (!firstLine.test(first)) return "the answer is not HTTP/1: its status line is malformed";
  for (const field of fields) {
    const name = field.slice(0, field.indexOf(":") + 1).slice(0, -1);
    if (/^[ \t]/.test(field)) return "the answer has a header that is folded over two lines";
    if (/^[^:]*[ \t]+:/.test(field)) return `the answer has a space before the colon of a header`;
    if (!new RegExp(`^${fieldName}$`).test(name)) return "the answer has a line in its head that is no header";
    if (!new RegExp(`^${fieldText}$`).test(field)) return "the answer has a control character in a header";
  }
  return "the answer has a malformed head";
}

const cr = 0x0d;
const lf = 0x0a;
const bareLineFeed = "the answer's head has a line that ends in LF without CR";
/** How far a head without its end is searched for a lone LF. */
const lineFeedBytesMax = 8 * 1024;

/**
 * Where the blank line after a head begins, -1 if it has not come yet; `from` is what has been searched before. Throws for
 * lines that end in a lone LF, since the end would never be found.
 */
export function findHeadEnd(bytes: Buffer, from = 0): number {
  const end = bytes.indexOf("\r\n\r\n", Math.max(0, from - 3), "latin1");
  if (end !== -1) return end;
  for (let at = bytes.indexOf(lf, from); at !== -1 && at < lineFeedBytesMax; at = bytes.indexOf(lf, at + 1))
    if (bytes[at - 1] !== cr) throw new Error(bareLineFeed);
  return -1;
}

/** A chunk's size line with its extensions. */
const lineBytesMax = 4096;
/** All trailers of an answer together. */
const trailerBytesMax = 16 * 1024;
const sizeLine = new RegExp(`^([0-9a-fA-F]{1,12})[ \\t]*(?:;${fieldText})?$`);
const trailerLine = new RegExp(`^${fieldName}:${fieldText}$`);

/**
 * Takes an answer's body out of its framing (RFC 9112, §6): by length, in chunks, or up to the connection's end. Throws for
 * framing that two programs could understand differently, and names the fault.
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
  #trailerBytes = 0;

  constructor(head: Head) {
    const connection = head.headers("connection")?.toLowerCase() ?? "";
    const coding = head.headers("transfer-encoding");
    const lengths = head.headers("content-length")?.split(/\s*,\s*/);
    const length = lengths?.[0] ?? null;
    if (coding !== null && lengths) throw new Error("the answer has a transfer-encoding beside a content-length");
    if (coding !== null && head.minor === 0) throw new Error("the answer has a transfer-encoding in HTTP/1.0");
    if (coding !== null && coding.toLowerCase() !== "chunked")
      throw new Error("the answer has a transfer coding that is not chunked alone");
    if (lengths?.some((other) => other !== length))
      throw new Error("the answer has several content-lengths that differ");
    if (length !== null && !/^\d{1,15}$/.test(length)) throw new Error("the answer has a malformed content-length");
    this.#left = 0;
    this.#phase = "length";
    if (head.status === 204 || head.status === 304) this.done = true;
    else if (coding !== null) this.#phase = "chunk-size";
    else if (length !== null) {
      this.#left = Number(length);
      this.done = this.#left === 0;
    } else this.#phase = "connection";
    this.endsWithConnection = this.#phase === "connection";
    this.keepAlive = !this.endsWithConnection && head.minor === 1 && !connection.includes("close");
  }

  /**
   * The part of the body in these bytes, as one piece; undefined if there is none. It is a view of the bytes: where chunks
   * lie between its parts, these are moved together, so that many small chunks in one read cost one wake-up.
   */
  push(bytes: Buffer): Buffer | undefined {
    let start = -1;
    let end = 0;
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.#phase !== "connection" && this.#phase !== "length" && this.#phase !== "chunk-data") {
        at = this.#takeLine(bytes, at);
        continue;
      }
      const next = this.#phase === "connection" ? bytes.length : Math.min(bytes.length, at + this.#left);
      if (start === -1) {
        start = at;
        end = next;
      } else {
        bytes.copyWithin(end, at, next);
        end += next - at;
      }
      if (this.#phase !== "connection") {
        this.#left -= next - at;
        if (this.#left === 0) {
          if (this.#phase === "length") this.done = true;
          else this.#phase = "chunk-end";
        }
      }
      at = next;
    }
    this.surplusBytes += bytes.length - at;
    if (start === -1) return undefined;
    return end - start === bytes.length ? bytes : bytes.subarray(start, end);
  }

  /** Reads a line between chunks. Returns the position after it. */
  #takeLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(lf, from);
    this.#line += bytes.toString("latin1", from, end === -1 ? bytes.length : end);
    if (this.#line.length > lineBytesMax) throw new Error("the answer has a line between chunks that is too long");
    if (end === -1) return bytes.length;
    if (!this.#line.endsWith("\r")) throw new Error("the answer has a line between chunks that ends in LF without CR");
    const line = this.#line.slice(0, -1);
    this.#line = "";
    if (this.#phase === "chunk-end") {
      if (line !== "") throw new Error("the answer has a chunk longer than its size");
      this.#phase = "chunk-size";
    } else if (this.#phase === "trailer") {
      this.#trailerBytes += line.length;
      if (line === "") this.done = true;
      else if (!trailerLine.test(line)) throw new Error("the answer has a malformed trailer");
      else if (this.#trailerBytes > trailerBytesMax)
        throw new Error(`the answer has trailers of more than ${trailerBytesMax} bytes`);
    } else {
      const size = sizeLine.exec(line);
      if (!size) throw new Error("the answer has a malformed chunk size");
      this.#left = Number.parseInt(size[1] ?? "", 16);
      this.#phase = this.#left === 0 ? "trailer" : "chunk-data";
    }
    return end + 1;
  }
}
