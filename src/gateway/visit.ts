import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { ShareBound, Tenant } from "../base/shares.ts";
import type { AnswerRoom } from "../call/index.ts";
import type { RequestWatcher } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import type { InFlight } from "./in-flight.ts";

/** Most answers never hold more at once, and need not be counted; 20,000 of them are less than the bound for all. */
const freeAnswerBytes = 16 * 1024;
/** Room is taken and given back in steps, so that hardly any piece of an answer needs the sum of all. */
const answerRoomStepBytes = 64 * 1024;
const spareAnswerBytesMax = 4 * answerRoomStepBytes;

const noAnswerRoom: Readonly<Record<ShareBound, string>> = {
  total: `Sahab holds as many bytes of answers as it may (${limits.answerBytesHeldMax}); try again shortly, and read answers faster`,
  project:
    "Sahab holds as many bytes of answers for this project as it may; try again shortly, and read answers faster",
  key: "Sahab holds as many bytes of answers for this key as it may; try again shortly, and read answers faster",
};

/**
 * A client's request while it is here: its place among all that are under way, the bytes that are held for it, and whether it is
 * over. Its project and key have a share of each (see Shares).
 */
export class Visit implements RequestWatcher, AnswerRoom {
  readonly caller: Caller;
  /** The client's. */
  readonly address: string;
  readonly #inFlight: InFlight;
  #bodyBytes = 0;
  #answerBytes = 0;
  /** So much of the answer may be held; all beyond the first bytes is taken from what all requests share. */
  #answerRoom = freeAnswerBytes;
  #hasPlace = true;
  #onCancel: ((reason: SahabError) => void) | undefined;
  #cancelled: SahabError | undefined;

  /** Throws where the share of the caller is full. */
  constructor({ inFlight }: { inFlight: InFlight }, { caller, address }: { caller: Caller; address: string }) {
    this.caller = caller;
    this.address = address;
    this.#inFlight = inFlight;
    inFlight.add(this);
  }

  /** Why the request as a whole is over: the client left, or Sahab shuts down. */
  get cancelled(): SahabError | undefined {
    return this.#cancelled;
  }

  get tenant(): Tenant {
    return this.caller;
  }

  /** What is held of the body, and of earlier answers that it goes on from. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  throwIfCancelled(): void {
    if (this.#cancelled) throw this.#cancelled;
  }

  /** Takes room for more of the body among all that are under way. Throws when there is none, or when the request is over. */
  holdBody(bytes: number): void {
    // Its room has been given back already.
    if (!this.#hasPlace)
      throw (
        this.#cancelled ?? new SahabError("client_closed_request", "The request ended before its body was complete")
      );
    this.#inFlight.holdBody(this, bytes);
    this.#bodyBytes += bytes;
  }

  /** The body is not needed any more. */
  releaseBody(): void {
    if (this.#hasPlace) this.#inFlight.releaseBody(this);
    this.#bodyBytes = 0;
  }

  /** Cancels the request where its project or key holds its share of all bytes of answers already. */
  holdAnswer(bytes: number): void {
    this.#answerBytes += bytes;
    if (this.#answerBytes > this.#answerRoom) this.#takeAnswerRoom();
  }

  releaseAnswer(bytes: number): void {
    this.#answerBytes -= bytes;
    if (this.#answerRoom - this.#answerBytes > spareAnswerBytesMax) this.#giveAnswerRoom(this.#answerBytes);
  }

  /** Nothing of an answer is held any more. */
  releaseAnswers(): void {
    this.#answerBytes = 0;
    if (this.#answerRoom > freeAnswerBytes) this.#giveAnswerRoom(0);
  }

  #takeAnswerRoom(): void {
    const bytes = Math.max(this.#answerBytes - this.#answerRoom, answerRoomStepBytes);
    const bound = this.#inFlight.answers.take(this.caller, bytes);
    if (bound === undefined) this.#answerRoom += bytes;
    else this.cancel(new SahabError("overloaded", noAnswerRoom[bound], { retryAfterS: 1 }));
  }

  #giveAnswerRoom(neededBytes: number): void {
    const kept = Math.max(neededBytes, freeAnswerBytes);
    this.#inFlight.answers.release(this.caller, this.#answerRoom - kept);
    this.#answerRoom = kept;
  }

  /** Waits, unless the request ends first; then its reason is thrown. */
  async pause(ms: number): Promise<void> {
    this.throwIfCancelled();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await this.unlessOver(
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, ms);
        }),
      );
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for a client that is slow to read, or until the request is over. */
  async awaitClient(reading: Promise<void>): Promise<void> {
    await this.unlessOver(reading).catch(() => undefined);
  }

  /** What is waited for, unless the request ends first; then its reason is thrown. */
  async unlessOver<T>(waited: Promise<T>): Promise<T> {
    const over = new Promise<never>((_, reject) => {
      this.#onCancel = reject;
    });
    try {
      return await Promise.race([waited, over]);
    } finally {
      this.#onCancel = undefined;
    }
  }

  /** Gives the request up: the client has left, its time is over, or Sahab shuts down. */
  cancel(reason: SahabError): void {
    this.#cancelled ??= reason;
    this.endWork(this.#cancelled);
    this.#onCancel?.(this.#cancelled);
    this.#onCancel = undefined;
  }

  /** Ends what is done for the request elsewhere, or sees to it that it ends. */
  protected endWork(_reason: SahabError): void {
    // Nothing is.
  }

  /** Looks at its deadlines; the time is monotonic. */
  sweep(_nowMs: number): void {
    // It has none.
  }

  /** Gives back its place and the room of its body. What is held of its answer may still be on its way to the client. */
  leave(): void {
    if (!this.#hasPlace) return;
    this.#hasPlace = false;
    this.#inFlight.delete(this);
  }
}
