import type { Nano } from "../../base/money.ts";

/** What a meter counts: money that is spent, or a share of what may go on at a time. */
export const measures = ["budget", "balance", "tokens", "requests", "concurrency"] as const;
export type Measure = (typeof measures)[number];

/** One limit of one account in one window. */
export interface MeterTerms {
  id: string;
  /** `organisation:NAME`, `project:NAME`, `key:ID` or `session:KEY/SESSION`. */
  account: string;
  measure: Measure;
  /** Empty where no money is counted. */
  currency: string;
  /** The window, in milliseconds since 1970: from, inclusive; to, exclusive. */
  startMs: number;
  endMs: number;
  /** Its count begins with the meter itself: what was spent before does not matter. */
  startsAtZero?: boolean;
  /** The window in words, for people: `this month`. */
  words?: string;
}

/**
 * What a holder says of one meter: all that it has, and what it lacks. Amounts are cumulative, so that a claim that arrives twice, or
 * whose answer is lost, changes nothing. Nano-units, tokens, requests.
 */
export interface Claim {
  meter: MeterTerms;
  /** Undefined where the meter is only looked at. The balance's own is its credit. */
  limit: bigint | undefined;
  /** Of money: all that was granted, less what was given back. Of a share: what it keeps. */
  keeps: bigint;
  /** What of it no request has reserved or used. */
  idle: bigint;
  /** What the first request that waits lacks; 0 where none waits. */
  needs: bigint;
  /** What it would like to have beside that. */
  wants: bigint;
  /** It gives back everything, and asks no more. */
  closes?: boolean;
  /** The holder has had nothing of it, or has closed what it had. */
  isNew?: boolean;
}

export interface Grant {
  /** What the holder has from now on, as `keeps` counts it. */
  keeps: bigint;
  spent: Nano;
  credit: Nano;
  /** What of the holder's own spending is in `spent`. */
  drained: Nano;
  /** What nobody has. */
  free: bigint;
  /** What others have and do not use. */
  idleElsewhere: bigint;
  /** Somebody has waited for longer: all that is idle is to be given back at once. */
  yields: boolean;
}

/** What the store knows of one holder's lease. */
export interface LeaseState {
  holder: string;
  granted: bigint;
  drained: bigint;
  idle: bigint;
  needs: bigint;
  /** Since when it waits, milliseconds since 1970; 0 where it does not. */
  waitsMs: number;
  sequence: number;
  /** When its holder expires, which each renewal of the holder puts off. */
  expiresMs: number;
}

export interface MeterState {
  spent: Nano;
  credit: Nano;
  leases: readonly LeaseState[];
}

const dayMs = 86_400_000;

/**
 * How long a lease still counts after it has expired. Whoever had it does not use it any more, but what it has spent may be in a
 * journal that comes later; requests of the last minute count for their minute.
 */
const countedAfterMs: Record<Measure, number> = {
  budget: dayMs,
  balance: dayMs,
  tokens: 60_000,
  requests: 60_000,
  concurrency: 0,
};

/** Columns of 64 bits hold it, and so many units of any currency are nobody's budget. */
const amountMax = 9_000_000_000_000_000_000n;

export function isMoney(measure: Measure): measure is "budget" | "balance" {
  return measure === "budget" || measure === "balance";
}

/** What of a lease is not spent, as far as the store knows. */
export function leftOf(measure: Measure, { granted, drained }: Pick<LeaseState, "granted" | "drained">): bigint {
  return isMoney(measure) ? greatest(granted - drained, 0n) : granted;
}

/** Whether a lease counts against the meter. */
export function counts(measure: Measure, { expiresMs }: Pick<LeaseState, "expiresMs">, nowMs: number): boolean {
  return nowMs < expiresMs + countedAfterMs[measure];
}

/**
 * What the store does with a claim. The rule that holds at every moment: what is spent, and what is left of all leases, is together at
 * most the limit (unless the limit was lowered meanwhile, or a request has cost more than it had reserved).
 *
 * Whoever waits for longer comes first: what it lacks is granted to nobody else, and others give back what is idle. So fragments of a
 * budget that are each too small for a request come together, and the last of it can be spent. The new lease is undefined where it ends.
 */
export function grantClaim(
  meter: MeterState,
  { claim, holder, sequence, expiresMs }: { claim: Claim; holder: string; sequence: number; expiresMs: number },
  nowMs: number,
): { lease: LeaseState | undefined; grant: Grant } {
  const { measure } = claim.meter;
  const known = meter.leases.find((lease) => lease.holder === holder);
  const isStale = known !== undefined && known.sequence >= sequence;
  const own = claim.isNew && !isStale ? undefined : known;
  const counted = meter.leases.filter((lease) => lease !== known && counts(measure, lease, nowMs));
  const live = counted.filter((lease) => nowMs < lease.expiresMs);
  const limit = measure === "balance" ? meter.credit : claim.limit;
  const spent = isMoney(measure) ? meter.spent : 0n;
  const taken = counted.reduce((sum, lease) => sum + leftOf(measure, lease), 0n);
  const idleElsewhere = live.reduce((sum, lease) => sum + least(lease.idle, leftOf(measure, lease)), 0n);
  const drained = own?.drained ?? 0n;
  // Of a request that cost more than was left the store knows before the holder has been granted it.
  const keeps = isStale ? known.granted : isMoney(measure) ? greatest(claim.keeps, drained) : claim.keeps;
  const base = claim.closes ? 0n : leftOf(measure, { granted: keeps, drained });
  const free = limit === undefined ? 0n : least(limit, amountMax) - spent - taken - base;
  const waitsMs = claim.needs === 0n ? 0 : own?.waitsMs || nowMs;
  const waiting = live.filter((lease) => lease.needs > 0n);
  const older = waiting.filter((lease) => waitsMs === 0 || isBefore(lease, { waitsMs, holder }));
  const grantOf = (granted: bigint): Grant => ({
    keeps: keeps + granted,
    spent: meter.spent,
    credit: meter.credit,
    drained,
    free: greatest(free - granted, 0n),
    idleElsewhere,
    yields: free - granted < 0n || older.some((lease) => lease.needs > free - granted),
  });
  if (claim.closes && !isStale) return { lease: undefined, grant: grantOf(0n) };
  if (isStale) return { lease: own, grant: grantOf(0n) };
  const grantable = greatest(free - older.reduce((sum, { needs }) => sum + needs, 0n), 0n);
  const share = grantable / BigInt(2 * (live.length + 1));
  const wanted = claim.needs + (older.length > 0 ? 0n : least(claim.wants, share));
  // Whoever has waited longest gets parts, too: they come together with it.
  const isWhole = claim.needs <= grantable;
  const granted = isWhole ? least(wanted, grantable) : older.length > 0 ? 0n : grantable;
  const needs = greatest(claim.needs - granted, 0n);
  const lease: LeaseState = {
    holder,
    granted: keeps + granted,
    drained,
    idle: needs > 0n || granted === 0n ? claim.idle : claim.idle + granted - claim.needs,
    needs,
    waitsMs: needs > 0n ? waitsMs : 0,
    sequence,
    expiresMs,
  };
  return { lease, grant: grantOf(granted) };
}

function isBefore(one: Pick<LeaseState, "waitsMs" | "holder">, other: Pick<LeaseState, "waitsMs" | "holder">): boolean {
  return one.waitsMs === other.waitsMs ? one.holder < other.holder : one.waitsMs < other.waitsMs;
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

function greatest(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
