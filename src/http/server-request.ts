import { assert } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import type { ClientAddress } from "./client-address.ts";
import { ChunkFrame } from "./chunk-frame.ts";
import { BodyParts } from "./body-parts.ts";
import { headerLine, joinHeaders, noHeaders, type HeaderLines } from "./header-lines.ts";
import { joinInTurns } from "./join-in-turns.ts";
import type { BodySink, HttpRequest, RequestWatcher } from "./http-request.ts";
import type { RequestHead } from "./request-head.ts";
import { encodeResponseHead } from "./response-head.ts";
import { put, putLineEnd, putSize } from "./put.ts";
import { scratch } from "./scratch.ts";
import { acceptedCodings, decodeBody, readCodings, tooLarge } from "./decode-body.ts";

/** Up to this size room for a body of announced length is made at once, and counted before it comes. */
const wholeBytesMax = 1024 * 1024;
/** Bytes of a body that are kept before anybody asks for it. */
const unaskedBytesMax = 64 * 1024;
const noBytes = Buffer.alloc(0);
/** An answer up to this size leaves as one piece: one copy costs less than a second system call. */
const joinBytesMax = 16 * 1024;
/** The longest frame around a chunk: its size in hexadecimal, two line ends and the body's end. */
const frameBytesMax = 32;

/** What a request needs of its connection. */
export interface RequestConnection {
  /** Who has sent the request. */
  readonly client: ClientAddress;
  /** Counts bytes of a body that is not whole yet. Throws where its client has too many on the way. */
  holdUpload(bytes: number): void;
  endUpload(): void;
  /** Has an answer given that the key is missing or wrong, when its time has come. */
  refuseKey(answer: () => void): void;
  /** Whether the system took all of it. What it did not take of `scratch` is copied. */
  send(bytes: Uint8Array, length: number): boolean;
  whenSent(): Promise<void>;
  /** The system has not taken all that was sent. */
  readonly isSending: boolean;
  /** Whether the connection goes on after this answer. */
  readonly isKept: boolean;
  pause(): void;
  resume(): void;
  /** The body may take so long from now on, where that is longer than usual. */
  extendBody(ms: number): void;
  answered(): void;
  abort(): void;
}

interface Reading {
  bytesMax: number;
  watcher: RequestWatcher | undefined;
  resolve(body: Buffer | Promise<Buffer>): void;
  reject(error: Error): void;
}

interface Streaming {
  bytesMax: number;
  take(piece: Buffer): Promise<void> | undefined;
  /** What has come and is not taken yet; at most what the system gave at once. */
  waiting: Buffer[];
  isTaking: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/** A body in pieces may come as slowly as this: 2 Mbit/s. */
const streamedBytesPerMs = 250;

/**
 * One request on a connection.
 *
 *   body:   coming ──last byte──▶ received, or discarded once nobody wants it
 *   answer: none ──answer──▶ over;  none ──stream──▶ streaming ──end or abort──▶ over
 */
export class ServerRequest implements HttpRequest, BodySink {
  readonly method: string;
  readonly #head: RequestHead;
  /** The answer's body is left out. */
  readonly isHead: boolean;
  readonly #isChunked: boolean;
  readonly #connection: RequestConnection;
  #answer: "none" | "streaming" | "over" = "none";
  #watcher: Pick<RequestWatcher, "cancel"> | undefined;
  /** Why the client is gone. */
  #gone: SahabError | undefined;
  /** The head of a streamed answer that waits for the first piece. */
  #waitingHead = "";
  #addedHeaders = noHeaders;
  #reading: Reading | undefined;
  #streaming: Streaming | undefined;
  #failure: Error | undefined;
  #chunks: ChunkFrame | undefined;
  #leftBytes: number;
  /** A body that came in one piece. */
  #only: Buffer | undefined;
  /** One that did not. */
  #parts: BodyParts | undefined;
  #receivedBytes = 0;
  #isReceived: boolean;
  #isDiscarded = false;
  /** The body's length was announced, is small, and was counted before it came. */
  #isCounted = false;
  #keepsConnection = false;

  constructor(connection: RequestConnection, head: RequestHead) {
    this.#connection = connection;
    this.#head = head;
    this.isHead = head.method === "HEAD";
    this.method = this.isHead ? "GET" : head.method;
    // HTTP/1.0 has no chunks: there the end of the connection ends the body.
    this.#isChunked = head.minor === 1;
    if (head.contentLength === undefined) this.#chunks = new ChunkFrame();
    this.#leftBytes = head.contentLength ?? 0;
    this.#isReceived = head.contentLength === 0;
  }

  get target(): string {
    return this.#head.target;
  }

  get address(): ClientAddress {
    return this.#connection.client;
  }

  get path(): string {
    return this.#head.path;
  }

  get headers(): RequestHead {
    return this.#head;
  }

  /** Chunks of the body that have begun so far. */
  get chunks(): number {
    return this.#chunks?.chunks ?? 0;
  }

  /** The whole body has come. */
  get isReceived(): boolean {
    return this.#isReceived;
  }

  /** The answer's head has told the client that the connection goes on. */
  get keepsConnection(): boolean {
    return this.#keepsConnection;
  }

  watch(watcher: Pick<RequestWatcher, "cancel">): void {
    if (this.#gone) watcher.cancel(this.#gone);
    else this.#watcher = watcher;
  }

  addHeaders(lines: HeaderLines): void {
    this.#addedHeaders = joinHeaders(this.#addedHeaders, lines);
  }

  readBody(bytesMax: number, watcher?: RequestWatcher): Buffer | Promise<Buffer> {
    const coding = this.#head.get("content-encoding");
    if (coding === null) return this.#receive(bytesMax, watcher);
    try {
      const codings = readCodings(coding);
      const body = this.#receive(bytesMax, watcher);
      return codings.length === 0 ? body : decodeBody(body, codings, bytesMax, watcher);
    } catch (error) {
      this.#discard();
      if (error instanceof SahabError && error.code === "unsupported_encoding")
        this.addHeaders(headerLine("accept-encoding", acceptedCodings));
      throw error;
    }
  }

  /** The body as it is sent. */
  #receive(bytesMax: number, watcher: RequestWatcher | undefined): Buffer | Promise<Buffer> {
    assert(!this.#reading, "a body is read once");
    if (this.#failure) throw this.#failure;
    const announced = this.#head.contentLength;
    // A caller can announce much and send little, so of a large body what counts is what has come.
    this.#isCounted = announced !== undefined && announced <= wholeBytesMax;
    const known = Math.max(announced ?? 0, this.#receivedBytes);
    try {
      if (known > bytesMax) throw tooLarge(known, bytesMax, known === announced ? "" : undefined);
      watcher?.holdBody(this.#isCounted ? known : this.#receivedBytes);
    } catch (error) {
      this.#discard();
      throw error;
    }
    if (this.#isReceived) return this.#takeBody();
    if (this.#isCounted) this.#bodyParts().reserve(known);
    if (this.#receivedBytes === 0 && this.#head.expectsContinue) this.#sendContinue();
    return new Promise((resolve, reject) => {
      this.#reading = { bytesMax, watcher, resolve, reject };
      this.#connection.resume();
    });
  }

  readPieces(bytesMax: number, take: (piece: Buffer) => Promise<void> | undefined): Promise<void> {
    assert(!this.#reading && !this.#streaming, "a body is read once");
    return new Promise((resolve, reject) => {
      const announced = this.#head.contentLength;
      const known = Math.max(announced ?? 0, this.#receivedBytes);
      let fault = this.#failure;
      if (known > bytesMax) fault ??= tooLarge(known, bytesMax, known === announced ? "" : undefined);
      else if (!fault && readCodingsOf(this.#head).length > 0)
        fault = new SahabError("unsupported_encoding", "A file is taken without a content coding; send it as it is");
      if (fault) {
        this.#discard();
        reject(fault);
        return;
      }
      const first = this.#only ? [this.#only] : (this.#parts?.takeApart() ?? []);
      this.#only = undefined;
      this.#parts = undefined;
      this.#connection.endUpload();
      this.#streaming = { bytesMax, take, waiting: first, isTaking: false, resolve, reject };
      if (this.#receivedBytes === 0 && this.#head.expectsContinue) this.#sendContinue();
      this.#connection.extendBody((announced ?? bytesMax) / streamedBytesPerMs);
      void this.#passPieces(this.#streaming);
    });
  }

  /** Hands on what has come, and lets more come when all of it is taken. */
  async #passPieces(streaming: Streaming): Promise<void> {
    if (streaming.isTaking) return;
    streaming.isTaking = true;
    try {
      for (let piece = streaming.waiting.shift(); piece; piece = streaming.waiting.shift()) {
        const taking = streaming.take(piece);
        if (!taking) continue;
        this.#connection.pause();
        await taking;
      }
      if (this.#failure) throw this.#failure;
      if (this.#isReceived) {
        this.#discard();
        streaming.resolve();
      } else this.#connection.resume();
    } catch (error) {
      this.#discard();
      this.#streaming = undefined;
      streaming.reject(error);
    } finally {
      streaming.isTaking = false;
    }
  }

  answer(status: number, headers: HeaderLines, body: Uint8Array | string): void {
    assert(this.#answer === "none", "a request is answered once");
    this.#answer = "over";
    this.#watcher = undefined;
    if (this.#gone) return;
    if (status !== 401) {
      this.#sendWhole(status, headers, body);
      return;
    }
    this.#discard();
    this.#connection.refuseKey(() => {
      if (!this.#gone) this.#sendWhole(status, headers, body);
    });
  }

  #sendWhole(status: number, headers: HeaderLines, body: Uint8Array | string): void {
    const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    const isBodiless = status === 204 || status === 304;
    const head = this.#encodeHead(status, headers, isBodiless ? "" : `content-length: ${bytes}\r\n`);
    if (this.isHead || isBodiless || bytes === 0) this.#sendText(head);
    else if (head.length + bytes <= joinBytesMax) {
      let at = scratch.write(head, 0, "latin1");
      at += put(body, at);
      this.#connection.send(scratch, at);
    } else {
      this.#sendText(head);
      const whole = typeof body === "string" ? Buffer.from(body) : body;
      this.#connection.send(whole, whole.length);
    }
    this.#discard();
    this.#connection.answered();
  }

  stream(status: number, headers: HeaderLines): BodySink {
    assert(this.#answer === "none", "a request is answered once");
    this.#answer = "streaming";
    this.#waitingHead = this.#encodeHead(
      status,
      headers,
      this.#isChunked ? "transfer-encoding: chunked\r\n" : undefined,
    );
    return this;
  }

  write(bytes: Uint8Array | string): Promise<void> | undefined {
    if (this.#answer !== "streaming" || this.#gone || bytes.length === 0) return undefined;
    return this.#sendPiece(bytes, false) ? undefined : this.#connection.whenSent();
  }

  end(last: Uint8Array | string = ""): void {
    if (this.#answer !== "streaming") return;
    this.#answer = "over";
    this.#watcher = undefined;
    if (this.#gone) return;
    this.#sendPiece(last, true);
    this.#discard();
    this.#connection.answered();
  }

  whenSent(): Promise<void> | undefined {
    return this.#gone || !this.#connection.isSending ? undefined : this.#connection.whenSent();
  }

  abort(): void {
    if (this.#answer === "over") return;
    this.#answer = "over";
    this.#watcher = undefined;
    this.#connection.abort();
  }

  /** Takes what belongs to the body of the bytes from `at`; returns where it ended, or the bytes did. */
  push(bytes: Buffer, at: number): number {
    if (this.#isReceived || at >= bytes.length) return at;
    // Behind a fault nobody knows where the body ends, so nothing there may be taken for a request.
    if (this.#failure) return bytes.length;
    let end: number;
    if (this.#chunks) {
      try {
        end = this.#takeChunks(this.#chunks, bytes, at);
      } catch (cause) {
        const found = cause instanceof Error ? cause.message : "a fault in its framing";
        this.fail(new SahabError("invalid_request", `Cannot read the body: it has ${found}`, { cause }));
        return bytes.length;
      }
      this.#isReceived = this.#chunks.done;
    } else {
      end = Math.min(bytes.length, at + this.#leftBytes);
      this.#leftBytes -= end - at;
      this.#keep(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end), this.#leftBytes === 0);
      this.#isReceived = this.#leftBytes === 0;
    }
    if (this.#streaming) void this.#passPieces(this.#streaming);
    if (this.#isReceived && this.#reading) {
      const { resolve } = this.#reading;
      this.#reading = undefined;
      resolve(this.#isCounted ? this.#takeBody() : this.#joinBody());
    }
    return end;
  }

  /** The client has left, or is given up. */
  gone(reason: SahabError): void {
    this.#gone = reason;
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.cancel(reason);
    if (!this.#isReceived) this.fail(new SahabError("client_closed_request", "The body ended before it was complete"));
  }

  /** The body did not come in its time. */
  timeOut(bodyMs: number): void {
    const found = `after ${bodyMs / 1000} s only ${this.#receivedBytes} bytes of the request's body had come`;
    this.fail(new SahabError("request_timeout", `Cannot read the request: ${found}`));
  }

  /** The rest of the body cannot be read. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#discard();
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.reject(this.#failure);
    const streaming = this.#streaming;
    this.#streaming = undefined;
    streaming?.reject(this.#failure);
  }

  #takeChunks(chunks: ChunkFrame, bytes: Buffer, from: number): number {
    let at = from;
    let dataBytes = 0;
    while (at < bytes.length && !chunks.done) {
      if (chunks.dataBytes === 0) at = chunks.readLine(bytes, at);
      else {
        const end = Math.min(bytes.length, at + chunks.dataBytes);
        if (!this.#isDiscarded) this.#addPart(bytes.subarray(at, end));
        chunks.take(end - at);
        dataBytes += end - at;
        at = end;
      }
    }
    // Once for all chunks of these bytes, which may be thousands of one byte.
    if (dataBytes > 0) this.#count(dataBytes, chunks.done);
    return at;
  }

  /** What has come of a body with an announced length. */
  #keep(piece: Buffer, isLast: boolean): void {
    const before = this.#receivedBytes;
    this.#count(piece.length, isLast);
    if (this.#isDiscarded) return;
    if (isLast && before === 0 && !this.#streaming) this.#only = piece;
    else this.#addPart(piece);
  }

  #addPart(piece: Buffer): void {
    if (this.#streaming) this.#streaming.waiting.push(piece);
    else this.#bodyParts().add(piece);
  }

  #bodyParts(): BodyParts {
    return (this.#parts ??= new BodyParts());
  }

  /** Takes room for bytes of the body from the shares; fails the request where there is none. */
  #count(bytes: number, isLast: boolean): void {
    if (this.#isDiscarded) return;
    this.#receivedBytes += bytes;
    const streaming = this.#streaming;
    if (streaming) {
      if (this.#receivedBytes > streaming.bytesMax) this.fail(tooLarge(this.#receivedBytes, streaming.bytesMax));
      return;
    }
    const reading = this.#reading;
    if (!reading && this.#receivedBytes > unaskedBytesMax) this.#connection.pause();
    try {
      if (!isLast) this.#connection.holdUpload(bytes);
      if (!reading || this.#isCounted) return;
      if (this.#receivedBytes > reading.bytesMax) throw tooLarge(this.#receivedBytes, reading.bytesMax);
      reading.watcher?.holdBody(bytes);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** A body that may be large. */
  #joinBody(): Buffer | Promise<Buffer> {
    const parts = this.#parts;
    if (this.#receivedBytes <= wholeBytesMax || !parts) return this.#takeBody();
    this.#discard();
    return joinInTurns(parts.takeApart(), this.#receivedBytes);
  }

  #takeBody(): Buffer {
    const body = this.#only ?? this.#parts?.take() ?? noBytes;
    this.#discard();
    return body;
  }

  /** What may still come of the body is of no use to anyone. */
  #discard(): void {
    this.#isDiscarded = true;
    this.#connection.endUpload();
    this.#only = undefined;
    this.#parts = undefined;
  }

  #sendContinue(): void {
    this.#sendText("HTTP/1.1 100 Continue\r\n\r\n");
  }

  /** `framing` is undefined for a body that the connection's end ends. */
  #encodeHead(status: number, headers: HeaderLines, framing: string | undefined): string {
    // The rest of a body that nobody read would be taken for the next request.
    const canGoOn = this.#isReceived && !this.#failure && framing !== undefined;
    this.#keepsConnection = canGoOn && this.#connection.isKept && this.#head.keepAlive;
    // It goes without saying in HTTP/1.1.
    const kept = this.#head.minor === 1 ? "" : "connection: keep-alive\r\n";
    const connection = this.#keepsConnection ? kept : "connection: close\r\n";
    return encodeResponseHead(status, headers, this.#addedHeaders + (framing ?? "") + connection);
  }

  #sendText(text: string): void {
    const bytes = Buffer.from(text, "latin1");
    this.#connection.send(bytes, bytes.length);
  }

  /** Sends a piece of the body in its frame, with the answer's head before it and the body's end behind it where they belong. */
  #sendPiece(bytes: Uint8Array | string, isLast: boolean): boolean {
    const piece = this.isHead ? "" : bytes;
    // A character of a string takes three bytes at most.
    const bytesMax = this.#waitingHead.length + piece.length * (typeof piece === "string" ? 3 : 1) + frameBytesMax;
    const into = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafe(bytesMax);
    let at = 0;
    if (this.#waitingHead !== "") {
      at = into.write(this.#waitingHead, 0, "latin1");
      this.#waitingHead = "";
    }
    if (piece.length > 0) {
      if (this.#isChunked) at = putSize(typeof piece === "string" ? Buffer.byteLength(piece) : piece.length, at, into);
      at += put(piece, at, into);
      if (this.#isChunked) at = putLineEnd(at, into);
    }
    if (isLast && this.#isChunked && !this.isHead) at += into.write("0\r\n\r\n", at, "latin1");
    return at === 0 || this.#connection.send(into, at);
  }
}

function readCodingsOf(head: RequestHead): readonly string[] {
  const coding = head.get("content-encoding");
  return coding === null ? [] : coding.split(",").filter((name) => !/^\s*(?:identity)?\s*$/i.test(name));
}
