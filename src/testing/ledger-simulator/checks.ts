import { isMoney, type MeterTerms, type Spending } from "../../ledger/account/bank.ts";
import type { SimulatedStore } from "./simulated-store.ts";
import type { Timeline } from "./timeline.ts";

/** A rule did not hold. */
export class Violation extends Error {}

/** What could be had of a meter at a moment: what was free, then what each process had idle. */
interface Reach {
  atMs: number;
  amounts: readonly bigint[];
}

interface Watched {
  terms: MeterTerms;
  limit: bigint;
  /** What the vendor has charged so far; or of concurrency, the requests that are under way there. */
  sum: bigint;
  /** Of a minute: what the vendor has counted, when, and the sum of the last minute. */
  used: { atMs: number; amount: bigint }[];
  first: number;
  inMinute: bigint;
  /** The oldest first; of those before the last moments, none need be there but the last. */
  reach: Reach[];
}

const reachesMax = 1_000;
const minuteMs = 60_000;
/** What was to be had for so long must have been found, where a request is refused: the bound that AdmissionQueue states. */
const reachMs = 2_750;

/** What the vendor charges, by the true time and in no process's books; and the rules that it checks. */
export class Checks {
  readonly #timeline: Timeline;
  readonly #store: SimulatedStore;
  readonly #watched = new Map<string, Watched>();
  /** What was used of each meter a minute, in all. */
  readonly totals = new Map<string, bigint>();
  /** All records. */
  readonly booked: Spending[] = [];

  constructor(timeline: Timeline, store: SimulatedStore) {
    this.#timeline = timeline;
    this.#store = store;
  }

  watch(terms: MeterTerms, limit: bigint): void {
    if (!this.#watched.has(terms.id))
      this.#watched.set(terms.id, { terms, limit, sum: 0n, used: [], first: 0, inMinute: 0n, reach: [] });
  }

  raise(id: string, amount: bigint): void {
    const watched = this.#watched.get(id);
    if (watched) watched.limit += amount;
  }

  /** The vendor charges so much. */
  charge(id: string, amount: bigint): void {
    const watched = this.#watched.get(id)!;
    watched.sum += amount;
    const { sum, limit } = watched;
    if (sum > limit) throw new Violation(`the vendor has charged ${sum} of ${id}, whose limit is ${limit}`);
  }

  /** The vendor has so many requests more, or less. */
  count(id: string, change: bigint): void {
    const watched = this.#watched.get(id)!;
    watched.sum += change;
    if (change > 0n && watched.sum > watched.limit)
      throw new Violation(`the vendor has ${watched.sum} requests of ${id}, whose limit is ${watched.limit}`);
  }

  /** The vendor takes a request that uses so much of a minute. */
  use(id: string, amount: bigint): void {
    const watched = this.#watched.get(id)!;
    const { nowMs } = this.#timeline;
    watched.used.push({ atMs: nowMs, amount });
    watched.inMinute += amount;
    for (let old; (old = watched.used[watched.first]) && old.atMs <= nowMs - minuteMs; watched.first++)
      watched.inMinute -= old.amount;
    this.totals.set(id, (this.totals.get(id) ?? 0n) + amount);
    if (watched.inMinute > watched.limit)
      throw new Violation(`${watched.inMinute} of ${id} in one minute, whose limit is ${watched.limit}`);
  }

  /** Durable in a journal that comes into the store at some time. */
  book(spendings: readonly Spending[]): void {
    this.booked.push(...spendings);
  }

  charged(id: string): bigint {
    return this.#watched.get(id)?.sum ?? 0n;
  }

  limitOf(id: string): bigint {
    return this.#watched.get(id)?.limit ?? 0n;
  }

  get meters(): IteratorObject<{ terms: MeterTerms; limit: bigint }> {
    return this.#watched.values();
  }

  /** What is spent and what is leased is together at most the limit. */
  checkStore(id: string): void {
    const watched = this.#watched.get(id);
    const meter = this.#store.meters.get(id);
    if (!watched || !meter) return;
    const leased = this.#store.leased(meter);
    const spent = isMoney(meter.terms.measure) ? meter.spent : 0n;
    if (spent + leased > watched.limit)
      throw new Violation(`${spent} of ${id} is spent and ${leased} leased, and its limit is ${watched.limit}`);
  }

  /** So much of a meter each process could give to others now. */
  noteReach(id: string, idle: readonly bigint[]): void {
    const { reach, limit, terms } = this.#watched.get(id)!;
    const meter = this.#store.meters.get(id);
    const spent = meter && isMoney(terms.measure) ? meter.spent : 0n;
    const free = limit - spent - (meter ? this.#store.leased(meter) : 0n);
    const { nowMs: atMs } = this.#timeline;
    reach.push({ atMs, amounts: [free > 0n ? free : 0n, ...idle] });
    if (reach.length < reachesMax) return;
    const old = reach.findIndex((one) => one.atMs > atMs - reachMs);
    reach.splice(0, Math.max(0, old - 1));
  }

  /** What was to be had in the last moments without a break: free, or idle at one process. */
  steadyReach(id: string): bigint {
    const { reach } = this.#watched.get(id)!;
    const sinceMs = this.#timeline.nowMs - reachMs;
    const last = reach.at(-1);
    if (!last) return 0n;
    const least = [...last.amounts];
    for (let at = reach.length - 2; at >= 0 && reach[at + 1]!.atMs > sinceMs; at--)
      for (const [place, amount] of reach[at]!.amounts.entries()) if (amount < least[place]!) least[place] = amount;
    return least.reduce((sum, amount) => sum + amount, 0n);
  }
}
