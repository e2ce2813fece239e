import { GatheredBytes } from "../base/gathered-bytes.ts";
import type { Tenant } from "../base/shares.ts";
import type { Attempt } from "../call/index.ts";
import type { HttpAnswer, Piece, PieceFollower } from "./http-answer.ts";
import type { Head } from "./http-framing.ts";

/** Bytes of unread body that are held; beyond this the socket is paused, which slows down the vendor. */
const unreadBytesMax = 256 * 1024;

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
  readonly #unread = new GatheredBytes();
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

  get tenant(): Tenant {
    return this.#attempt.tenant;
  }

  /** Counts bytes of it that wait before their framing is read. */
  hold(bytes: number): void {
    if (!this.#ended) this.#attempt.hold(bytes);
  }

  release(bytes: number): void {
    if (!this.#ended) this.#attempt.release(bytes);
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
    this.#unread.append(piece);
    this.#attempt.hold(piece.length);
    if (this.#unread.length > unreadBytesMax && !this.#paused && !this.#ended) {
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
    this.#drop();
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

  /** All that waits, as one piece: one copy costs less than a wake-up for each of many small ones. */
  #take(): Uint8Array | undefined {
    if (this.#unread.length === 0) return undefined;
    const piece = this.#unread.take();
    this.#attempt.release(piece.length);
    if (this.#paused && !this.#ended) {
      this.#paused = false;
      this.#controls.resume();
    }
    return piece;
  }

  #drop(): void {
    this.#attempt.release(this.#unread.length);
    this.#unread.clear();
  }

  #cancelWith(reason: Error): void {
    this.#drop();
    this.fail(reason);
    this.#controls.close();
  }
}
