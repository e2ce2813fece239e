import { SahabError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Nano } from "../../base/money.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { LineLog } from "../insert-fitting.ts";
import { isMoney, type MeterTerms } from "./bank.ts";
import { describeLack } from "./describe-lack.ts";
import type { HoldSlot } from "./hold-file.ts";
import type { Meter } from "./meter.ts";
import { Purse, type Demand, type Lack } from "./purse.ts";

/** How often leases are looked at: another process waits so long for what this one does not use. */
const tickMs = 500;
/** While requests wait, the store is asked again after this time. */
const againMs = 50;
/**
 * How long a request waits for what others have and do not use: they give it back at their next tick, and the store is asked for it
 * within `againMs` then. So nobody is refused for longer than this while budget is free elsewhere.
 */
const waitMsMax = 2_000;
const waitersMax = 10_000;
/** How long leases are good while the store is away. */
const leaseMsDefault = 300_000;

interface TellerDeps {
  store: Pick<AccountStore, "renewLeases" | "wantedMeters">;
  clock: Clock;
  log: LineLog;
}

interface TellerOptions {
  /** Names this life of the process in the store. */
  holder: string;
  /** Which process of which machine it is, for people. */
  place: string;
  leaseMs?: number;
}

interface Waiter {
  demands: readonly Demand[];
  untilMs: number;
  admit: () => void;
  refuse: (error: SahabError) => void;
}

/**
 * Admits requests against the leases of this process, in memory; renews the leases in the background. A request waits only where a lease
 * has no room and the store, or another process, may have some.
 */
export class Teller {
  readonly #store: TellerDeps["store"];
  readonly #clock: Clock;
  readonly #log: LineLog;
  readonly #options: Required<TellerOptions>;
  readonly #purse: Purse;
  readonly #waiters: Waiter[] = [];
  #timer: Timer | undefined;
  #isRenewing = false;
  #isFailing = false;
  #isStopped = false;
  /** Called with each meter of which the store has said something new. */
  onNews: ((meter: Meter) => void) | undefined;

  constructor({ store, clock, log }: TellerDeps, options: TellerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#options = { leaseMs: leaseMsDefault, ...options };
    this.#purse = new Purse({ leaseMs: this.#options.leaseMs });
  }

  /** The meter of these terms. Throws `overloaded` where too many are in use. */
  meterOf(terms: MeterTerms, limit: bigint | undefined): Meter {
    const meter = this.#purse.meterOf(terms, limit, this.#clock.monotonic());
    if (meter) return meter;
    throw new SahabError("overloaded", "Too many accounts are in use at this moment; try again shortly", {
      retryAfterS: 1,
    });
  }

  /**
   * Reserves what a request asks for: all of it, at once where the leases have room. Rejects with `budget_exceeded`, `rate_limit_exceeded`,
   * or `store_unavailable` where the store is needed and does not answer.
   */
  reserve(demands: readonly Demand[], slot?: HoldSlot): Hold | Promise<Hold> {
    const nowMs = this.#clock.monotonic();
    const hold = () => new Hold(this, this.#clock, demands, slot);
    if (!this.#isBehindWaiters(demands)) {
      const lack = this.#purse.reserve(demands, nowMs);
      this.#start();
      if (!lack) return hold();
      if (lack.isBeyondReach) throw describeLack(lack.meter, lack.amount, nowMs);
    }
    return this.#wait(demands).then(hold);
  }

  /** Reserves more of meters that have been reserved before. Resolves with whether there was enough. */
  reserveMore(demands: readonly Demand[]): boolean | Promise<boolean> {
    if (!this.#purse.reserve(demands, this.#clock.monotonic())) return true;
    return this.#wait(demands).then(
      () => true,
      () => false,
    );
  }

  get #now(): number {
    return this.#clock.monotonic();
  }

  /** Whoever waits longer comes first. */
  #isBehindWaiters(demands: readonly Demand[]): boolean {
    if (this.#waiters.length === 0) return false;
    return demands.some(({ meter, amount }) => amount > 0n && meter.waiting.length > 0);
  }

  #wait(demands: readonly Demand[]): Promise<void> {
    if (this.#waiters.length >= waitersMax)
      return Promise.reject(
        new SahabError("overloaded", `${waitersMax} requests wait for budget, which is the limit; try again shortly`, {
          retryAfterS: 1,
        }),
      );
    return new Promise((admit, refuse) => {
      this.#waiters.push({ demands, untilMs: this.#now + waitMsMax, admit, refuse });
      this.#noteWaiting();
      void this.#renew();
    });
  }

  #noteWaiting(): void {
    const amounts = new Map<Meter, bigint[]>();
    for (const { demands } of this.#waiters)
      for (const { meter, amount } of demands)
        if (amount > 0n && meter.limit !== undefined) {
          const list = amounts.get(meter);
          if (list) list.push(amount);
          else amounts.set(meter, [amount]);
        }
    for (const meter of this.#purse.meters) meter.waiting = amounts.get(meter) ?? noAmounts;
  }

  /** Serves those who wait, in their order, as far as it goes. */
  #serve(): void {
    if (this.#waiters.length === 0) return;
    const nowMs = this.#now;
    const blocked = new Set<Meter>();
    const left: Waiter[] = [];
    for (const waiter of this.#waiters) {
      const { demands } = waiter;
      const isBlocked = demands.some(({ meter, amount }) => amount > 0n && blocked.has(meter));
      const lack = isBlocked ? undefined : this.#purse.reserve(demands, nowMs);
      if (!isBlocked && !lack) waiter.admit();
      else if (lack?.isBeyondReach) waiter.refuse(describeLack(lack.meter, lack.amount, nowMs));
      else if (nowMs >= waiter.untilMs) waiter.refuse(this.#describeEnd(demands, lack, nowMs));
      else {
        left.push(waiter);
        if (lack) blocked.add(lack.meter);
      }
    }
    this.#waiters.splice(0, this.#waiters.length, ...left);
    this.#noteWaiting();
  }

  #describeEnd(demands: readonly Demand[], lack: Lack | undefined, nowMs: number): SahabError {
    if (this.#isFailing || this.#purse.isExpired(nowMs)) return storeAway();
    const { meter, amount } =
      lack ?? demands.find(({ meter, amount }) => amount > meter.available(nowMs)) ?? demands[0]!;
    return describeLack(meter, amount, nowMs);
  }

  #start(): void {
    if (this.#timer === undefined && !this.#isStopped) this.#timer = setTimeout(() => this.#tick(), tickMs);
  }

  #tick(): void {
    this.#timer = undefined;
    void this.#renew();
  }

  /** One exchange with the store, and another soon after while requests wait. */
  async #renew(): Promise<void> {
    if (this.#isRenewing || this.#isStopped) return;
    this.#isRenewing = true;
    clearTimeout(this.#timer);
    const waitedFor = this.#waiters.length;
    await this.#exchange();
    this.#isRenewing = false;
    this.#serve();
    if (this.#isStopped) return;
    // Those who came meanwhile have not been asked for yet.
    const isNews = this.#waiters.length > waitedFor;
    if (this.#waiters.length > 0) this.#timer = setTimeout(() => this.#tick(), isNews ? 1 : againMs);
    else if (!this.#purse.isEmpty) this.#timer = setTimeout(() => this.#tick(), tickMs);
    else this.#timer = undefined;
  }

  async #exchange(isLast = false): Promise<void> {
    const purse = this.#purse;
    const renewal = purse.renew(this.#now, isLast);
    if (!renewal) return;
    const { sequence, claims, isLook } = renewal;
    const { holder: id, place, leaseMs } = this.#options;
    try {
      const answer = isLook
        ? { wanted: await this.#store.wantedMeters() }
        : await this.#store.renewLeases({ id, place, sequence, leaseMs }, claims);
      const nowMs = this.#now;
      purse.take(sequence, answer, nowMs);
      this.#isFailing = false;
      if (this.onNews) for (const meter of purse.meters) if (meter.news?.atMs === nowMs) this.onNews(meter);
    } catch (error) {
      purse.lose(sequence);
      if (!this.#isFailing)
        this.#log.warn({ err: error }, "leases of budgets could not be renewed; requests go on with what there is");
      this.#isFailing = true;
    }
  }

  /** Gives back what is left, so that others need not wait until it expires; never rejects. What requests hold must have been settled. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isStopped = true;
    for (const { refuse } of this.#waiters.splice(0))
      refuse(new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 }));
    this.#noteWaiting();
    await this.#exchange(true);
  }
}

const noAmounts: readonly bigint[] = [];

function storeAway(): SahabError {
  return new SahabError(
    "store_unavailable",
    "The budget cannot be checked because the database does not answer; try again shortly",
    { retryAfterS: 5 },
  );
}

/** What one request has reserved. */
export class Hold {
  readonly #teller: Teller;
  readonly #clock: Clock;
  readonly #demands: readonly Demand[];
  readonly #slot: HoldSlot | undefined;
  readonly #reservedMs: number;
  #money: Nano = 0n;
  #isOpen = true;

  constructor(teller: Teller, clock: Clock, demands: readonly Demand[], slot: HoldSlot | undefined) {
    this.#teller = teller;
    this.#clock = clock;
    this.#demands = demands;
    this.#slot = slot;
    this.#reservedMs = clock.monotonic();
    for (const { meter, amount } of demands) if (isMoney(meter.terms.measure)) this.#money = amount;
    slot?.add(this.#money);
  }

  /** What of money is reserved, in the account's currency. */
  get money(): Nano {
    return this.#money;
  }

  /** Reserves up to so much money in all. Whether there was enough: then it is reserved. */
  extend(money: Nano): boolean | Promise<boolean> {
    const more = money - this.#money;
    if (more <= 0n || !this.#isOpen) return true;
    const demands = this.#demands.flatMap(({ meter }) =>
      isMoney(meter.terms.measure) ? [{ meter, amount: more }] : [],
    );
    if (demands.length === 0) return true;
    const isReserved = this.#teller.reserveMore(demands);
    const note = (isEnough: boolean) => {
      if (!isEnough) return false;
      if (!this.#isOpen) {
        for (const { meter } of demands) meter.settle(more, 0n, this.#reservedMs, this.#clock.monotonic());
        return true;
      }
      this.#money += more;
      this.#slot?.add(more);
      return true;
    };
    return isReserved instanceof Promise ? isReserved.then(note) : note(isReserved);
  }

  /** Ends it: so much money and so many tokens were used, and the rest is free again. Only the first call counts. */
  settle(money: Nano, tokens: bigint): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const nowMs = this.#clock.monotonic();
    for (const { meter, amount } of this.#demands) {
      const { measure } = meter.terms;
      if (isMoney(measure)) meter.settle(this.#money, money, this.#reservedMs, nowMs);
      else meter.settle(amount, measure === "tokens" ? tokens : amount, this.#reservedMs, nowMs);
    }
    this.#slot?.add(money - this.#money);
    this.#money = money;
  }

  /** The record of what was spent is durable, so that a crash cannot lose it any more. */
  noteDurable(): void {
    this.#slot?.add(-this.#money);
    this.#money = 0n;
  }
}
