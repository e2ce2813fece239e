import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Exchange } from "./exchange.ts";

const sweepMs = 100;
/** A request older than this is noted in the journal, and again at this interval, in case a crash cuts it. */
const progressEveryMs = 2_000;

/** Well before the idle timeout of client connections. */
const holdAfterMs = 10_000;

/** All requests under way in this process. One timer watches them all: a timer for each would cost more than the requests. */
export class InFlight {
  readonly #exchanges = new Set<Exchange>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #empty: (() => void)[] = [];

  get size(): number {
    return this.#exchanges.size;
  }

  /** Bytes of all request bodies that are held. */
  bodyBytes = 0;

  add(exchange: Exchange): void {
    this.#exchanges.add(exchange);
  }

  delete(exchange: Exchange): void {
    if (!this.#exchanges.delete(exchange)) return;
    this.bodyBytes -= exchange.bodyBytes;
    if (this.#exchanges.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }

  run(): void {
    this.#timer = setInterval(() => this.sweep(Date.now()), sweepMs);
  }

  /** Ends what has passed its deadline and notes the progress of what lasts. */
  sweep(nowMs: number): void {
    for (const exchange of this.#exchanges) {
      if (nowMs >= exchange.deadlineMs && !exchange.received) {
        exchange.abort(
          new SahabError(
            "request_timeout",
            `The request's body had not come whole after ${limits.uploadMsMax / 1000} s; ${exchange.bodyBytes} bytes had`,
          ),
        );
      } else if (nowMs >= exchange.deadlineMs) {
        const what = exchange.answerBytes === 0 ? "did not answer in time" : "fell silent in the middle of its answer";
        exchange.abortAttempt(new SahabError("upstream_timeout", `Provider ${exchange.provider} ${what}`));
      }
      exchange.followClient();
      if (nowMs - exchange.startedMs >= holdAfterMs) exchange.holdConnection();
      if (nowMs - Math.max(exchange.startedMs, exchange.progressMs) >= progressEveryMs) {
        exchange.noteProgress();
      }
    }
  }

  /** Waits for all to end, at most so long; then ends the rest, which tell their clients so. */
  async drain(graceMs: number): Promise<void> {
    await this.#waitEmpty(graceMs);
    for (const exchange of this.#exchanges)
      exchange.abort(
        new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 }),
      );
    await this.#waitEmpty(5_000);
    clearInterval(this.#timer);
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
