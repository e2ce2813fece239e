import { ownCopy } from "../base/gathered-bytes.ts";
import { ChunkFrame, fieldName, fieldText, HeaderFields } from "../http/index.ts";

const statusLine = `HTTP/1\\.[01] [1-9]\\d\\d(?: ${fieldText})?`;
const wholeHead = new RegExp(`^${statusLine}(?:\\r\\n${fieldName}:${fieldText})*$`);
const firstLine = new RegExp(`^${statusLine}$`);
const wholeName = new RegExp(`^${fieldName}$`);
const wholeText = new RegExp(`^${fieldText}$`);

/** An answer's status line and headers. */
export class Head extends HeaderFields {
  readonly status: number;
  /** Minor version of HTTP/1. */
  readonly minor: number;

  /** `text` is all before the blank line, as latin1. Throws for what is no HTTP/1 head, and names the fault. */
  constructor(text: string) {
    if (!wholeHead.test(text)) throw new Error(describeHeadFault(text));
    super(text);
    this.minor = text.charCodeAt(7) - 0x30;
    this.status = Number(text.slice(9, 12));
  }
}

const bareLineFeed = "the answer's head has a line that ends in LF without CR";

/** What is wrong with a head (RFC 9112, §§2.2, 4 and 5). Programs that read such heads differently can be played against each other. */
function describeHeadFault(text: string): string {
  const [first = "", ...fields] = text.split("\r\n");
  if (text.includes("\n") && /(?:^|[^\r])\n/.test(text)) return bareLineFeed;
  if (!first.startsWith("HTTP/1.0 ") && !first.startsWith("HTTP/1.1 ")) return "the answer is not HTTP/1";
  if (!firstLine.test(first)) return "the answer is not HTTP/1: its status line is malformed";
  for (const field of fields) {
    if (/^[ \t]/.test(field)) return "the answer has a header that is folded over two lines";
    if (/^[^:]*[ \t]:/.test(field)) return "the answer has a space before the colon of a header";
    const colon = field.indexOf(":");
    if (colon === -1 || !wholeName.test(field.slice(0, colon)))
      return "the answer has a line in its head that is no header";
    if (!wholeText.test(field)) return "the answer has a control character in a header";
  }
  return "the answer has a malformed head";
}

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
  /** Bytes left of a body of known length; infinite where the connection's end is the body's. */
  #left = 0;
  #chunks: ChunkFrame | undefined;

  constructor(head: Head) {
    const connection = head.get("connection")?.toLowerCase() ?? "";
    const coding = head.get("transfer-encoding");
    const lengths = head
      .get("content-length")
      ?.split(",")
      .map((text) => text.trim());
    const length = lengths?.[0] ?? null;
    if (coding !== null && lengths) throw new Error("the answer has a transfer-encoding beside a content-length");
    if (coding !== null && head.minor === 0) throw new Error("the answer has a transfer-encoding in HTTP/1.0");
    if (coding !== null && coding.toLowerCase() !== "chunked")
      throw new Error("the answer has a transfer coding that is not chunked alone");
    if (lengths?.some((other) => other !== length))
      throw new Error("the answer has several content-lengths that differ");
    if (length !== null && !/^\d{1,15}$/.test(length)) throw new Error("the answer has a malformed content-length");
    const hasBody = head.status !== 204 && head.status !== 304;
    if (hasBody && coding !== null) this.#chunks = new ChunkFrame();
    else if (hasBody) this.#left = length === null ? Number.POSITIVE_INFINITY : Number(length);
    this.done = !this.#chunks && this.#left === 0;
    this.endsWithConnection = this.#left === Number.POSITIVE_INFINITY;
    this.keepAlive = !this.endsWithConnection && head.minor === 1 && !connection.includes("close");
  }

  /** Chunks that have begun so far. */
  get chunks(): number {
    return this.#chunks?.chunks ?? 0;
  }

  /**
   * The part of the body in these bytes, as one piece; undefined if there is none. It is a view of the bytes: where chunks
   * lie between its parts, these are moved together, so that many small chunks in one read cost one wake-up. Where the frame
   * is most of what came, it is a copy, so that nobody who keeps it keeps the frame.
   */
  push(bytes: Buffer): Buffer | undefined {
    let start = -1;
    let end = 0;
    let at = 0;
    while (at < bytes.length && !this.done) {
      if (this.#chunks?.dataBytes === 0) {
        at = this.#readLine(this.#chunks, bytes, at);
        continue;
      }
      const next = Math.min(bytes.length, at + (this.#chunks?.dataBytes ?? this.#left));
      if (start === -1) {
        start = at;
        end = next;
      } else {
        bytes.copyWithin(end, at, next);
        end += next - at;
      }
      if (this.#chunks) this.#chunks.take(next - at);
      else {
        this.#left -= next - at;
        this.done = this.#left === 0;
      }
      at = next;
    }
    this.surplusBytes += bytes.length - at;
    if (start === -1) return undefined;
    if (end - start === bytes.length) return bytes;
    return ownCopy(bytes.subarray(start, end));
  }

  #readLine(chunks: ChunkFrame, bytes: Buffer, from: number): number {
    try {
      return chunks.readLine(bytes, from);
    } catch (cause) {
      throw new Error(`the answer has ${(cause as Error).message}`, { cause });
    } finally {
      this.done = chunks.done;
    }
  }
}
