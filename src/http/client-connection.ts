import type { Socket } from "bun";
import type { AddressRanges } from "../base/address-ranges.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import type { Refusals } from "../base/refusals.ts";
import { queueTurn, spendTurn } from "../base/shared-turns.ts";
import { append } from "./append.ts";
import { BadRequest } from "./bad-request.ts";
import { manyChunks } from "./chunk-frame.ts";
import { Claim } from "./claim.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Crowd, Member } from "./crowd.ts";
import type { FailedKeys } from "./failed-keys.ts";
import { findHeadEnd, firstFault, headBytes } from "./find-head-end.ts";
import { headerLine, joinHeaders, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";
import { RequestHead } from "./request-head.ts";
import { encodeResponseHead } from "./response-head.ts";
import { restOf } from "./rest-of.ts";
import { scratch } from "./scratch.ts";
import { isEmptyLineInPart, skipEmptyLines } from "./skip-empty-lines.ts";
import { ServerRequest, type RequestConnection } from "./server-request.ts";

/** Milliseconds, unless the name says otherwise. */
export interface ConnectionLimits {
  headBytesMax: number;
  /** From the first byte of a head to its last. */
  headMs: number;
  /** From a request's head to the end of its body. */
  bodyMs: number;
  /** Between requests. */
  idleMs: number;
  /** A client that reads nothing of what is there for it for so long is given up. */
  stallMs: number;
  /** How long, and how much, is read and thrown away after the last answer, so that the client gets to read it. */
  lingerMs: number;
  lingerBytesMax: number;
}

/** What all connections of a server share. */
export interface ConnectionDeps {
  handle(request: HttpRequest): void;
  /**
   * The body of an answer to what is no request, or one more than its client may have; JSON. `head` is the beginning of what came, as latin1.
   */
  refuse(error: BadRequest | SahabError, head?: string): string;
  limits: ConnectionLimits;
  crowd: Crowd;
  failedKeys: FailedKeys;
  refusals: Refusals;
  /** Proxies that name the client in `x-forwarded-for`. */
  trustedProxies: AddressRanges;
  onClosed(connection: ClientConnection): void;
}

/** Enough of a head to tell whose program sent it. */
const shownBytesMax = 4 * 1024;

/**
 * Bytes after a request that are kept until it is answered. No program sends more ahead, and a socket that is not read from
 * does not tell when its client leaves, so a client that does is sent away.
 */
const aheadBytesMax = 64 * 1024;
/**
 * Of requests that were sent together the first is served at once, and then so many in a turn, of which all connections
 * have one at a time. Few programs send requests ahead, and hundreds of connections that do would hold up the others.
 */
const headsPerTurn = 32;

/**
 * A client's connection: HTTP/1.1 and 1.0, one request after the other.
 *
 *   head ──request──▶ serving ──answered──▶ sending ──sent──▶ head, or lingering where it cannot go on ──▶ gone
 *
 * Why not Bun.serve: parsing a request into a Request and writing a Response take 7 µs of the 24 that a bare server needs,
 * and it does not report what a client has read, or how it sends.
 */
export class ClientConnection implements RequestConnection, Member {
  readonly address: ClientAddress;
  readonly isTrusted: boolean;
  readonly #socket: Socket<ClientConnection>;
  readonly #deps: ConnectionDeps;
  #phase: "head" | "serving" | "sending" | "lingering" | "gone" = "head";
  #request: ServerRequest | undefined;
  readonly #claim: Claim;
  /** Bytes that are not read yet: a head in part, or requests that were sent ahead. */
  #ahead: Buffer | undefined;
  /** How much of `#ahead` holds no end of a head. */
  #searchedBytes = 0;
  /** Some of a head has come, more than empty lines before it. */
  #isHeadInPart = false;
  #isReading = false;
  #isPaused = false;
  #awaitsTurn = false;
  #isDraining = false;
  #unsent: Uint8Array[] = [];
  /** When the system last took something of `#unsent`; monotonic. */
  #takenMs = 0;
  #sent: PromiseWithResolvers<void> | undefined;
  #lingeredBytes = 0;
  /** The client was given up since it did not read. */
  #isStalled = false;
  /** Of the present phase; monotonic. */
  #deadlineMs: number;
  /** Since when a head, or its rest, is waited for. */
  #idleSinceMs: number;

  constructor(socket: Socket<ClientConnection>, address: ClientAddress, deps: ConnectionDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.address = address;
    this.isTrusted = deps.trustedProxies.includes(address.text);
    this.#claim = new Claim(this, deps);
    this.#idleSinceMs = performance.now();
    this.#deadlineMs = this.#idleSinceMs + deps.limits.idleMs;
  }

  get isKept(): boolean {
    return !this.#isDraining;
  }

  get client(): ClientAddress {
    return this.#claim.client;
  }

  get idleSinceMs(): number | undefined {
    return this.#phase === "head" ? this.#idleSinceMs : undefined;
  }

  holdUpload(bytes: number): void {
    this.#claim.holdUpload(bytes);
  }

  endUpload(): void {
    this.#claim.endUpload();
  }

  refuseKey(answer: () => void): void {
    this.#deps.failedKeys.answer(this.#claim.client, (isPatient) => {
      if (!isPatient) this.#isDraining = true;
      answer();
    });
  }

  get isSending(): boolean {
    return this.#unsent.length > 0;
  }

  onData(chunk: Buffer): void {
    switch (this.#phase) {
      case "head":
        this.#readHeads(this.#ahead ? append(this.#ahead, chunk) : chunk);
        return;
      case "serving":
      case "sending": {
        const chunks = this.#request?.chunks ?? 0;
        const startedMs = performance.now();
        const end = this.#request?.push(chunk, 0) ?? 0;
        if (end < chunk.length) this.#keepAhead(end === 0 ? chunk : chunk.subarray(end));
        if (this.#phase === "serving" && this.#request?.isReceived) this.#deadlineMs = Number.POSITIVE_INFINITY;
        if ((this.#request?.chunks ?? 0) - chunks > manyChunks) this.#countTime(performance.now() - startedMs);
        return;
      }
      case "lingering":
        this.#lingeredBytes += chunk.length;
        if (this.#lingeredBytes > this.#deps.limits.lingerBytesMax) this.#socket.terminate();
        return;
      case "gone":
    }
  }

  /** A client whose bodies take long to read, in chunks of a few bytes, waits for its turn between two parts. */
  #countTime(spentMs: number): void {
    if (this.#awaitsTurn || this.#phase === "gone" || !spendTurn(this.address, spentMs)) return;
    this.#awaitsTurn = true;
    this.#socket.pause();
    queueTurn(this.address, () => {
      this.#awaitsTurn = false;
      if (!this.#isPaused && this.#phase !== "gone") this.#socket.resume();
    });
  }

  onDrain(): void {
    while (this.#unsent.length > 0) {
      const [part] = this.#unsent;
      if (!part) break;
      const written = Math.max(0, this.#socket.write(part));
      if (written > 0) this.#takenMs = performance.now();
      if (written < part.length) {
        this.#unsent[0] = part.subarray(written);
        return;
      }
      this.#unsent.shift();
    }
    this.#resolveSent();
    if (this.#phase === "sending") this.#next();
  }

  /** The client has sent its end. Whoever still waits for an answer counts as gone, since most that end have left. */
  onEnd(): void {
    if (this.#phase === "serving") this.#socket.terminate();
    else if (this.#phase === "sending") this.#isDraining = true;
    else this.#socket.end();
  }

  onClose(): void {
    if (this.#phase === "gone") return;
    this.#phase = "gone";
    this.#unsent = [];
    this.#ahead = undefined;
    this.#request?.gone(this.#reasonOfEnd());
    this.#request = undefined;
    this.#claim.release();
    this.#resolveSent();
    this.#deps.onClosed(this);
  }

  /** Ends what has passed its time. */
  sweep(nowMs: number): void {
    const { stallMs, bodyMs } = this.#deps.limits;
    if (this.#unsent.length > 0 && nowMs - this.#takenMs >= stallMs) {
      this.#isStalled = true;
      this.#socket.terminate();
      return;
    }
    this.#claim.sweep(nowMs);
    if (nowMs < this.#deadlineMs) return;
    if (this.#phase === "serving") {
      this.#deadlineMs = Number.POSITIVE_INFINITY;
      this.#request?.timeOut(bodyMs);
    } else if (this.#phase === "head" && this.#isHeadInPart)
      this.#refuse(new BadRequest(408, "the head did not come in time"));
    else if (this.#phase === "head") this.#linger();
    else this.#socket.terminate();
  }

  /** The server stops: the present request is the last. */
  drain(): void {
    this.#isDraining = true;
    if (this.#phase === "head" && (!this.#ahead || isEmptyLineInPart(this.#ahead))) this.#linger();
  }

  send(bytes: Uint8Array, length: number): boolean {
    if (this.#phase === "gone") return true;
    let written = 0;
    if (this.#unsent.length === 0) {
      written = Math.max(0, this.#socket.write(bytes, 0, length));
      if (written === length) return true;
    }
    if (this.#unsent.length === 0) this.#takenMs = performance.now();
    const rest = bytes.subarray(written, length);
    this.#unsent.push(bytes === scratch ? Buffer.from(rest) : rest);
    return false;
  }

  whenSent(): Promise<void> {
    this.#sent ??= Promise.withResolvers();
    return this.#sent.promise;
  }

  pause(): void {
    if (this.#isPaused || this.#phase === "gone") return;
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#phase === "gone") return;
    this.#isPaused = false;
    if (!this.#awaitsTurn) this.#socket.resume();
  }

  extendBody(ms: number): void {
    if (this.#phase === "serving") this.#deadlineMs = Math.max(this.#deadlineMs, performance.now() + ms);
  }

  answered(): void {
    if (this.#phase !== "serving") return;
    this.#phase = "sending";
    // The next request waits until the client has read this answer, so that answers cannot pile up here.
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    if (this.#unsent.length === 0) this.#next();
  }

  abort(): void {
    if (this.#phase !== "gone") this.#socket.terminate();
  }

  /** Reads heads, and serves their requests, as long as each is answered at once, up to so many. */
  #readHeads(from: Buffer, headsMax = 1): void {
    this.#isReading = true;
    let bytes: Buffer | undefined = from;
    for (let count = 0; bytes && this.#phase === "head"; count++) {
      if (count === headsMax) {
        this.pause();
        queueTurn(this.address, () => this.#readOn());
        break;
      }
      this.#ahead = undefined;
      this.#readHead(bytes);
      bytes = this.#ahead;
      if (this.#searchedBytes > 0) break;
    }
    this.#isReading = false;
    if (this.#phase !== "gone" && !this.#claim.holdAhead(this.#ahead?.length ?? 0)) this.#socket.terminate();
  }

  /** Others have had their turn. */
  #readOn(): void {
    this.resume();
    if (this.#phase === "head" && this.#ahead) this.#readHeads(this.#ahead, headsPerTurn);
  }

  #readHead(from: Buffer): void {
    const { limits } = this.#deps;
    let bytes = from;
    let end = -1;
    let head: RequestHead;
    try {
      const start = skipEmptyLines(from);
      if (start > 0) bytes = from.subarray(start);
      if (bytes.length === 0 || isEmptyLineInPart(bytes)) {
        this.#keepUnread(bytes);
        return;
      }
      end = findHeadEnd(bytes, Math.max(0, this.#searchedBytes - 3));
      if (headBytes(bytes, end) > limits.headBytesMax)
        throw new BadRequest(431, `the head has more than ${limits.headBytesMax} bytes`);
      if (end === -1) {
        this.#wait(bytes);
        return;
      }
      head = new RequestHead(bytes.toString("latin1", 0, end));
    } catch (error) {
      this.#refuse(firstFault(error, bytes, end), bytes);
      return;
    }
    this.#searchedBytes = 0;
    this.#isHeadInPart = false;
    this.#claim.headCame();
    const request = new ServerRequest(this, head);
    try {
      this.#claim.begin(head);
    } catch (error) {
      this.#refuse(toSahabError(error), bytes);
      return;
    }
    this.#phase = "serving";
    this.#request = request;
    const bodyEnd = request.push(bytes, end + 4);
    if (bodyEnd < bytes.length) this.#ahead = restOf(bytes, bodyEnd);
    this.#deadlineMs = request.isReceived ? Number.POSITIVE_INFINITY : performance.now() + limits.bodyMs;
    this.#deps.handle(request);
  }

  /** For the rest of a head. */
  #wait(bytes: Buffer): void {
    if (!this.#isHeadInPart) {
      this.#isHeadInPart = true;
      this.#idleSinceMs = performance.now();
      this.#deadlineMs = this.#idleSinceMs + this.#deps.limits.headMs;
    }
    this.#claim.awaitHead();
    this.#keepUnread(bytes);
  }

  #keepUnread(bytes: Buffer): void {
    this.#ahead = bytes.length > 0 ? bytes : undefined;
    this.#searchedBytes = bytes.length;
  }

  #keepAhead(bytes: Buffer): void {
    this.#ahead = this.#ahead ? append(this.#ahead, bytes) : Buffer.from(bytes);
    if (this.#ahead.length > aheadBytesMax || !this.#claim.holdAhead(this.#ahead.length)) this.#socket.terminate();
  }

  /** The answer is on its way: the connection takes the next request, or ends. */
  #next(): void {
    const request = this.#request;
    this.#request = undefined;
    this.#claim.end();
    if (this.#isDraining || !request?.keepsConnection) {
      this.#linger();
      return;
    }
    this.#phase = "head";
    this.#idleSinceMs = performance.now();
    this.#deadlineMs = this.#idleSinceMs + this.#deps.limits.idleMs;
    this.resume();
    if (this.#ahead && !this.#isReading) this.#readHeads(this.#ahead);
  }

  /**
   * Sends the connection's end and reads on for a while: closing a socket that holds unread bytes would destroy what is
   * on its way to the client (RFC 9112, §9.6).
   */
  #linger(): void {
    if (this.#phase === "gone") return;
    this.#phase = "lingering";
    this.#ahead = undefined;
    this.#request = undefined;
    this.#claim.headCame();
    this.#claim.end();
    this.#claim.holdAhead(0);
    this.#deadlineMs = performance.now() + this.#deps.limits.lingerMs;
    this.resume();
    this.#socket.shutdown();
  }

  #refuse(error: BadRequest | SahabError, came?: Buffer): void {
    if (error instanceof BadRequest)
      this.#deps.refusals.note(error.status === 408 ? "head_timeout" : "bad_request", { address: this.address.text });
    const body = Buffer.from(this.#deps.refuse(error, came?.toString("latin1", 0, shownBytesMax)));
    const { retryAfterS } = error as Partial<SahabError>;
    const head = encodeResponseHead(
      error.status,
      joinHeaders(
        headerLine("content-type", "application/json"),
        retryAfterS === undefined ? noHeaders : headerLine("retry-after", String(retryAfterS)),
      ),
      `content-length: ${body.length}\r\nconnection: close\r\n`,
    );
    const bytes = Buffer.concat([Buffer.from(head, "latin1"), body]);
    this.send(bytes, bytes.length);
    this.#linger();
  }

  #reasonOfEnd(): SahabError {
    if (!this.#isStalled)
      return new SahabError("client_closed_request", "The client closed the connection before the answer was complete");
    const seconds = this.#deps.limits.stallMs / 1000;
    return new SahabError("request_timeout", `The client read nothing of its answer for ${seconds} s`);
  }

  #resolveSent(): void {
    this.#sent?.resolve();
    this.#sent = undefined;
  }
}
