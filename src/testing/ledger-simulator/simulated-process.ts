import type { Clock } from "../../base/clock.ts";
import { AdmissionQueue, type Verdict } from "../../ledger/account/admission-queue.ts";
import { isMoney, waitMsMax, type Spending } from "../../ledger/account/bank.ts";
import { unknownSpend } from "../../ledger/account/unknown-spend.ts";
import { must } from "../../base/assert.ts";
import { SahabError } from "../../base/errors.ts";
import { Purse, type Demand, type Renewal } from "../../ledger/account/purse.ts";
import { Hold } from "../../ledger/account/teller.ts";
import type { UnknownSpend } from "../../ledger/store/account-store.ts";
import { termsOf, type SimulatedAccounts, type SimulatedKey } from "./accounts.ts";
import { Violation, type Checks } from "./checks.ts";
import type { Fault } from "./faults.ts";
import type { Network } from "./network.ts";
import type { SimulatedStore, StoredRecord } from "./simulated-store.ts";
import type { Timeline } from "./timeline.ts";

export interface ProcessDeps {
  timeline: Timeline;
  store: SimulatedStore;
  network: Network;
  checks: Checks;
  accounts: SimulatedAccounts;
  /** All processes, in the end of all who may have something idle. */
  fleet: readonly SimulatedProcess[];
  counts: Counts;
}

/** What is told a request that wants more: the simulation only looks at whether it is there. */
const noRoom = new SahabError("budget_exceeded", "There is no room");

/** What a run did. */
export interface Counts {
  admitted: number;
  refused: number;
  waited: number;
  storeAway: number;
  crashes: number;
  renewals: number;
}

/** What a request asks for, and what it turns out to cost. */
export interface Order {
  key: SimulatedKey;
  worstCost: bigint;
  cost: bigint;
  worstTokens: bigint;
  tokens: bigint;
  lifeMs: number;
  /** Asks for more money on its way. */
  extends: boolean;
  /** Only its money counts. */
  isOnlyMoney?: boolean;
}

interface Served {
  id: string;
  order: Order;
  hold: Hold;
  demands: readonly Demand[];
  /** When it arrived by the process's clock. */
  timeMs: number;
  charged: bigint;
  /** What its progress record in the journal tells of. */
  noted: bigint | undefined;
}

interface Slot {
  of: UnknownSpend;
  add(amount: bigint): void;
}

const drainMs = 250;
const durableMs = 3;

/** One serving process: its leases, its requests, and what survives its crash. */
export class SimulatedProcess {
  readonly #deps: ProcessDeps;
  readonly #options: { leaseMs: number; fault: Fault | undefined; index: number };
  readonly #clock: Clock;
  readonly #driftParts: number;
  #holder = "";
  #lives = 0;
  #state: "serving" | "down" | "gone" = "down";
  #isRecovering = false;
  /** Calls that were made for an earlier life do nothing. */
  #epoch = 0;
  #purse!: Purse;
  #queue!: AdmissionQueue;
  #timerMs = Infinity;
  #served = new Map<string, Served>();
  #number = 0;
  /** What a crash leaves. */
  #journal: StoredRecord[] = [];
  #drained = 0;
  #isDraining = false;
  #slots = new Map<string, Slot>();
  #sentMs: number | undefined;

  constructor(deps: ProcessDeps, options: { leaseMs: number; fault: Fault | undefined; index: number }) {
    const { timeline } = deps;
    this.#deps = deps;
    this.#options = options;
    const offsetMs = timeline.between(-5_000, 5_000);
    // A clock that is kept right by the network runs fast or slow by at most half a thousandth.
    this.#driftParts = 1 + timeline.between(-0.0005, 0.0005);
    const startMs = timeline.nowMs;
    const baseMs = timeline.between(0, 1e6);
    this.#clock = {
      now: () => Math.round(timeline.nowMs + offsetMs),
      monotonic: () => baseMs + (timeline.nowMs - startMs) * this.#driftParts,
    };
  }

  get name(): string {
    return `p${this.#options.index}`;
  }

  get isServing(): boolean {
    return this.#state === "serving";
  }

  get isGone(): boolean {
    return this.#state === "gone";
  }

  /** Nothing of it is under way, and the store has all its records. */
  get isQuiet(): boolean {
    return this.#served.size === 0 && this.#drained === this.#journal.length;
  }

  get holder(): string {
    return this.#holder;
  }

  start(): void {
    this.#epoch++;
    this.#state = "serving";
    this.#isRecovering = false;
    this.#holder = `${this.name}-${++this.#lives}`;
    this.#purse = new Purse({ leaseMs: this.#options.leaseMs });
    this.#queue = new AdmissionQueue(this.#purse);
    this.#timerMs = Infinity;
    this.#served = new Map();
    this.#journal = [];
    this.#drained = 0;
    this.#isDraining = false;
    this.#slots = new Map();
    this.#sentMs = undefined;
    this.#later(drainMs, () => this.#drain());
  }

  /** Has the checks know of all meters that requests of a key would have now. */
  watch(key: SimulatedKey): void {
    for (const rule of key.rules)
      this.#deps.checks.watch(termsOf(rule, this.#clock.now(), this.#deps.accounts.midnightMs), rule.limit);
  }

  /** What it could give to others, if they reached it. */
  idleOf(id: string): bigint {
    if (this.#state !== "serving" || this.#deps.network.isApart(this.name)) return 0n;
    // What it says to the store takes its time.
    if (this.#sentMs !== undefined && this.#deps.timeline.nowMs - this.#sentMs > 200) return 0n;
    const meter = this.#purse.meters.find(({ terms }) => terms.id === id);
    if (!meter || this.#purse.isExpired(this.#clock.monotonic())) return 0n;
    const available = meter.available(this.#clock.monotonic());
    return available > 0n ? available : 0n;
  }

  /** What its requests that wait ask for. */
  waitingFor(id: string): bigint {
    if (this.#state !== "serving") return 0n;
    const meter = this.#purse.meters.find(({ terms }) => terms.id === id);
    return meter?.waiting.reduce((sum, { amount }) => sum + amount, 0n) ?? 0n;
  }

  /** A request arrives. `ended`: called with how it went. */
  serve(order: Order, ended?: (verdict: Verdict) => void): void {
    if (this.#state !== "serving") return;
    const { timeline, counts } = this.#deps;
    const nowMs = this.#clock.monotonic();
    const timeMs = this.#clock.now();
    const demands = this.#demandsOf(order, timeMs, nowMs);
    const sinceMs = timeline.nowMs;
    const decide = (verdict: Verdict, reservedMs: number) => {
      ended?.(verdict);
      const waitedMs = timeline.nowMs - sinceMs;
      if (verdict === "admitted") this.#begin(order, demands, { timeMs, reservedMs });
      else if (verdict === "store-away") counts.storeAway++;
      else if (verdict !== "stopped") this.#checkRefusal(verdict, demands, waitedMs);
      if (waitedMs > waitMsMax + 200) throw new Violation(`a request has waited for ${waitedMs} ms`);
    };
    const verdict = this.#queue.reserve(demands, nowMs);
    if (verdict) decide(verdict, nowMs);
    else {
      counts.waited++;
      this.#queue.wait(demands, decide, nowMs);
    }
    this.#arm();
  }

  /** Everything in memory is lost. */
  crash(): void {
    if (this.#state !== "serving") return;
    const { timeline, checks, counts } = this.#deps;
    timeline.note(() => `${this.name} crashes`);
    counts.crashes++;
    this.#epoch++;
    this.#state = "down";
    for (const { order, demands, charged } of this.#served.values()) {
      // The vendor may have gone on for a while, and charges for it.
      const more = BigInt(timeline.whole(0, Number(order.cost - charged)));
      for (const { meter } of demands) {
        if (isMoney(meter.terms.measure)) checks.charge(meter.terms.id, more);
        if (meter.terms.measure === "concurrency") checks.count(meter.terms.id, -1n);
      }
    }
    for (const { id } of this.#purse.meters.map(({ terms }) => terms)) this.#noteReach(id);
  }

  /** Its machine does not come back. */
  vanish(): void {
    this.crash();
    this.#state = "gone";
  }

  /** Reads its journal, closes its last life, and begins a new one. */
  restart(): void {
    if (this.#state !== "down" || this.#isRecovering) return;
    this.#isRecovering = true;
    const { timeline, store, network, checks } = this.#deps;
    const holder = this.#holder;
    timeline.note(() => `${this.name} recovers`);
    const open = [...this.#served.values()].filter(({ noted }) => noted !== undefined);
    const known = open.map(({ order, timeMs, noted }) => knownSpend(order, timeMs, noted!));
    const interrupted = open.map(({ id }, at) => ({ id, spending: spendingOf(known[at]!) }));
    const unknown = unknownSpend(
      this.#slots
        .values()
        .map(({ of }) => of)
        .toArray(),
      known,
    );
    const rows = [...this.#journal.slice(this.#drained), ...interrupted];
    checks.book(interrupted.map(({ spending }) => spending));
    const close = () =>
      network.call(this.name, () => store.closeHolder(holder, unknown), { done: began, failed: again });
    const began = () => {
      if (this.#state !== "down" || this.#holder !== holder) return;
      this.#touched();
      this.start();
    };
    const recover = () =>
      network.call(this.name, () => store.insertUsage(rows, holder), { done: close, failed: again });
    const again = () => timeline.after(1_000, recover);
    recover();
  }

  #demandsOf({ key, worstCost, worstTokens, isOnlyMoney }: Order, timeMs: number, nowMs: number): Demand[] {
    const amounts = { budget: worstCost, balance: worstCost, tokens: worstTokens, requests: 1n, concurrency: 1n };
    return key.rules.flatMap((rule) => {
      const { measure, limit } = rule;
      if (isOnlyMoney && !isMoney(measure)) return [];
      const terms = termsOf(rule, timeMs, this.#deps.accounts.midnightMs);
      this.#deps.checks.watch(terms, limit);
      const meter = must(this.#purse.meterOf(terms, limit, nowMs), "there are few meters");
      return [{ meter, amount: amounts[measure] }];
    });
  }

  #begin(order: Order, demands: readonly Demand[], at: { timeMs: number; reservedMs: number }): void {
    const { timeline, checks, counts } = this.#deps;
    counts.admitted++;
    const id = `${this.#holder}-${this.#number++}`;
    const slot = this.#slotOf(order.key, demands, at.timeMs);
    const reserveMore = (more: readonly Demand[]) =>
      this.#queue.reserveMore(more, this.#clock.monotonic()) === "admitted" ? undefined : noRoom;
    const hasMoney = demands.some(({ meter }) => isMoney(meter.terms.measure));
    const hold = new Hold({ reserveMore }, this.#clock, {
      demands,
      slot: hasMoney ? slot : undefined,
      reservedMs: at.reservedMs,
    });
    const served: Served = { id, order, hold, demands, timeMs: at.timeMs, charged: 0n, noted: undefined };
    this.#served.set(id, served);
    timeline.note(() => `${this.name} admits ${id}: up to ${order.worstCost}, ${order.worstTokens} tokens`);
    for (const { meter } of demands) {
      const { id: meterId, measure } = meter.terms;
      if (measure === "tokens") checks.use(meterId, order.tokens);
      if (measure === "requests") checks.use(meterId, 1n);
      if (measure === "concurrency") checks.count(meterId, 1n);
      this.#noteReach(meterId);
    }
    this.#later(order.lifeMs / 2, () => this.#goOn(served));
    this.#later(order.lifeMs, () => this.#settle(served));
  }

  /** In the middle of a request: a part is charged, its progress is noted, and some need more. */
  #goOn(served: Served): void {
    const { timeline } = this.#deps;
    const { order, hold } = served;
    if (order.extends) {
      if (hold.extend(order.worstCost * 2n) === undefined) served.order = { ...order, cost: order.cost * 2n };
      for (const { meter } of served.demands) this.#noteReach(meter.terms.id);
    }
    this.#charge(served, BigInt(timeline.whole(0, Number(order.cost))));
    if (timeline.chance(0.5)) served.noted = served.charged;
  }

  #charge(served: Served, amount: bigint): void {
    served.charged += amount;
    for (const { meter } of served.demands)
      if (isMoney(meter.terms.measure)) this.#deps.checks.charge(meter.terms.id, amount);
  }

  #settle(served: Served): void {
    const { timeline, checks } = this.#deps;
    const { id, order, hold, demands, timeMs } = served;
    this.#charge(served, order.cost - served.charged);
    hold.settle(order.cost, order.tokens);
    if (this.#options.fault === "settles twice")
      for (const { meter } of demands)
        if (isMoney(meter.terms.measure)) {
          meter.reserve(0n, this.#clock.monotonic());
          meter.settle(order.worstCost - order.cost, 0n, 0, this.#clock.monotonic());
        }
    timeline.note(() => `${this.name} settles ${id} at ${order.cost}`);
    for (const { meter } of demands) {
      if (meter.terms.measure === "concurrency") checks.count(meter.terms.id, -1n);
      this.#noteReach(meter.terms.id);
    }
    const spending = spendingOf(knownSpend(order, timeMs, order.cost));
    const written = timeline.between(0, durableMs);
    // A crash finds what is written in the journal, also where the process has not heard of it yet.
    this.#later(written, () => {
      this.#journal.push({ id, spending });
      this.#served.delete(id);
      checks.book([spending]);
    });
    this.#later(timeline.between(written, durableMs), () => hold.noteDurable());
  }

  /** One by key and set of windows, as the gateway has it. */
  #slotOf(key: SimulatedKey, demands: readonly Demand[], timeMs: number): Slot {
    const sinceMs = Math.max(0, ...demands.map(({ meter }) => meter.terms.startMs));
    const name = `${key.keyId} ${sinceMs}`;
    let slot = this.#slots.get(name);
    if (slot) return slot;
    const of = { ...knownSpend({ key }, timeMs, 0n) };
    slot = { of, add: (amount) => (of.amount += amount) };
    this.#slots.set(name, slot);
    return slot;
  }

  #checkRefusal({ meter: { terms }, amount }: Demand, demands: readonly Demand[], waitedMs: number): void {
    const { counts, checks, timeline } = this.#deps;
    counts.refused++;
    timeline.note(() => `${this.name} refuses ${amount} of ${terms.id} after ${waitedMs.toFixed(0)} ms`);
    this.#noteReach(terms.id);
    // Its clock may be fast.
    const hasWaited = waitedMs >= waitMsMax * 0.999;
    // Where messages are lost, others hear too late of what is lacking; and a request may have waited for another of its meters.
    if (hasWaited && (!this.#deps.network.isCalm || demands.length > 1)) return;
    const others = hasWaited ? this.#deps.fleet.reduce((sum, process) => sum + process.waitingFor(terms.id), 0n) : 0n;
    const reach = checks.steadyReach(terms.id) - others;
    if (amount <= reach)
      throw new Violation(
        `${amount} of ${terms.id} was refused after ${waitedMs} ms, and ${reach} was idle all the time`,
      );
  }

  #noteReach(id: string): void {
    const { checks, fleet } = this.#deps;
    checks.noteReach(
      id,
      fleet.map((process) => process.idleOf(id)),
    );
  }

  /** Every meter in the store may have changed. */
  #touched(): void {
    for (const { terms } of this.#deps.checks.meters) {
      this.#deps.checks.checkStore(terms.id);
      this.#noteReach(terms.id);
    }
  }

  #later(ms: number, act: () => void): void {
    const epoch = this.#epoch;
    this.#deps.timeline.after(ms, () => {
      if (epoch === this.#epoch) act();
    });
  }

  #arm(): void {
    const { nextMs } = this.#queue;
    if (nextMs >= this.#timerMs) return;
    this.#timerMs = nextMs;
    this.#later(Math.max(0.5, nextMs - this.#clock.monotonic()) / this.#driftParts, () => {
      if (this.#timerMs !== nextMs) return;
      this.#timerMs = Infinity;
      const renewal = this.#queue.advance(this.#clock.monotonic());
      if (renewal) this.#send(renewal);
      this.#arm();
    });
  }

  #send({ sequence, claims, isLook }: Renewal): void {
    const { store, network, checks, counts, timeline } = this.#deps;
    const epoch = this.#epoch;
    const holder = { id: this.#holder, place: this.name, sequence, leaseMs: this.#options.leaseMs };
    counts.renewals++;
    this.#sentMs = timeline.nowMs;
    // What a claim gives back is on its way now.
    for (const { meter } of claims) this.#noteReach(meter.id);
    const act = () => {
      if (isLook) return { wanted: store.wantedMeters() };
      const answer = store.renewLeases(holder, claims);
      timeline.note(
        () =>
          `store: ${holder.id} #${sequence} ${answer ? "" : "late "}${claims
            .map(
              ({ meter, keeps, needs }, at) =>
                `${meter.id}: has ${keeps} needs ${needs} gets ${answer?.grants[at]?.keeps}`,
            )
            .join("; ")}`,
      );
      for (const { meter } of claims) {
        checks.checkStore(meter.id);
        this.#noteReach(meter.id);
      }
      return answer;
    };
    const lost = () => {
      if (epoch !== this.#epoch) return;
      this.#sentMs = undefined;
      this.#queue.lose(sequence, this.#clock.monotonic());
      this.#arm();
    };
    network.call(this.name, act, {
      done: (answer) => {
        if (epoch !== this.#epoch) return;
        if (!answer) {
          lost();
          return;
        }
        this.#sentMs = undefined;
        this.#queue.take(sequence, answer, this.#clock.monotonic());
        for (const { meter } of claims) this.#noteReach(meter.id);
        this.#arm();
      },
      failed: lost,
    });
  }

  #drain(): void {
    this.#later(drainMs, () => this.#drain());
    const rows = this.#journal.slice(this.#drained, this.#drained + 100);
    if (this.#isDraining || rows.length === 0) return;
    const { store, network } = this.#deps;
    const [epoch, holder] = [this.#epoch, this.#holder];
    this.#isDraining = true;
    const act = () => {
      store.insertUsage(rows, holder);
      this.#touched();
    };
    network.call(this.name, act, {
      done: () => {
        if (epoch !== this.#epoch) return;
        this.#isDraining = false;
        this.#drained += rows.length;
      },
      failed: () => {
        if (epoch === this.#epoch) this.#isDraining = false;
      },
    });
  }
}

function knownSpend({ key }: Pick<Order, "key">, time: number, amount: bigint): UnknownSpend {
  const { organisation, project, keyId } = key;
  return { organisation, project, keyId, currency: "USD", time, amount };
}

function spendingOf({ organisation, project, keyId, currency, time, amount }: UnknownSpend): Spending {
  return { time, currency, amount, accounts: [`organisation:${organisation}`, `project:${project}`, `key:${keyId}`] };
}
