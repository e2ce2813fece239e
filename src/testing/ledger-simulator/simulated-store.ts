import {
  counts,
  endsAtClose,
  grantClaim,
  isLate,
  isMoney,
  leftOf,
  spentOf,
  startOf,
  waitsSinceMs,
  type Claim,
  type Grant,
  type LeaseState,
  type MeterTerms,
  type Spending,
} from "../../ledger/account/bank.ts";
import type { HolderState, UnknownSpend } from "../../ledger/store/account-store.ts";
import type { Fault } from "./faults.ts";

export interface StoredMeter {
  terms: MeterTerms;
  limit: bigint | undefined;
  spent: bigint;
  credit: bigint;
  leases: Map<string, LeaseState>;
}

export interface StoredRecord {
  id: string;
  spending: Spending;
}

interface Holder {
  sequence: number;
  expiresMs: number;
  isClosed: boolean;
}

/** The store in memory: the bookkeeping of `sql-accounts.ts` and `move-meters.ts` around the same pure rules. */
export class SimulatedStore {
  readonly meters = new Map<string, StoredMeter>();
  readonly #holders = new Map<string, Holder>();
  readonly #ids = new Set<string>();
  /** All records and entries. */
  readonly spendings: Spending[] = [];
  readonly entries: Spending[] = [];
  readonly #now: () => number;
  readonly #fault: Fault | undefined;

  constructor(now: () => number, fault: Fault | undefined) {
    this.#now = now;
    this.#fault = fault;
  }

  /** Undefined where the message comes too late. */
  renewLeases(
    { id, sequence, leaseMs }: HolderState,
    claims: readonly Claim[],
  ): { grants: Grant[]; wanted: string[] } | undefined {
    const nowMs = this.#now();
    const holder = this.#holderOf(id);
    if (isLate(holder, sequence) && this.#fault !== "takes late messages") return undefined;
    const expiresMs = nowMs + leaseMs;
    const grants = claims.map((claim) => this.#renewLease(claim, id, expiresMs));
    holder.sequence = sequence;
    holder.expiresMs = expiresMs;
    for (const { leases } of this.meters.values()) {
      const lease = leases.get(id);
      if (lease) lease.expiresMs = expiresMs;
    }
    return { grants, wanted: this.wantedMeters() };
  }

  wantedMeters(): string[] {
    const sinceMs = waitsSinceMs(this.#now());
    const isWanted = ({ leases }: StoredMeter) =>
      leases.values().some(({ needs, waitsMs }) => needs > 0n && waitsMs > sinceMs);
    return [...this.meters].flatMap(([id, meter]) => (isWanted(meter) ? [id] : []));
  }

  insertUsage(rows: readonly StoredRecord[], holder: string | undefined): void {
    const added = rows.filter(({ id }) => this.#fault === "counts replayed records" || !this.#ids.has(id));
    for (const { id } of added) this.#ids.add(id);
    this.#moveSpending(
      added.map(({ spending }) => spending),
      holder,
    );
  }

  closeHolder(id: string, unknown: readonly UnknownSpend[]): void {
    const nowMs = this.#now();
    const holder = this.#holderOf(id);
    if (holder.isClosed) return;
    holder.isClosed = true;
    holder.expiresMs = Math.min(holder.expiresMs, nowMs);
    for (const { organisation, project, keyId, currency, time, amount } of unknown) {
      if (this.#fault === "books nothing for what a crash cut") continue;
      const accounts = [`organisation:${organisation}`, `project:${project}`, `key:${keyId}`];
      const entry = { time, accounts, currency, amount };
      this.entries.push(entry);
      this.#moveSpending([entry], undefined);
    }
    for (const { terms, leases } of this.meters.values()) {
      const lease = leases.get(id);
      if (!lease) continue;
      lease.expiresMs = holder.expiresMs;
      lease.needs = 0n;
      lease.waitsMs = 0;
      if (endsAtClose(terms.measure) || this.#fault === "ends shares with their holder") leases.delete(id);
    }
  }

  topUp(terms: MeterTerms, amount: bigint): void {
    this.#meterOf(terms).credit += amount;
  }

  /** What is left of all leases that count. */
  leased({ terms, leases }: StoredMeter): bigint {
    let sum = 0n;
    for (const lease of leases.values())
      if (counts(terms.measure, lease, this.#now())) sum += leftOf(terms.measure, lease);
    return sum;
  }

  isClosed(holder: string): boolean {
    return this.#holders.get(holder)?.isClosed === true;
  }

  #holderOf(id: string): Holder {
    let holder = this.#holders.get(id);
    if (!holder) this.#holders.set(id, (holder = { sequence: 0, expiresMs: 0, isClosed: false }));
    return holder;
  }

  #meterOf(terms: MeterTerms): StoredMeter {
    let meter = this.meters.get(terms.id);
    if (meter) return meter;
    const startMs = startOf(terms, this.#now());
    const spent = terms.measure === "budget" ? spentOf(terms, this.spendings) : 0n;
    meter = { terms: { ...terms, startMs }, limit: undefined, spent, credit: 0n, leases: new Map() };
    this.meters.set(terms.id, meter);
    return meter;
  }

  #renewLease(claim: Claim, holder: string, expiresMs: number): Grant {
    const nowMs = this.#now();
    const meter = this.#meterOf(claim.meter);
    meter.limit = claim.meter.measure === "balance" ? undefined : claim.limit;
    const { spent, credit } = meter;
    const leases = this.#leasesOf(meter, holder);
    const { lease, grant } = grantClaim({ spent, credit, leases }, { claim, holder, expiresMs }, nowMs);
    for (const one of leases)
      if (!counts(claim.meter.measure, one, nowMs) && one.holder !== holder) meter.leases.delete(one.holder);
    if (lease) meter.leases.set(holder, lease);
    else meter.leases.delete(holder);
    return grant;
  }

  /** As they are, or as a mistake would have them. */
  #leasesOf({ leases }: StoredMeter, holder: string): LeaseState[] {
    const nowMs = this.#now();
    const all = [...leases.values()];
    const isOwn = (lease: LeaseState) => lease.holder === holder;
    if (this.#fault === "grants what others have") return all.filter(isOwn);
    if (this.#fault === "forgets leases that have expired")
      return all.filter((lease) => isOwn(lease) || nowMs < lease.expiresMs);
    if (this.#fault === "tells nobody what is idle")
      return all.map((lease) => (isOwn(lease) ? lease : { ...lease, idle: 0n }));
    return all;
  }

  #moveSpending(spendings: readonly Spending[], holder: string | undefined): void {
    this.spendings.push(...spendings);
    for (const meter of this.meters.values()) {
      if (!isMoney(meter.terms.measure)) continue;
      const amount = spentOf(meter.terms, spendings);
      meter.spent += amount;
      const lease = holder === undefined ? undefined : meter.leases.get(holder);
      if (lease && this.#fault !== "leaves what is spent in the lease") lease.drained += amount;
    }
  }
}
