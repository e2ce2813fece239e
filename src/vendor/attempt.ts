/**
 * One attempt to serve a request, which may be ended from outside: by the client's departure, a deadline, a shutdown.
 * An AbortSignal says the same, and is made where somebody needs one; it costs 2 µs that most calls can do without.
 */
export class Attempt {
  /** Told once, when the attempt is ended. */
  onEnd: ((reason: Error) => void) | undefined;
  #reason: Error | undefined;
  #controller: AbortController | undefined;

  /** Why the attempt was ended; undefined while it may go on. */
  get reason(): Error | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  end(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.onEnd?.(reason);
  }

  throwIfEnded(): void {
    if (this.#reason) throw this.#reason;
  }
}
