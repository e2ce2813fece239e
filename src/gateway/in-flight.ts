import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { Shares } from "../base/shares.ts";

/** Each request is looked at this often, a slice of them at a time: all at once would hold up thousands of streams. */
const sweepMs = 100;
const slices = 10;

/** A request under way, as far as watching it goes. */
interface Watched {
  /** What has come of its body. */
  readonly bodyBytes: number;
  /** Looks at its deadlines; the time is monotonic. */
  sweep(nowMs: number): void;
  cancel(reason: SahabError): void;
}

/** All requests under way in this process. One timer watches them all: a timer for each would cost more than the requests. */
export class InFlight {
  /** Bytes of answers that are held. */
  readonly answers = new Shares(limits.answerBytesHeldMax);
  readonly #exchanges = new Set<Watched>();
  #bodyBytes = 0;
  #isRunning = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #slice: Iterator<Watched> | undefined;
  #empty: (() => void)[] = [];

  get size(): number {
    return this.#exchanges.size;
  }

  /** Bytes of all request bodies that are held. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  add(exchange: Watched): void {
    this.#exchanges.add(exchange);
    if (this.#isRunning && this.#timer === undefined) this.#start();
  }

  /** Takes room for a part of a body; it is given back when its exchange is deleted. Throws when there is none. */
  holdBody(bytes: number): void {
    if (this.#bodyBytes + bytes > limits.bodyBytesInFlightMax) {
      throw new SahabError("overloaded", "Sahab holds as many request bodies as it may; try again shortly", {
        retryAfterS: 1,
      });
    }
    this.#bodyBytes += bytes;
  }

  delete(exchange: Watched): void {
    if (!this.#exchanges.delete(exchange)) return;
    this.#bodyBytes -= exchange.bodyBytes;
    if (this.#exchanges.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }

  run(): void {
    this.#isRunning = true;
    if (this.#exchanges.size > 0) this.#start();
  }

  #start(): void {
    this.#timer = setInterval(() => this.#sweepSlice(performance.now()), sweepMs / slices);
  }

  #sweepSlice(nowMs: number): void {
    // Without requests the process sleeps.
    if (this.#exchanges.size === 0) this.#stop();
    for (let left = Math.ceil(this.#exchanges.size / slices); left > 0; left--) {
      this.#slice ??= this.#exchanges.values();
      const next = this.#slice.next();
      if (next.done) this.#slice = undefined;
      else next.value.sweep(nowMs);
    }
  }

  /** Waits for all to end, at most so long; then ends the rest, whose clients get an error. */
  async drain(graceMs: number): Promise<void> {
    await this.#waitEmpty(graceMs);
    for (const exchange of this.#exchanges)
      exchange.cancel(
        new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 }),
      );
    await this.#waitEmpty(5_000);
    this.#isRunning = false;
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #waitEmpty(ms: number): Promise<void> {
    if (this.#exchanges.size === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.#empty.push(resolve)),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      }),
    ]);
    clearTimeout(timer);
  }
}
