import { SahabError } from "../base/errors.ts";
import type { ChatEvent } from "../call/index.ts";
import type { ChildFrame } from "./protocol.ts";

interface CallHooks {
  cancel(): void;
  forget(): void;
  leaveOut(paths: readonly string[]): void;
}

/** Holds the events of one call until they are taken. Their number is bounded by the tokens that the call may generate. */
export class Call {
  readonly #signal: AbortSignal;
  readonly #hooks: CallHooks;
  readonly #onAbort = () => this.cancel();
  #events: ChatEvent[] = [];
  #failure: SahabError | undefined;
  #done = false;
  #yielded = false;
  #cancelled: Timer | undefined;
  #wake: (() => void) | undefined;
  answer: ChildFrame | undefined;

  constructor(signal: AbortSignal, hooks: CallHooks) {
    this.#signal = signal;
    this.#hooks = hooks;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  push(events: ChatEvent[], done: boolean): void {
    if (this.#events.length === 0) this.#events = events;
    else this.#events.push(...events);
    if (done) this.#done = true;
    this.#wake?.();
  }

  fail(error: SahabError): void {
    if (this.#done) return;
    this.#done = true;
    // A call that was aborted ends without an error; its counts are lost.
    if (!this.#signal.aborted) this.#failure = error;
    this.#wake?.();
  }

  leaveOut(paths: readonly string[]): void {
    if (!this.#done) this.#hooks.leaveOut(paths);
  }

  settle(answer: ChildFrame): void {
    this.answer = answer;
    this.#done = true;
    this.#wake?.();
  }

  /** Events that have come already. */
  take(): ChatEvent[] | undefined {
    if (this.#events.length === 0) return undefined;
    const events = this.#events;
    this.#events = [];
    this.#yielded = true;
    return events;
  }

  /** The next events, or undefined at the end. Throws a failure that comes before any event; a later one is an error event. */
  async next(): Promise<ChatEvent[] | undefined> {
    for (;;) {
      const events = this.take();
      if (events) return events;
      if (this.#failure) {
        const error = this.#failure;
        this.#failure = undefined;
        if (!this.#yielded) throw error;
        return [{ type: "error", error }];
      }
      if (this.#done) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#wake = undefined;
    }
  }

  /** The caller takes no more. */
  leave(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
    clearTimeout(this.#cancelled);
    if (!this.#done) this.#hooks.cancel();
    this.#done = true;
    this.#hooks.forget();
  }

  /** Asks the child to stop; the call ends when its last counts have come. */
  cancel(): void {
    if (this.#done || this.#cancelled) return;
    this.#hooks.cancel();
    this.#cancelled = setTimeout(() => this.fail(aborted()), cancelWaitMs);
  }
}

/** A child that does not answer a cancel within this time hangs; its counts are lost. */
const cancelWaitMs = 5_000;

export const aborted = () => new SahabError("client_closed_request", "The request was cancelled");
