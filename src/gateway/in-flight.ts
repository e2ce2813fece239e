import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Refusals } from "../base/refusals.ts";
import { Shares, type ShareBound, type Tenant } from "../base/shares.ts";

/** Each request is looked at this often, a slice of them at a time: all at once would hold up thousands of streams. */
const sweepMs = 100;
const slices = 10;

/** A request under way, as far as watching it goes. */
interface Watched {
  readonly caller: Tenant;
  /** The client's. */
  readonly address: string;
  /** What has come of its body. */
  readonly bodyBytes: number;
  /** Its last attempt; undefined before the first, and for what asks no model. */
  readonly attempt?:
    | { readonly provider: string; readonly model: string; readonly closedMs: number | null }
    | undefined;
  /** Looks at its deadlines; the time is monotonic. */
  sweep(nowMs: number): void;
  cancel(reason: SahabError): void;
}

export interface InFlightOptions {
  requestsMax?: number;
  bodyBytesMax?: number;
  drainsMax?: number;
}

/**
 * All requests under way in this process, and what of it each project and key holds. One timer watches them all: a timer for
 * each would cost more than the requests.
 */
export class InFlight {
  /** Bytes of answers that are held. */
  readonly answers = new Shares(limits.answerBytesHeldMax);
  /** Requests whose answers are read on without their clients. */
  readonly drains: Shares;
  readonly #exchanges = new Set<Watched>();
  readonly #refusals: Refusals;
  readonly #requests: Shares;
  readonly #bodies: Shares;
  #isRunning = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #slice: Iterator<Watched> | undefined;
  #empty: (() => void)[] = [];

  constructor(deps: { refusals: Refusals }, options: InFlightOptions = {}) {
    this.#refusals = deps.refusals;
    this.#requests = new Shares(options.requestsMax ?? limits.requestsInFlightMax);
    this.drains = new Shares(options.drainsMax ?? limits.drainsMax);
    this.#bodies = new Shares(options.bodyBytesMax ?? limits.bodyBytesInFlightMax);
  }

  get size(): number {
    return this.#exchanges.size;
  }

  /** Bytes of all request bodies that are held. */
  get bodyBytes(): number {
    return this.#bodies.held;
  }

  /** Attempts that are open, by provider and model with a line break between them. Counted when asked for: it costs requests nothing. */
  countAttempts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { attempt } of this.#exchanges) {
      if (!attempt || attempt.closedMs !== null) continue;
      const target = `${attempt.provider}\n${attempt.model}`;
      counts.set(target, (counts.get(target) ?? 0) + 1);
    }
    return counts;
  }

  /** Throws where there is no room, or the share of its project or key is full. */
  add(exchange: Watched): void {
    const bound = this.#requests.take(exchange.caller, 1);
    if (bound !== undefined) throw this.#refuse("requests", bound, exchange);
    this.#exchanges.add(exchange);
    if (this.#isRunning && this.#timer === undefined) this.#start();
  }

  /** Takes room for a part of a body; it is given back when its exchange is deleted. Throws as `add` does. */
  holdBody(exchange: Watched, bytes: number): void {
    const bound = this.#bodies.take(exchange.caller, bytes);
    if (bound !== undefined) throw this.#refuse("body_bytes", bound, exchange);
  }

  /** Gives back the room of a body that is not needed any more. */
  releaseBody({ caller, bodyBytes }: Watched): void {
    if (bodyBytes > 0) this.#bodies.release(caller, bodyBytes);
  }

  delete(exchange: Watched): void {
    if (!this.#exchanges.delete(exchange)) return;
    this.#requests.release(exchange.caller, 1);
    this.releaseBody(exchange);
    if (this.#exchanges.size === 0) for (const resolve of this.#empty.splice(0)) resolve();
  }

  #refuse(what: "requests" | "body_bytes", bound: ShareBound, { caller, address }: Watched): SahabError {
    const { project, keyId } = caller;
    this.#refusals.note(`${what}_${bound}`, { project, keyId, address });
    const shares = what === "requests" ? this.#requests : this.#bodies;
    const unit = what === "requests" ? "requests" : "bytes of request bodies";
    if (bound === "total") {
      const found = `Sahab holds ${shares.held} ${unit}, and ${shares.total} is its limit`;
      return new SahabError("overloaded", `${found}; try again shortly`, { retryAfterS: 1 });
    }
    const whose = bound === "project" ? `Project ${project}` : `Key ${keyId} of project ${project}`;
    const held = shares.heldBy(project, bound === "key" ? keyId : undefined);
    return new SahabError(
      "rate_limit_exceeded",
      `${whose} has ${held} ${unit} under way, which is its share at this moment of the ${shares.total} that Sahab takes; try again when some have ended`,
      { retryAfterS: 1 },
    );
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
