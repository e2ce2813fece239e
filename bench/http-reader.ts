/** Called for each HTTP/1.1 message on a connection, in order. */
export interface MessageHandler {
  /** Start line and headers, without the blank line. */
  head(text: string): void;
  body(bytes: Buffer): void;
  end(): void;
}

const lineEnd = "\r\n";
const headEnd = Buffer.from("\r\n\r\n");

/**
 * Cuts a connection's bytes into HTTP/1.1 messages with a body of announced length, in chunks, or, for GET, none. It does only what both
 * ends of the benchmark need, so it is several times faster than a complete server or client. Throws at anything else.
 */
export class HttpReader {
  readonly #handler: MessageHandler;
  #rest: Buffer | undefined;
  #state: "head" | "body" | "chunk-size" | "chunk" | "chunk-end" | "trailer" = "head";
  #left = 0;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#rest) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next === -1) {
        // The chunk's memory may be reused, so the rest is copied.
        this.#rest = Buffer.from(bytes.subarray(at));
        return;
      }
      at = next;
    }
  }

  /** Reads one complete piece; returns the position after it, or -1 if more bytes are needed. */
  #step(bytes: Buffer, at: number): number {
    if (this.#state === "body" || this.#state === "chunk") {
      const end = Math.min(bytes.length, at + this.#left);
      this.#left -= end - at;
      this.#handler.body(bytes.subarray(at, end));
      if (this.#left === 0) {
        if (this.#state === "chunk") this.#state = "chunk-end";
        else this.#finish();
      }
      return end;
    }
    if (this.#state === "head") {
      const end = bytes.indexOf(headEnd, at);
      if (end === -1) return -1;
      this.#begin(bytes.toString("latin1", at, end));
      return end + 4;
    }
    const end = bytes.indexOf(lineEnd, at);
    if (end === -1) return -1;
    if (this.#state === "chunk-size") {
      this.#left = Number.parseInt(bytes.toString("latin1", at, end), 16);
      if (Number.isNaN(this.#left)) throw new Error(`Not a chunk's size: ${bytes.toString("latin1", at, end)}`);
      this.#state = this.#left === 0 ? "trailer" : "chunk";
    } else if (this.#state === "chunk-end") this.#state = "chunk-size";
    else if (end === at) this.#finish(); // the blank line after the trailer
    return end + 2;
  }

  #begin(head: string): void {
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#handler.head(head);
    if (length !== undefined) {
      this.#left = Number(length);
      if (this.#left > 0) this.#state = "body";
      else this.#finish();
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#state = "chunk-size";
    else if (head.startsWith("GET ")) this.#finish();
    else throw new Error(`A message without a length: ${head.slice(0, 200)}`);
  }

  #finish(): void {
    this.#state = "head";
    this.#handler.end();
  }
}

type Writable = Pick<Bun.Socket, "write">;

/** Writes to a socket. Bytes that the socket does not take are kept until it drains. */
export class Outbox {
  readonly #socket: Writable;
  #waiting: Buffer[] = [];

  constructor(socket: Writable) {
    this.#socket = socket;
  }

  send(bytes: Buffer): void {
    if (this.#waiting.length > 0) {
      this.#waiting.push(bytes);
      return;
    }
    const written = Math.max(0, this.#socket.write(bytes));
    if (written < bytes.length) this.#waiting.push(bytes.subarray(written));
  }

  drain(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const bytes of waiting) this.send(bytes);
  }
}
