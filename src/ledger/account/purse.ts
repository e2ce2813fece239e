import { assert, must } from "../../base/assert.ts";
import type { Claim, Grant, MeterTerms } from "./bank.ts";
import { Meter } from "./meter.ts";

/** So much of a meter is asked for. */
export interface Demand {
  meter: Meter;
  amount: bigint;
}

/** What stands in the way of a request: the first of its meters that lacks something. */
export interface Lack {
  meter: Meter;
  amount: bigint;
  /** Nobody has so much, as far as the store knew a moment ago; undefined where it has to be asked. */
  isBeyondReach: boolean | undefined;
}

/** Meters of one process; of more, keys and sessions that are used at one time, requests are refused. */
const metersMax = 50_000;
/** Claims in one message. */
const claimsMax = 500;
/** A lease is given up by its holder so long before the store does, whose clock may run faster. */
const marginMs = 5_000;

/** What a message to the store holds. */
export interface Renewal {
  sequence: number;
  claims: readonly Claim[];
  /** The leases are young, and nothing is claimed: it is enough to ask for which meters somebody waits. */
  isLook: boolean;
}

/**
 * All that a process may spend and use without asking the store: its leases, by meter. Pure: whoever has it says what time it is
 * (monotonic milliseconds), carries its renewals to the store, and brings the answers.
 */
export class Purse {
  readonly #leaseMs: number;
  readonly #meters = new Map<string, Meter>();
  #claimed: { sequence: number; sentMs: number; meters: readonly Meter[]; isLook: boolean } | undefined;
  #sequence = 0;
  #wanted: ReadonlySet<string> = new Set();
  /** All leases are good until then. */
  #untilMs = Number.NEGATIVE_INFINITY;
  /** Where the next message goes on, if one does not hold all. */
  #turn = 0;

  constructor(options: { leaseMs: number }) {
    this.#leaseMs = options.leaseMs;
  }

  /** The meter of these terms, which is made where it is not there yet; undefined where there are too many. */
  meterOf(terms: MeterTerms, limit: bigint | undefined, nowMs: number): Meter | undefined {
    const known = this.#meters.get(terms.id);
    if (known) {
      known.limit = limit;
      // Whoever asks may have to wait, and must find it open afterwards.
      known.touch(nowMs);
      return known;
    }
    if (this.#meters.size >= metersMax) return undefined;
    const meter = new Meter(terms, limit, nowMs);
    this.#meters.set(terms.id, meter);
    return meter;
  }

  /** Takes all of what is asked for, or nothing and says what is lacking. `isMore`: of a request that has reserved of all of it before. */
  reserve(demands: readonly Demand[], nowMs: number, isMore = false): Lack | undefined {
    const isGood = nowMs < this.#untilMs;
    for (const { meter, amount } of demands) {
      if (meter.limit === undefined) continue;
      const available = isGood ? meter.available(nowMs) : 0n;
      // What costs nothing may go on when nothing is left.
      if (amount > 0n && amount > available)
        return { meter, amount, isBeyondReach: isGood ? meter.isBeyondReach(amount, nowMs) : undefined };
    }
    for (const { meter, amount } of demands) {
      assert(!meter.isClosed, "what is reserved is known to the store");
      if (isMore) meter.reserveMore(amount, nowMs);
      else meter.reserve(amount, nowMs);
    }
    return undefined;
  }

  /** Whether the leases have expired, because the store was away for too long. */
  isExpired(nowMs: number): boolean {
    return nowMs >= this.#untilMs;
  }

  /** The next message to the store; undefined where an answer is awaited. The last one gives back all that no request holds. */
  renew(nowMs: number, isLast = false): Renewal | undefined {
    if (this.#claimed) return undefined;
    const isWanted = (meter: Meter) => isLast || this.#wanted.has(meter.terms.id);
    const meters: Meter[] = [];
    const all = [...this.#meters.values()];
    for (let at = 0; at < all.length && meters.length < claimsMax; at++) {
      const meter = must(all[(this.#turn + at) % all.length], "a meter is in its place");
      if (meter.wantsClaim(nowMs, isWanted(meter))) meters.push(meter);
      if (meters.length === claimsMax) this.#turn = (this.#turn + at + 1) % all.length;
    }
    const claims = meters.map((meter) => meter.claim(nowMs, isWanted(meter)));
    for (const meter of meters) if (meter.isClosed) this.#meters.delete(meter.terms.id);
    const isLook = claims.length === 0 && this.#untilMs - nowMs > this.#leaseMs / 2;
    this.#claimed = { sequence: ++this.#sequence, sentMs: nowMs, meters, isLook };
    return { sequence: this.#sequence, claims, isLook };
  }

  /** The answer to the message of this number; returns the meters that it is about. An answer that comes after `lose` changes nothing. */
  take(sequence: number, answer: { grants?: readonly Grant[]; wanted: readonly string[] }): readonly Meter[] {
    const claimed = this.#claimed;
    if (claimed?.sequence !== sequence) return [];
    this.#claimed = undefined;
    for (const [at, meter] of claimed.meters.entries()) meter.take(must(answer.grants?.[at], "one grant a claim"));
    this.#wanted = new Set(answer.wanted);
    if (!claimed.isLook) this.#untilMs = claimed.sentMs + this.#leaseMs - marginMs;
    return claimed.meters;
  }

  /** The message of this number has no answer, and may have arrived or not. What it gave back is not used again. */
  lose(sequence: number, nowMs: number): void {
    const claimed = this.#claimed;
    if (claimed?.sequence !== sequence) return;
    this.#claimed = undefined;
    for (const meter of claimed.meters) {
      const { id } = meter.terms;
      const now = this.#meters.get(id);
      // One that is new meanwhile takes the place of one that was to be closed, and says so in its first claim.
      if (now !== undefined && now !== meter) continue;
      meter.lose();
      this.#meters.set(id, meter);
    }
    for (const meter of this.#meters.values()) meter.noteSilence(nowMs);
  }

  get meters(): IteratorObject<Meter> {
    return this.#meters.values();
  }

  /** Whether nothing is left to be told to the store. */
  get isEmpty(): boolean {
    return this.#meters.size === 0 && this.#claimed === undefined;
  }
}
