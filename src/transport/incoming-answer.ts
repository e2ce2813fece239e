import type { Attempt } from "../call/index.ts";
import type { HttpAnswer, Piece, PieceFollower } from "./http-answer.ts";
import type { Head } from "./http-framing.ts";

/** Bytes of unread body that are held; beyond this the socket is paused, which slows down the vendor. */
const unreadBytesMax = 256 * 1024;
/** Unread pieces are handed over together up to this size: one copy costs less than a wake-up for each. */
const joinBytesMax = 16 * 1024;

const end: Piece = { done: true };

/** What an answer does to its connection; nothing of it after the answer's end, when the connection serves the next one. */
export interface AnswerControls {
  resume(): void;
  pause(): void;
  close(): void;
}

/** The answer on its way in: pieces wait here until they are read, or until its follower can take them. */
export class IncomingAnswer implements HttpAnswer {
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
  #reader: PromiseWithResolvers<Piece> | undefined;
  #follower: PieceFollower | undefined;
  /** The follower has asked to wait. */
  #isHeld = false;

  constructor(attempt: Attempt, controls: AnswerControls) {
    this.#attempt = attempt;
    this.#controls = controls;
    attempt.onCancel((reason) => this.#cancelWith(reason));
  }

  header(name: string): string | null {
    return this.#head?.first(name) ?? null;
  }

  begin(head: Head): void {
    this.status = head.status;
    this.#head = head;
    this.head.resolve(this);
  }

  deliver(piece: Uint8Array): void {
    if (this.#follower && !this.#isHeld) {
      this.#give(this.#follower, piece);
      return;
    }
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
    this.#reader?.resolve(end);
    this.#reader = undefined;
    this.#handOn();
  }

  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#attempt.onCancel(undefined);
    this.head.reject(error);
    this.#reader?.reject(error);
    this.#reader = undefined;
    this.#handOn();
  }

  read(): Piece | Promise<Piece> {
    const piece = this.#take();
    if (piece) return { done: false, value: piece };
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return end;
    this.#reader = Promise.withResolvers();
    return this.#reader.promise;
  }

  follow(follower: PieceFollower): void {
    this.#follower = follower;
    this.#handOn();
  }

  cancel(): Promise<void> {
    this.#follower = undefined;
    if (!this.#ended) {
      this.finish();
      this.#controls.close();
    }
    this.#pieces = [];
    return Promise.resolve();
  }

  /** Gives the follower what waits for it, and the end where that is next. */
  #handOn(): void {
    for (let follower = this.#follower; follower && !this.#isHeld; follower = this.#follower) {
      const piece = this.#take();
      if (piece) this.#give(follower, piece);
      else {
        if (!this.#ended) return;
        this.#follower = undefined;
        follower.onEnd(this.#error);
      }
    }
  }

  #give(follower: PieceFollower, piece: Uint8Array): void {
    const waiting = follower.onPiece(piece);
    if (!waiting) return;
    this.#isHeld = true;
    void waiting.then(() => this.#goOn());
  }

  #goOn(): void {
    this.#isHeld = false;
    this.#handOn();
  }

  /** The next piece, with the small ones that wait behind it. */
  #take(): Uint8Array | undefined {
    const piece = this.#pieces.length < 2 ? this.#pieces.pop() : this.#takeSeveral();
    if (!piece) return undefined;
    this.#unreadBytes -= piece.length;
    if (this.#paused && !this.#ended && this.#unreadBytes < unreadBytesMax / 2) {
      this.#paused = false;
      this.#controls.resume();
    }
    return piece;
  }

  #takeSeveral(): Uint8Array | undefined {
    const pieces = this.#pieces;
    let count = 0;
    let bytes = 0;
    for (const piece of pieces) {
      bytes += piece.length;
      if (bytes > joinBytesMax) break;
      count++;
    }
    return count < 2 ? pieces.shift() : Buffer.concat(pieces.splice(0, count));
  }

  #cancelWith(reason: Error): void {
    this.#pieces = [];
    this.fail(reason);
    this.#controls.close();
  }
}
