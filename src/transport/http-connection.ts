import type { Socket } from "bun";
import type { Attempt } from "../call/index.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { BodyFramer, findHeadEnd, Head } from "./http-framing.ts";

/** Bytes of unread body that are held; beyond this the socket is paused, which slows down the vendor. */
const unreadBytesMax = 256 * 1024;
const headBytesMax = 64 * 1024;
/** Smaller requests go out as one piece: one copy costs less than a second system call. */
const joinBytesMax = 16 * 1024;

/** The connection was closed before the answer was complete. `untouched`: it was a reused one, and no byte of the answer had come. */
export class ConnectionClosed extends Error {
  readonly untouched: boolean;
  constructor(message: string, untouched: boolean) {
    super(message);
    this.untouched = untouched;
  }
}

/**
 * One HTTP/1.1 connection, one request at a time.
 *
 * idle ──send──▶ waiting (head) ──head──▶ reading (body) ──end──▶ idle, or gone if it cannot be used again
 *
 * Why not `fetch`: it runs in a thread of its own, and handing a request over and back costs 10 µs of the 30 that a
 * bare proxy takes. It cannot send a body in pieces, and does not report when it has connected.
 */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #onIdle: (connection: HttpConnection) => void;
  #answer: IncomingAnswer | undefined;
  #partialHead: Buffer | undefined;
  #framer: BodyFramer | undefined;
  #unsent: Uint8Array[] = [];
  #reused = false;
  #gone = false;
  idleSinceMs = 0;

  /** `onIdle` is called when an answer is complete and the connection can take another request. */
  constructor(socket: Socket, onIdle: (connection: HttpConnection) => void) {
    this.#socket = socket;
    this.#onIdle = onIdle;
  }

  get usable(): boolean {
    return !this.#gone;
  }

  /** Resolves with the answer's head. Rejects with ConnectionClosed, or with the reason for which the attempt was cancelled. */
  send(head: string, body: readonly Uint8Array[], attempt: Attempt): Promise<HttpAnswer> {
    const answer = new IncomingAnswer(attempt, {
      resume: () => this.#socket.resume(),
      pause: () => this.#socket.pause(),
      close: () => this.#end(),
    });
    this.#answer = answer;
    this.#write(head, body);
    return answer.head.promise;
  }

  close(): void {
    this.#end();
  }

  onData(chunk: Buffer): void {
    const answer = this.#answer;
    if (!answer) {
      // Bytes without a request: the other side does not follow the protocol.
      this.#end();
      return;
    }
    try {
      if (this.#framer) this.#takeBody(answer, chunk);
      else this.#takeHead(answer, chunk);
    } catch (error) {
      this.#answer = undefined;
      answer.fail(error instanceof Error ? error : new Error(String(error)));
      this.#end();
    }
  }

  onDrain(): void {
    this.#flush();
  }

  onClose(): void {
    this.#gone = true;
    const answer = this.#answer;
    if (!answer) return;
    this.#answer = undefined;
    if (this.#framer?.endsWithConnection) answer.finish();
    else {
      const untouched = this.#reused && !this.#framer && !this.#partialHead;
      const where = this.#framer ? "in the middle of the answer" : "before it answered";
      answer.fail(new ConnectionClosed(`the connection was closed ${where}`, untouched));
    }
  }

  #takeHead(answer: IncomingAnswer, chunk: Buffer): void {
    let bytes = this.#partialHead ? Buffer.concat([this.#partialHead, chunk]) : chunk;
    for (;;) {
      const end = findHeadEnd(bytes);
      if (end === -1) {
        if (bytes.length > headBytesMax) throw new Error(`the answer's head has more than ${headBytesMax} bytes`);
        this.#partialHead = bytes;
        return;
      }
      const head = new Head(bytes.toString("latin1", 0, end));
      bytes = bytes.subarray(end + 4);
      // Interim answers (100 Continue, 103 Early Hints) announce the real one.
      if (head.status >= 200) {
        this.#partialHead = undefined;
        this.#framer = new BodyFramer(head);
        answer.begin(head);
        this.#takeBody(answer, bytes);
        return;
      }
    }
  }

  #takeBody(answer: IncomingAnswer, chunk: Buffer): void {
    const framer = this.#framer;
    if (!framer) return;
    framer.push(chunk, (piece) => answer.deliver(piece));
    if (!framer.done) return;
    this.#answer = undefined;
    this.#framer = undefined;
    answer.finish();
    const reusable = framer.keepAlive && framer.surplusBytes === 0 && this.#unsent.length === 0 && !this.#gone;
    if (!reusable) {
      this.#end();
      return;
    }
    this.#reused = true;
    this.idleSinceMs = Date.now();
    this.#onIdle(this);
  }

  #write(head: string, body: readonly Uint8Array[]): void {
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
  }

  #end(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#socket.terminate();
  }
}

interface AnswerControls {
  resume(): void;
  pause(): void;
  close(): void;
}

/** The answer on its way in: pieces wait here until they are read. */
class IncomingAnswer implements HttpAnswer {
  readonly head = Promise.withResolvers<HttpAnswer>();
  status = 0;
  readonly #controls: AnswerControls;
  readonly #attempt: Attempt;
  #head: Head | undefined;
  #pieces: Uint8Array[] = [];
  #unreadBytes = 0;
  #paused = false;
  #ended = false;
  #error: unknown;
  #reader: PromiseWithResolvers<{ done: boolean; value?: Uint8Array | undefined }> | undefined;

  constructor(attempt: Attempt, controls: AnswerControls) {
    this.#attempt = attempt;
    this.#controls = controls;
    attempt.onCancel((reason) => this.#cancelWith(reason));
  }

  header(name: string): string | null {
    return this.#head?.header(name) ?? null;
  }

  begin(head: Head): void {
    this.status = head.status;
    this.#head = head;
    this.head.resolve(this);
  }

  deliver(piece: Uint8Array): void {
    if (this.#reader) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader.resolve({ done: false, value: piece });
      return;
    }
    this.#pieces.push(piece);
    this.#unreadBytes += piece.length;
    if (this.#unreadBytes > unreadBytesMax && !this.#paused) {
      this.#paused = true;
      this.#controls.pause();
    }
  }

  finish(): void {
    this.#ended = true;
    // The connection's next answer must not wait for this one to be read; nothing more of this one can come.
    if (this.#paused) this.#controls.resume();
    this.#paused = false;
    this.#attempt.onCancel(undefined);
    this.#reader?.resolve({ done: true });
    this.#reader = undefined;
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#attempt.onCancel(undefined);
    this.head.reject(error);
    this.#reader?.reject(error);
    this.#reader = undefined;
  }

  read(): Promise<{ done: boolean; value?: Uint8Array | undefined }> {
    const piece = this.#pieces.shift();
    if (piece) {
      this.#unreadBytes -= piece.length;
      if (this.#paused && this.#unreadBytes < unreadBytesMax / 2) {
        this.#paused = false;
        this.#controls.resume();
      }
      return Promise.resolve({ done: false, value: piece });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ done: true });
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  cancel(): Promise<void> {
    if (!this.#ended) {
      this.finish();
      this.#controls.close();
    }
    this.#pieces = [];
    return Promise.resolve();
  }

  #cancelWith(reason: Error): void {
    this.#pieces = [];
    this.fail(reason);
    this.#controls.close();
  }
}
