import { assert } from "../../base/assert.ts";
import { isMoney, type Claim, type Grant, type MeterTerms } from "./bank.ts";
import { SlidingMinute } from "./sliding-minute.ts";

/** With so many seconds of its present use a process can go on without the store. */
const aheadS = 30;
/** What is kept beyond that goes back only from here on, so that little changes do not go to and fro. */
const surplusFactor = 3n;
/** Over how long the present use is measured. */
const paceMs = 5_000;
/** How old the news of the store may be where a request is refused for it. */
const newsMsMax = 250;
/** A meter that is used is looked at in the store this often, for what others have spent. */
const lookMs = 2_000;
/** A meter without use is closed. */
const restMs = 10_000;
/** Records that the store has not counted after so long, in which it always answered, were there before the lease was. */
const undrainedMsMax = 3_600_000;

/** A request that waits. */
export interface Waiting {
  amount: bigint;
  /** Monotonic milliseconds. */
  sinceMs: number;
}

/** How much of a limit a minute is left, and in how many milliseconds all of it is again. */
export interface RateView {
  limit: bigint;
  remaining: bigint;
  resetMs: number;
}

/**
 * What a process has of one meter, in memory. Times are monotonic milliseconds.
 *
 * Of money, what is available is what was granted, less what was spent and what is held; of a share of tokens or requests a minute, the
 * share less what was used in the last minute; of concurrency, the share less what is held.
 */
export class Meter {
  readonly terms: MeterTerms;
  /** Undefined where the meter is only watched. */
  limit: bigint | undefined;
  /** Soft budgets: they are told of, and stop nothing. */
  soft: readonly bigint[] = [];
  readonly #isMoney: boolean;
  readonly #minute: SlidingMinute | undefined;
  #keeps = 0n;
  #used = 0n;
  #held = 0n;
  /** Reserved since the pace was measured last, and the pace, an amount a second. */
  #reserved = 0n;
  #pace = 0n;
  #pacedMs: number;
  #usedMs: number;
  #claimedMs = Number.NEGATIVE_INFINITY;
  #gaveBackMs = Number.NEGATIVE_INFINITY;
  #isChanged = true;
  /** The last claim had no answer. */
  #isLost = false;
  /** The store takes a request for waiting, which may have ended. */
  #hasNeeded = false;
  /** Requests that have reserved something. */
  #holds = 0;
  /** Since when each message to the store was answered. */
  #contactMs: number;
  #news: (Grant & { atMs: number; limit: bigint | undefined }) | undefined;
  /** The limit that the last claim named. */
  #claimedLimit: bigint | undefined;
  #isNew = true;
  #isClosed = false;
  /** The requests that wait for it, in their order: what each needs, and since when it waits. */
  waiting: Waiting[] = [];

  constructor(terms: MeterTerms, limit: bigint | undefined, nowMs: number) {
    this.terms = terms;
    this.limit = limit;
    this.#isMoney = isMoney(terms.measure);
    this.#minute = terms.measure === "tokens" || terms.measure === "requests" ? new SlidingMinute() : undefined;
    this.#pacedMs = this.#usedMs = this.#contactMs = nowMs;
  }

  /** It is about to be used. */
  touch(nowMs: number): void {
    this.#usedMs = nowMs;
  }

  /** What a request may reserve now. May be negative, where requests have cost more than they had reserved. */
  available(nowMs: number): bigint {
    if (this.#minute) return this.#keeps - this.#minute.used(nowMs);
    return this.#keeps - this.#used - this.#held;
  }

  /** What of money, or of requests at once, is reserved. */
  get held(): bigint {
    return this.#held;
  }

  /** Nothing is reserved of it any more; a new one is to be had in its place. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get news(): Readonly<Grant & { atMs: number }> | undefined {
    return this.#news;
  }

  /** A request takes so much. It must be settled later. */
  reserve(amount: bigint, nowMs: number): void {
    this.#holds++;
    this.reserveMore(amount, nowMs);
  }

  /** The same of a request that has reserved of it before: both amounts are settled together. */
  reserveMore(amount: bigint, nowMs: number): void {
    if (this.#minute) this.#minute.add(amount, nowMs);
    else this.#held += amount;
    this.#reserved += amount;
    this.#usedMs = nowMs;
  }

  /** Ends what was reserved beside, by a request that has been settled meanwhile. Only of what is held. */
  giveBack(amount: bigint): void {
    this.#held -= amount;
    this.#isChanged = true;
  }

  /** What was reserved at that time ends, and so much was used. */
  settle(reserved: bigint, used: bigint, reservedMs: number, nowMs: number): void {
    this.#holds--;
    assert(this.#holds >= 0, "what was reserved is settled once");
    this.#usedMs = nowMs;
    this.#isChanged = true;
    if (this.#minute) {
      if (used < reserved) this.#minute.takeBack(reserved - used, reservedMs, nowMs);
      else if (used > reserved) this.#minute.add(used - reserved, nowMs);
      return;
    }
    this.#held -= reserved;
    if (this.#isMoney) this.#used += used;
  }

  /** What of a share of requests or tokens a minute all processes together may still use, as far as this one knows; undefined for other meters. */
  rate(nowMs: number): RateView | undefined {
    if (!this.#minute || this.limit === undefined) return undefined;
    const left = this.available(nowMs) + (this.#news?.free ?? 0n) + (this.#news?.idleElsewhere ?? 0n);
    return { limit: this.limit, remaining: left > 0n ? left : 0n, resetMs: this.#minute.msUntil(0n, nowMs) };
  }

  /** Milliseconds until so much is available again, as far as this process knows; undefined where no time brings it. */
  msUntil(amount: bigint, nowMs: number): number | undefined {
    if (!this.#minute || amount > this.#keeps) return undefined;
    return this.#minute.msUntil(this.#keeps - amount, nowMs);
  }

  /** Whether what the store said last shows that so much is nowhere to be had; undefined where that is too long ago. */
  isBeyondReach(amount: bigint, nowMs: number): boolean | undefined {
    const news = this.#news;
    // What was given back since is not in the news, nor what a higher limit has made free.
    if (!news || nowMs - news.atMs > newsMsMax || this.#gaveBackMs > news.atMs || news.limit !== this.limit)
      return undefined;
    return amount > this.available(nowMs) + news.free + news.idleElsewhere;
  }

  /** Whether the store is to be asked for it now. `isWanted`: another process waits for it. */
  wantsClaim(nowMs: number, isWanted: boolean): boolean {
    this.#measurePace(nowMs);
    if (this.waiting.length > 0 || this.#isLost || this.#hasNeeded) return true;
    const idle = this.#idle(nowMs);
    if (idle > 0n && (isWanted || this.#news?.yields)) return true;
    if (idle !== this.#kept(idle) || (this.limit !== undefined && idle < this.#target / 2n)) return true;
    if (this.#isChanged && nowMs - this.#claimedMs >= lookMs) return true;
    return this.#isAtRest(nowMs) && nowMs - this.#claimedMs >= lookMs;
  }

  /** What it says to the store. What it gives back is not used any more from now on. `isWanted`: another process waits for it. */
  claim(nowMs: number, isWanted: boolean): Claim {
    this.#claimedMs = nowMs;
    this.#claimedLimit = this.limit;
    this.#isChanged = this.#isLost = false;
    const closes = this.#isAtRest(nowMs) && this.#isDrained(nowMs);
    this.#isClosed = closes;
    const idle = this.#idle(nowMs);
    const yields = this.waiting.length === 0 && (isWanted || this.#news?.yields === true);
    // One that waits yields only where another has waited for longer.
    const keeps = yields || this.#news?.yields === true || closes ? 0n : this.#kept(idle);
    this.#keeps -= idle - keeps;
    if (keeps < idle) this.#gaveBackMs = nowMs;
    const available = this.available(nowMs);
    const [first] = this.waiting;
    const all = this.waiting.reduce((sum, { amount }) => sum + amount, 0n);
    const needs = first && first.amount > available ? first.amount - available : 0n;
    this.#hasNeeded = needs > 0n;
    const lacks = all + this.#target - available;
    return {
      meter: this.terms,
      limit: this.limit,
      keeps: this.#keeps,
      drained: this.#news?.drained ?? 0n,
      idle: available > 0n ? available : 0n,
      needs,
      waitedMs: first && needs > 0n ? Math.max(0, Math.round(nowMs - first.sinceMs)) : 0,
      wants: !closes && !yields && lacks > needs ? lacks - needs : 0n,
      ...(closes && { closes }),
      ...(this.#isNew && { isNew: true }),
    };
  }

  /** Takes the answer to its last claim. */
  take(grant: Grant): void {
    this.#isNew = false;
    this.#keeps = grant.keeps;
    // Records of this process that were not reserved from this meter are drained from its lease as well, so they are used, too.
    if (this.#isMoney && grant.drained > this.#used) this.#used = grant.drained;
    // The answer may have been on its way for long.
    this.#news = { ...grant, atMs: this.#claimedMs, limit: this.#claimedLimit };
  }

  /** Its last claim has no answer: it is made anew, since the store may have taken it or not. */
  lose(): void {
    this.#isLost = true;
    this.#isClosed = false;
  }

  /** A message to the store had no answer. */
  noteSilence(nowMs: number): void {
    this.#contactMs = nowMs;
  }

  #idle(nowMs: number): bigint {
    const available = this.available(nowMs);
    return available > 0n ? available : 0n;
  }

  /** What of what is idle stays. */
  #kept(idle: bigint): bigint {
    if (this.limit === undefined) return 0n;
    if (this.waiting.length > 0) return idle;
    return idle > surplusFactor * this.#target ? this.#target : idle;
  }

  /** What should be at hand beside what is reserved. */
  get #target(): bigint {
    return this.#minute || this.#isMoney ? this.#pace * BigInt(aheadS) : this.#pace;
  }

  #measurePace(nowMs: number): void {
    const passedMs = nowMs - this.#pacedMs;
    if (passedMs < 250) return;
    const now = (this.#reserved * 1000n) / BigInt(Math.max(1, Math.round(passedMs)));
    const weight = BigInt(Math.min(1000, Math.round((passedMs * 1000) / paceMs)));
    this.#pace = now > this.#pace ? now : (this.#pace * (1000n - weight) + now * weight) / 1000n;
    this.#reserved = 0n;
    this.#pacedMs = nowMs;
  }

  #isAtRest(nowMs: number): boolean {
    if (this.#holds > 0 || this.waiting.length > 0 || nowMs - this.#usedMs < restMs) return false;
    return this.#minute === undefined || this.#minute.used(nowMs) === 0n;
  }

  /** Whether the store has counted all that was spent from it. */
  #isDrained(nowMs: number): boolean {
    if (!this.#isMoney || this.#used === 0n) return true;
    if (nowMs - Math.max(this.#usedMs, this.#contactMs) > undrainedMsMax) return true;
    return this.#news !== undefined && this.#news.drained >= this.#used;
  }
}
