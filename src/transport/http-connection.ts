import type { Socket } from "bun";
import { GatheredBytes } from "../base/gathered-bytes.ts";
import { queueTurn, spendTurn } from "../base/shared-turns.ts";
import type { Attempt } from "../call/index.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { findHeadEnd, headBytes, manyChunks } from "../http/index.ts";
import { BodyFramer, Head } from "./http-framing.ts";
import { IncomingAnswer, type AnswerControls } from "./incoming-answer.ts";
import type { SocketEvents, SocketOwner } from "./socket-events.ts";

const headBytesMax = 64 * 1024;
/** Read before the time is looked at: the dearest bytes, chunks of one byte, take 0.5 ms. */
const sliceBytes = 64 * 1024;
/** Real servers send one or two. */
const interimAnswersMax = 16;
/** Smaller requests go out as one piece: one copy costs less than a second system call. */
const joinBytesMax = 16 * 1024;

/** The connection was closed before the answer was complete. `untouched`: it was a reused one, and no byte of the answer had come. */
export class ConnectionClosed extends Error {
  readonly untouched: boolean;
  constructor(message: string, untouched: boolean, cause?: Error) {
    super(message, { cause });
    this.untouched = untouched;
  }
}

/** Pieces that are there, or what gives them while the body is sent; its length is in the head either way. */
export type RequestBody = readonly Uint8Array[] | AsyncIterable<Uint8Array>;

/**
 * One HTTP/1.1 connection, one request at a time, plain or over TLS.
 *
 * idle ──send──▶ waiting (head) ──head──▶ reading (body) ──end──▶ idle, or gone if it cannot be used again
 *
 * Why not `fetch`: it runs in a thread of its own, and handing a request over and back costs 10 µs of the 30 that a
 * bare proxy takes. It has no time limit for connecting, does not report when it has sent, and takes no body in pieces.
 */
export class HttpConnection implements SocketEvents, AnswerControls {
  readonly #socket: Socket<SocketOwner>;
  readonly #onIdle: (connection: HttpConnection) => void;
  #answer: IncomingAnswer | undefined;
  readonly #partialHead = new GatheredBytes();
  #interimAnswers = 0;
  #framer: BodyFramer | undefined;
  #unsent: Uint8Array[] = [];
  /** What comes after the unsent pieces, of a body that is read while it is sent. */
  #source: AsyncIterator<Uint8Array> | undefined;
  #isReadingSource = false;
  /** The attempt whose request is on its way. */
  #unsentOf: Attempt | undefined;
  /** The answer came before the whole request was sent, so the rest of it never is. */
  #isCutShort = false;
  #answers = 0;
  #gone = false;
  /** Its answer waits to be read. */
  #isPaused = false;
  #awaitsTurn = false;
  /** What has come and is read in its turn. */
  readonly #ahead = new GatheredBytes();
  /** The other side has closed the connection while something waits to be read. */
  #closed: { error: Error | undefined } | undefined;
  /** Both monotonic, as `performance.now()` gives it. */
  readonly openedMs = performance.now();
  idleSinceMs = 0;

  /** `onIdle` is called when an answer is complete and the connection can take another request. */
  constructor(socket: Socket<SocketOwner>, onIdle: (connection: HttpConnection) => void) {
    this.#socket = socket;
    this.#onIdle = onIdle;
    socket.data.events = this;
    // Closed between its opening and now, so that no event of it comes any more.
    this.#gone = socket.readyState <= 0;
  }

  get usable(): boolean {
    return !this.#gone;
  }

  /** It has carried more than one answer. */
  get reused(): boolean {
    return this.#answers > 1;
  }

  get socket(): Socket<SocketOwner> {
    return this.#socket;
  }

  /**
   * Resolves with the answer's head; the attempt is marked as sent when the socket has taken the whole request. Rejects with
   * ConnectionClosed, with the fault of an answer that is not well framed, or with the reason for which the attempt was cancelled.
   */
  send(head: string, body: RequestBody, attempt: Attempt): Promise<HttpAnswer> {
    const answer = new IncomingAnswer(attempt, this);
    this.#answer = answer;
    this.#unsentOf = attempt;
    if (this.#gone) this.onClose();
    else this.#write(head, body);
    return answer.head.promise;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#awaitsTurn) this.#socket.resume();
  }

  close(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#leaveSource();
    this.#socket.terminate();
  }

  onData(chunk: Buffer): void {
    if (this.#awaitsTurn) this.#keepAhead(chunk);
    else this.#read(chunk);
  }

  /** Reads what has come. Where it costs far more than its bytes, the rest waits for its turn, so that others come first. */
  #read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += sliceBytes) {
      const startedMs = performance.now();
      const chunks = this.#framer?.chunks ?? 0;
      const slice = chunk.length <= sliceBytes ? chunk : chunk.subarray(at, at + sliceBytes);
      this.#readSlice(slice);
      const answer = this.#answer;
      // Not by time alone: a thread that has to wait for its core would seem slow. Streams come in smaller parts.
      const isBulk = slice.length === sliceBytes || (this.#framer?.chunks ?? 0) - chunks > manyChunks;
      if (!isBulk || this.#gone || !answer || !spendTurn(answer.tenant, performance.now() - startedMs)) continue;
      this.#awaitTurn(answer, chunk.subarray(at + sliceBytes));
      return;
    }
  }

  #readSlice(chunk: Buffer): void {
    const answer = this.#answer;
    if (!answer) {
      // Bytes without a request: the other side does not follow the protocol.
      this.close();
      return;
    }
    try {
      if (this.#framer) this.#takeBody(answer, this.#framer, chunk);
      else this.#takeHead(answer, chunk);
    } catch (error) {
      this.#answer = undefined;
      answer.fail(error instanceof Error ? error : new Error(String(error)));
      this.close();
    }
  }

  onDrain(): void {
    this.#flush();
  }

  onClose(error?: Error): void {
    if (this.#awaitsTurn && !this.#gone) this.#closed = { error };
    else this.#end(error);
  }

  #end(error: Error | undefined): void {
    this.#gone = true;
    this.#leaveSource();
    const answer = this.#answer;
    if (!answer) return;
    this.#answer = undefined;
    if (this.#framer?.endsWithConnection && !error) answer.finish();
    else {
      const untouched = this.#answers > 0 && !this.#framer && this.#partialHead.length === 0;
      const where = this.#framer ? "in the middle of the answer" : "before it answered";
      answer.fail(new ConnectionClosed(`the connection was closed ${where}`, untouched, error));
    }
  }

  #awaitTurn(answer: IncomingAnswer, rest: Buffer): void {
    this.#awaitsTurn = true;
    this.#socket.pause();
    this.#keepAhead(rest);
    queueTurn(answer.tenant, () => this.#takeTurn());
  }

  #takeTurn(): void {
    this.#awaitsTurn = false;
    const ahead = this.#ahead.take();
    this.#answer?.release(ahead.length);
    if (!this.#gone) this.#read(ahead);
    if (this.#awaitsTurn) return;
    // Where the other side has closed the connection meanwhile, what it sent before counts.
    if (this.#closed) this.#end(this.#closed.error);
    else if (!this.#isPaused && !this.#gone) this.#socket.resume();
  }

  #keepAhead(bytes: Buffer): void {
    this.#ahead.append(bytes);
    this.#answer?.hold(bytes.length);
  }

  #takeHead(answer: IncomingAnswer, chunk: Buffer): void {
    let searched = this.#partialHead.length;
    let bytes = chunk;
    if (searched > 0) {
      this.#partialHead.append(chunk);
      bytes = this.#partialHead.soFar;
    }
    for (;;) {
      const end = findHeadEnd(bytes, Math.max(0, searched - 3));
      if (headBytes(bytes, end) > headBytesMax)
        throw new Error(`the answer's head has more than ${headBytesMax} bytes`);
      if (end === -1) {
        if (searched === 0) this.#partialHead.append(bytes);
        return;
      }
      const head = new Head(bytes.toString("latin1", 0, end));
      bytes = bytes.subarray(end + 4);
      searched = 0;
      this.#partialHead.clear();
      if (head.status >= 200) {
        this.#begin(answer, head, bytes);
        return;
      }
      // Interim answers (100 Continue, 103 Early Hints) announce the real one.
      if (head.status === 101) throw new Error("the answer switches protocols, which was not asked for");
      if (++this.#interimAnswers > interimAnswersMax)
        throw new Error(`the answer has more than ${interimAnswersMax} interim answers before it`);
    }
  }

  #begin(answer: IncomingAnswer, head: Head, body: Buffer): void {
    if (this.#unsent.length > 0 || this.#source) {
      // A server may refuse a request of which it has seen the beginning; it cannot have served it.
      if (head.status < 400) throw new Error(`the answer began with status ${head.status} before the request was sent`);
      this.#unsent = [];
      this.#leaveSource();
      this.#isCutShort = true;
    }
    this.#interimAnswers = 0;
    this.#framer = new BodyFramer(head);
    answer.begin(head);
    this.#takeBody(answer, this.#framer, body);
  }

  #takeBody(answer: IncomingAnswer, framer: BodyFramer, chunk: Buffer): void {
    const piece = framer.push(chunk);
    if (piece) answer.deliver(piece);
    if (!framer.done) return;
    this.#answer = undefined;
    this.#framer = undefined;
    answer.finish();
    if (!framer.keepAlive || framer.surplusBytes > 0 || this.#isCutShort || this.#gone) {
      this.close();
      return;
    }
    this.#answers++;
    this.idleSinceMs = performance.now();
    this.#onIdle(this);
  }

  #write(head: string, body: RequestBody): void {
    if (isSource(body)) {
      this.#source = body[Symbol.asyncIterator]();
      this.#unsent = [Buffer.from(head, "latin1")];
      this.#flush();
      return;
    }
    let size = head.length;
    for (const part of body) size += part.length;
    if (size > joinBytesMax) this.#unsent = [Buffer.from(head, "latin1"), ...body];
    else {
      const whole = Buffer.allocUnsafe(size);
      let at = whole.write(head, 0, "latin1");
      for (const part of body) {
        whole.set(part, at);
        at += part.length;
      }
      this.#unsent = [whole];
    }
    this.#flush();
  }

  #flush(): void {
    while (this.#unsent.length > 0 && !this.#gone) {
      const [part] = this.#unsent;
      if (!part) return;
      const written = this.#socket.write(part);
      if (written < part.length) {
        // A closed socket takes nothing; its close event follows.
        if (written > 0) this.#unsent[0] = part.subarray(written);
        return;
      }
      this.#unsent.shift();
    }
    if (this.#gone) return;
    if (this.#source) {
      void this.#readSource(this.#source);
      return;
    }
    this.#unsentOf?.markSent();
    this.#unsentOf = undefined;
  }
  /** Sends the next piece once it is there. One piece is asked for at a time, so that no more than it is in memory. */
  async #readSource(source: AsyncIterator<Uint8Array>): Promise<void> {
    if (this.#isReadingSource) return;
    this.#isReadingSource = true;
    try {
      const { done, value } = await source.next();
      this.#isReadingSource = false;
      if (this.#source !== source) return;
      if (this.#gone) this.#leaveSource();
      else {
        if (done) this.#source = undefined;
        else this.#unsent = [value];
        this.#flush();
      }
    } catch (error) {
      this.#source = undefined;
      const answer = this.#answer;
      this.#answer = undefined;
      this.close();
      answer?.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #leaveSource(): void {
    const source = this.#source;
    this.#source = undefined;
    void source?.return?.().catch(() => undefined);
  }
}

function isSource(body: RequestBody): body is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in body;
}
