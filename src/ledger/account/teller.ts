import { SahabError, toSahabError } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Nano } from "../../base/money.ts";
import type { AccountStore } from "../store/account-store.ts";
import type { LineLog } from "../insert-fitting.ts";
import { isMoney, type MeterTerms } from "./bank.ts";
import { describeLack } from "./describe-lack.ts";
import type { HoldSlot } from "./hold-file.ts";
import { AdmissionQueue, type Verdict } from "./admission-queue.ts";
import type { Meter, RateView } from "./meter.ts";
import { Purse, type Demand, type Lack, type Renewal } from "./purse.ts";

/** How long leases are good while the store is away. */
const leaseMsDefault = 300_000;

interface TellerDeps {
  store: Pick<AccountStore, "renewLeases" | "wantedMeters">;
  clock: Clock;
  log: LineLog;
  /** The name of a key by its id, for people. */
  keyName?: ((keyId: string) => string | undefined) | undefined;
}

interface TellerOptions {
  /** Names this life of the process in the store. */
  holder: string;
  /** Which process of which machine it is, for people. */
  place: string;
  leaseMs?: number;
}

/**
 * Admits requests against the leases of this process, in memory; renews the leases in the background. A request waits only where a lease
 * has no room and the store, or another process, may have some.
 */
export class Teller {
  readonly #store: TellerDeps["store"];
  readonly #clock: Clock;
  readonly #log: LineLog;
  readonly #keyName: TellerDeps["keyName"];
  readonly #options: Required<TellerOptions>;
  readonly #purse: Purse;
  readonly #queue: AdmissionQueue;
  #timer: Timer | undefined;
  #timerMs = Infinity;
  #sending: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** Called with each meter of which the store has said something new. */
  onNews: ((meter: Meter) => void) | undefined;

  constructor({ store, clock, log, keyName }: TellerDeps, options: TellerOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#keyName = keyName;
    this.#options = { leaseMs: leaseMsDefault, ...options };
    this.#purse = new Purse({ leaseMs: this.#options.leaseMs });
    this.#queue = new AdmissionQueue(this.#purse);
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
   * or `store_unavailable` where the store is needed and does not answer. `outputField` is what the caller bounds its answers by.
   */
  reserve(demands: readonly Demand[], slot?: HoldSlot, outputField?: string): Hold | Promise<Hold> {
    const nowMs = this.#clock.monotonic();
    const verdict = this.#isStopped ? undefined : this.#queue.reserve(demands, nowMs);
    if (this.#timer === undefined) this.#arm(nowMs);
    const hold = (reservedMs: number) => new Hold(this, this.#clock, { demands, slot, reservedMs });
    if (verdict === "admitted") return hold(nowMs);
    if (verdict) throw this.#describe(verdict, nowMs, outputField);
    return this.#wait(demands, nowMs, { outputField }).then(hold);
  }

  /** Reserves more of meters of which the request has reserved before. Says why it could not, as `reserve` does. */
  reserveMore(demands: readonly Demand[]): Refusal | Promise<Refusal> {
    const nowMs = this.#clock.monotonic();
    const verdict = this.#queue.reserveMore(demands, nowMs);
    if (verdict === "admitted") return undefined;
    if (verdict) return this.#describe(verdict, nowMs);
    return this.#wait(demands, nowMs, { isMore: true }).then(
      () => undefined,
      (thrown) => toSahabError(thrown),
    );
  }

  /** Resolves with when it was reserved. */
  #wait(
    demands: readonly Demand[],
    nowMs: number,
    { outputField, ...options }: { isMore?: boolean; outputField?: string | undefined },
  ): Promise<number> {
    if (this.#isStopped) return Promise.reject(stopping());
    if (this.#queue.isFull)
      return Promise.reject(
        new SahabError("overloaded", "Too many requests wait for budget at this moment; try again shortly", {
          retryAfterS: 1,
        }),
      );
    return new Promise((admit, refuse) => {
      const decide = (verdict: Verdict, atMs: number) => {
        if (verdict === "admitted") admit(atMs);
        else if (verdict === "store-away") refuse(storeAway());
        else if (verdict === "stopped") refuse(stopping());
        else refuse(this.#describe(verdict, atMs, outputField));
      };
      this.#queue.wait(demands, decide, nowMs, options);
      this.#arm(nowMs);
    });
  }

  #describe(lack: Lack, nowMs: number, outputField?: string): SahabError {
    return describeLack(lack, nowMs, { outputField, keyName: this.#keyName });
  }

  /** Sets the timer for what is to be done next. */
  #arm(nowMs: number): void {
    if (this.#isStopped) return;
    const { nextMs } = this.#queue;
    if (this.#timer !== undefined && this.#timerMs <= nextMs) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (nextMs === Infinity) return;
    this.#timerMs = nextMs;
    this.#timer = setTimeout(() => this.#advance(), Math.max(1, nextMs - nowMs));
  }

  #advance(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    const renewal = this.#queue.advance(nowMs);
    if (renewal) this.#sending = this.#send(renewal);
    this.#arm(nowMs);
  }

  /** Never rejects. */
  async #send({ sequence, claims, isLook }: Renewal): Promise<void> {
    const { holder: id, place, leaseMs } = this.#options;
    try {
      const answer = isLook
        ? { wanted: await this.#store.wantedMeters() }
        : await this.#store.renewLeases({ id, place, sequence, leaseMs }, claims);
      const meters = this.#queue.take(sequence, answer, this.#clock.monotonic());
      if (this.onNews) for (const meter of meters) this.onNews(meter);
    } catch (error) {
      if (this.#queue.lose(sequence, this.#clock.monotonic()))
        this.#log.warn({ err: error }, "leases of budgets could not be renewed; requests go on with what there is");
    }
    this.#arm(this.#clock.monotonic());
  }

  /** Gives back what is left, so that others need not wait until it expires; never rejects. What requests hold must have been settled. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isStopped = true;
    this.#queue.stop(this.#clock.monotonic());
    await this.#sending;
    const renewal = this.#queue.renew(this.#clock.monotonic(), { isLast: true });
    if (renewal) await this.#send(renewal);
  }
}

function stopping(): SahabError {
  return new SahabError("shutting_down", "Sahab is shutting down; send the request again", { retryAfterS: 1 });
}

function storeAway(): SahabError {
  return new SahabError(
    "store_unavailable",
    "The budget cannot be checked because the database does not answer; try again shortly",
    { retryAfterS: 5 },
  );
}

/** Why more could not be reserved; undefined where it was. */
export type Refusal = SahabError | undefined;

interface Reserved {
  demands: readonly Demand[];
  slot: HoldSlot | undefined;
  /** Monotonic milliseconds. */
  reservedMs: number;
}

/** What one request has reserved. */
export class Hold {
  readonly #teller: Pick<Teller, "reserveMore">;
  readonly #clock: Clock;
  readonly #demands: readonly Demand[];
  readonly #slot: HoldSlot | undefined;
  readonly #reservedMs: number;
  #money: Nano = 0n;
  #isOpen = true;

  constructor(teller: Pick<Teller, "reserveMore">, clock: Clock, reserved: Reserved) {
    const { demands, slot, reservedMs } = reserved;
    this.#teller = teller;
    this.#clock = clock;
    this.#demands = demands;
    this.#slot = slot;
    this.#reservedMs = reservedMs;
    for (const { meter, amount } of demands) if (isMoney(meter.terms.measure)) this.#money = amount;
    slot?.add(this.#money);
  }

  /** What of money is reserved, in the account's currency. */
  get money(): Nano {
    return this.#money;
  }

  /** The limit of requests or tokens a minute of which the smallest part is left; undefined where there is none. */
  rate(measure: "requests" | "tokens"): RateView | undefined {
    const nowMs = this.#clock.monotonic();
    let tightest: RateView | undefined;
    for (const { meter } of this.#demands) {
      if (meter.terms.measure !== measure) continue;
      const view = meter.rate(nowMs);
      if (view && (!tightest || view.remaining * tightest.limit < tightest.remaining * view.limit)) tightest = view;
    }
    return tightest;
  }

  /** Reserves up to so much money in all. Says why it could not: then nothing has changed. */
  extend(money: Nano): Refusal | Promise<Refusal> {
    const more = money - this.#money;
    if (more <= 0n || !this.#isOpen) return undefined;
    const demands = this.#demands.flatMap(({ meter }) =>
      isMoney(meter.terms.measure) ? [{ meter, amount: more }] : [],
    );
    if (demands.length === 0) return undefined;
    const note = (refusal: Refusal) => {
      if (refusal) return refusal;
      if (!this.#isOpen) {
        for (const { meter } of demands) meter.giveBack(more);
        return undefined;
      }
      this.#money += more;
      this.#slot?.add(more);
      return undefined;
    };
    const refusal = this.#teller.reserveMore(demands);
    return refusal instanceof Promise ? refusal.then(note) : note(refusal);
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
