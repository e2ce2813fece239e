import { waitMsMax } from "./bank.ts";
import type { Meter } from "./meter.ts";
import type { Demand, Lack, Purse, Renewal } from "./purse.ts";

/** How often leases are looked at: another process waits so long for what this one does not use. */
const tickMs = 500;
/** While requests wait, the store is asked again after this time. */
const againMs = 50;
/** A message without an answer is given up then; the store's own calls end before. */
const answerMsMax = 6_000;
/** A store that has not answered for so long, while requests wait, is away. */
const silentMsMax = 1_000;
const waitersMax = 10_000;

/** How a request that waited ended: admitted, refused for what it lacks, or not decided on. */
export type Verdict = "admitted" | "store-away" | "stopped" | Lack;

interface Waiter {
  demands: readonly Demand[];
  isMore: boolean;
  sinceMs: number;
  decide: (verdict: Verdict, nowMs: number) => void;
}

/**
 * Requests before a purse: which are admitted, which wait, for how long, and when the store is asked. Pure: whoever has it says what time
 * it is (monotonic milliseconds), calls `advance` at `nextMs`, and carries messages.
 *
 * The bound: nobody is refused for money or a share that has been free, or idle at one process, for 2.75 s, if that process reaches the
 * store. For a request is refused at once only where the store has said, at most a quarter of a second before, that what is free and what
 * others have idle does not suffice; and what they have idle, they tell it every 2.5 s where it changes. Any other request waits, while
 * others give back what is idle, for `waitMsMax` at most.
 */
export class AdmissionQueue {
  readonly #purse: Purse;
  #waiters: Waiter[] = [];
  /** The meters that they wait for. */
  readonly #wanted = new Set<Meter>();
  /** Since the last message to the store more requests have come to wait. */
  #hasNew = false;
  #sent: { sequence: number; atMs: number } | undefined;
  /** When the store last answered, or failed to. */
  #exchangedMs = Number.NEGATIVE_INFINITY;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #isFailing = false;
  #servedMs = Number.NEGATIVE_INFINITY;

  constructor(purse: Purse) {
    this.#purse = purse;
  }

  /** Reserves at once where the purse has room and nobody waits for the same; undefined where the request has to `wait`. */
  reserve(demands: readonly Demand[], nowMs: number): "admitted" | Lack | undefined {
    if (this.#isBehindWaiters(demands)) return undefined;
    const lack = this.#purse.reserve(demands, nowMs);
    if (!lack) return "admitted";
    return lack.isBeyondReach ? lack : undefined;
  }

  /** The same of what a request needs beside what it has reserved: it comes before all that wait, since it has begun. */
  reserveMore(demands: readonly Demand[], nowMs: number): "admitted" | Lack | undefined {
    const lack = this.#purse.reserve(demands, nowMs, true);
    if (!lack) return "admitted";
    return lack.isBeyondReach ? lack : undefined;
  }

  /** Whether no more requests may wait. */
  get isFull(): boolean {
    return this.#waiters.length >= waitersMax;
  }

  /** `decide` is called once, within `waitMsMax` if `advance` is called in time. */
  wait(demands: readonly Demand[], decide: Waiter["decide"], nowMs: number, { isMore = false } = {}): void {
    const waiter = { demands, isMore, sinceMs: nowMs, decide };
    this.#waiters.push(waiter);
    this.#hasNew = true;
    this.#noteWaiter(waiter);
  }

  /** Decides on requests that wait, and returns the message that is to be sent to the store now, if one is. */
  advance(nowMs: number): Renewal | undefined {
    if (this.#sent && nowMs - this.#sent.atMs >= answerMsMax) this.lose(this.#sent.sequence, nowMs);
    if (this.#waiters.length > 0 && nowMs >= this.#servedMs + againMs) this.#serve(nowMs);
    return this.#sent === undefined && nowMs >= this.#dueMs ? this.renew(nowMs) : undefined;
  }

  /** When `advance` is to be called next; infinite where nothing is to be done. */
  get nextMs(): number {
    const nextMs = this.#sent ? this.#sent.atMs + answerMsMax : this.#dueMs;
    return this.#waiters.length > 0 ? Math.min(nextMs, this.#servedMs + againMs) : nextMs;
  }

  /** The next message; the last one gives back all that no request holds. Undefined while one is under way. */
  renew(nowMs: number, { isLast = false } = {}): Renewal | undefined {
    if (this.#sent) return undefined;
    const renewal = this.#purse.renew(nowMs, isLast);
    if (!renewal) return undefined;
    this.#sent = { sequence: renewal.sequence, atMs: nowMs };
    this.#hasNew = false;
    return renewal;
  }

  /** The answer to a message; returns the meters of which the store has said something. */
  take(sequence: number, answer: Parameters<Purse["take"]>[1], nowMs: number): readonly Meter[] {
    if (this.#sent?.sequence !== sequence) return [];
    this.#sent = undefined;
    const meters = this.#purse.take(sequence, answer);
    this.#isFailing = false;
    this.#exchangedMs = this.#answeredMs = nowMs;
    this.#serve(nowMs);
    return meters;
  }

  /** The message had no answer. Returns whether that is the first one after one that had. */
  lose(sequence: number, nowMs: number): boolean {
    if (this.#sent?.sequence !== sequence) return false;
    this.#sent = undefined;
    this.#purse.lose(sequence, nowMs);
    const isFirst = !this.#isFailing;
    this.#isFailing = true;
    this.#exchangedMs = nowMs;
    this.#serve(nowMs);
    return isFirst;
  }

  /** Ends all waiting. */
  stop(nowMs: number): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#noteWaiting();
    for (const { decide } of waiters) decide("stopped", nowMs);
  }

  get #dueMs(): number {
    if (this.#waiters.length === 0) return this.#purse.isEmpty ? Infinity : this.#exchangedMs + tickMs;
    if (this.#isFailing) return this.#exchangedMs + tickMs;
    return this.#hasNew ? this.#exchangedMs : this.#exchangedMs + againMs;
  }

  /** Whoever waits longer comes first. */
  #isBehindWaiters(demands: readonly Demand[]): boolean {
    if (this.#waiters.length === 0) return false;
    return demands.some(({ meter, amount }) => amount > 0n && meter.waiting.length > 0);
  }

  /** Serves those who wait, in their order, as far as it goes. */
  #serve(nowMs: number): void {
    this.#servedMs = nowMs;
    if (this.#waiters.length === 0) return;
    const blocked = new Set<Meter>();
    const decided: { waiter: Waiter; verdict: Verdict }[] = [];
    const left: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const { demands } = waiter;
      const isBlocked = demands.some(({ meter, amount }) => amount > 0n && blocked.has(meter));
      const lack = isBlocked ? undefined : this.#purse.reserve(demands, nowMs, waiter.isMore);
      if (!isBlocked && !lack) decided.push({ waiter, verdict: "admitted" });
      else if (lack?.isBeyondReach) decided.push({ waiter, verdict: lack });
      else if (nowMs >= waiter.sinceMs + waitMsMax) decided.push({ waiter, verdict: this.#endOf(waiter, lack, nowMs) });
      else {
        left.push(waiter);
        if (lack) blocked.add(lack.meter);
      }
    }
    this.#waiters = left;
    this.#noteWaiting();
    for (const { waiter, verdict } of decided) waiter.decide(verdict, nowMs);
  }

  #endOf({ demands }: Waiter, lack: Lack | undefined, nowMs: number): Verdict {
    const isSilent = nowMs - this.#answeredMs > silentMsMax;
    const isAway = this.#isFailing || isSilent || this.#purse.isExpired(nowMs);
    if (isAway) return "store-away";
    if (lack) return lack;
    const { meter, amount } = demands.find((demand) => demand.amount > demand.meter.available(nowMs)) ?? demands[0]!;
    return { meter, amount, isBeyondReach: undefined };
  }

  /** Tells the meters anew who waits for them. */
  #noteWaiting(): void {
    for (const meter of this.#wanted) meter.waiting = [];
    this.#wanted.clear();
    for (const waiter of this.#waiters) this.#noteWaiter(waiter);
  }

  #noteWaiter({ demands, sinceMs }: Waiter): void {
    for (const { meter, amount } of demands) {
      if (amount === 0n || meter.limit === undefined) continue;
      meter.waiting.push({ amount, sinceMs });
      this.#wanted.add(meter);
    }
  }
}
