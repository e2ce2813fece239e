import type { BudgetPeriod } from "../../base/declared-terms.ts";
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
  /** Of a budget. */
  period?: BudgetPeriod;
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
  /** What of the money that was spent is known to be counted by the store. */
  drained: bigint;
  /** What of it no request has reserved or used. */
  idle: bigint;
  /** What the first request that waits lacks; 0 where none waits. */
  needs: bigint;
  /** For how long that request has waited. A duration, so that clocks need not agree. */
  waitedMs: number;
  /** What it would like to have beside that. */
  wants: bigint;
  /** It gives back everything, and asks no more. */
  closes?: boolean;
  /** The holder has nothing of it: it has had nothing yet, or has closed what it had. */
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
  /** Since when the request waits that lacks it, milliseconds since 1970; 0 where none does. */
  waitsMs: number;
  /** When its holder expires, which each renewal of the holder puts off. */
  expiresMs: number;
}

export interface MeterState {
  spent: Nano;
  credit: Nano;
  leases: readonly LeaseState[];
}

/** What was spent, by whom, and when: a record or an entry, as far as accounts are concerned. */
export interface Spending {
  time: number;
  accounts: readonly string[];
  currency: string;
  amount: bigint;
}

const dayMs = 86_400_000;
/** Requests that had begun when a balance was made are paid from it, whichever machine's clock is behind. */
const balanceLeadMs = 60_000;

/**
 * How long a lease still counts after it has expired. Whoever had it does not use it any more, but what it has spent may be in a
 * journal that comes later; requests of the last minute count for their minute.
 */
const countedAfterMs: Record<Measure, number> = {
  budget: dayMs,
  balance: dayMs,
  tokens: 60_000,
  requests: 60_000,
  // What is under way at a process without a store goes on for a while.
  concurrency: 600_000,
};

/**
 * How long a request waits for what others have and do not use, before it is refused. They give it back at their next look at the store,
 * half a second later at most, and the store is asked for it again and again meanwhile.
 */
export const waitMsMax = 2_000;
/** Who has waited for longer than that, and the time of a message, has crashed or lost the store: nobody waits for it. */
const waitCountsMs = waitMsMax + 500;

/** Columns of 64 bits hold it, and so many units of any currency are nobody's budget. */
const amountMax = 9_000_000_000_000_000_000n;

export function isMoney(measure: Measure): measure is "budget" | "balance" {
  return measure === "budget" || measure === "balance";
}

/** From when on spending counts against a meter that is made at this moment: milliseconds since 1970. */
export function startOf({ measure, startMs }: Pick<MeterTerms, "measure" | "startMs">, nowMs: number): number {
  return measure === "balance" ? nowMs - balanceLeadMs : startMs;
}

/** How much of some spending counts against a meter of money. */
export function spentOf(
  { account, currency, startMs, endMs }: Pick<MeterTerms, "account" | "currency" | "startMs" | "endMs">,
  spendings: readonly Spending[],
): bigint {
  let sum = 0n;
  for (const { accounts, amount, time, ...of } of spendings)
    if (of.currency === currency && time >= startMs && time < endMs && accounts.includes(account)) sum += amount;
  return sum;
}

/** What of a lease is not spent, as far as the store knows. */
export function leftOf(measure: Measure, { granted, drained }: Pick<LeaseState, "granted" | "drained">): bigint {
  return isMoney(measure) ? greatest(granted - drained, 0n) : granted;
}

/** Whether a lease counts against the meter. */
export function counts(measure: Measure, { expiresMs }: Pick<LeaseState, "expiresMs">, nowMs: number): boolean {
  return nowMs < expiresMs + countedAfterMs[measure];
}

/** A request that began to wait after this moment, and lacks something, waits for it still. */
export function waitsSinceMs(nowMs: number): number {
  return nowMs - waitCountsMs;
}

/** Whether a message of a holder comes too late, after a newer one or after its end: it must change nothing. */
export function isLate(holder: { sequence: number; isClosed: boolean } | undefined, sequence: number): boolean {
  return holder !== undefined && (holder.isClosed || sequence <= holder.sequence);
}

/** Whether a lease ends with its holder's close. What was sent in the last minute counts until the minute has passed. */
export function endsAtClose(measure: Measure): boolean {
  return measure !== "tokens" && measure !== "requests";
}

/**
 * What the store does with a claim. The rule that holds at every moment: what is spent, and what is left of all leases, is together at
 * most the limit (unless the limit was lowered meanwhile, or a request has cost more than it had reserved).
 *
 * Whoever waits for longest comes first: what it lacks is granted to nobody else, and others give back what is idle. So fragments of a
 * budget that are each too small for a request come together, and the last of it can be spent. The new lease is undefined where it ends.
 *
 * `expiresMs`: until when the holder is good with this renewal; the lease that is known has the time of the last one.
 */
export function grantClaim(
  meter: MeterState,
  { claim, holder, expiresMs }: { claim: Claim; holder: string; expiresMs: number },
  nowMs: number,
): { lease: LeaseState | undefined; grant: Grant } {
  const { measure } = claim.meter;
  const known = meter.leases.find((lease) => lease.holder === holder);
  const own = claim.isNew ? undefined : known;
  const counted = meter.leases.filter((lease) => lease !== known && counts(measure, lease, nowMs));
  const live = counted.filter((lease) => nowMs < lease.expiresMs);
  const limit = measure === "balance" ? meter.credit : claim.limit;
  const spent = isMoney(measure) ? meter.spent : 0n;
  const taken = counted.reduce((sum, lease) => sum + leftOf(measure, lease), 0n);
  const idleElsewhere = live.reduce((sum, lease) => sum + least(lease.idle, leftOf(measure, lease)), 0n);
  // One that has not counted for a while: others may have by now what of it was idle.
  const isForgotten = !claim.isNew && (own === undefined || !counts(measure, own, nowMs));
  const drained = own?.drained ?? (claim.isNew ? 0n : claim.drained);
  const claimed = isForgotten ? claim.keeps - claim.idle : claim.keeps;
  // Of a request that cost more than was left the store knows before the holder has been granted it.
  const keeps = isMoney(measure) ? greatest(claimed, drained) : claimed;
  const base = claim.closes ? 0n : leftOf(measure, { granted: keeps, drained });
  const free = limit === undefined ? 0n : least(limit, amountMax) - spent - taken - base;
  // What is nowhere to be had its holder refuses, when it hears of that; nobody else waits for it.
  const asked = claim.needs > greatest(free, 0n) + idleElsewhere ? 0n : claim.needs;
  const waitsMs = asked === 0n ? 0 : nowMs - claim.waitedMs;
  const waiting = live.filter((lease) => lease.needs > 0n && lease.waitsMs > waitsSinceMs(nowMs));
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
  if (claim.closes) return { lease: undefined, grant: grantOf(0n) };
  const grantable = greatest(free - older.reduce((sum, { needs }) => sum + needs, 0n), 0n);
  const share = grantable / BigInt(2 * (live.length + 1));
  const wanted = asked + (older.length > 0 ? 0n : least(claim.wants, share));
  // Whoever has waited longest gets parts, too: they come together with it.
  const isWhole = asked <= grantable;
  const granted = isWhole ? least(wanted, grantable) : older.length > 0 ? 0n : grantable;
  const needs = greatest(asked - granted, 0n);
  const idle = isForgotten ? 0n : claim.idle;
  const lease: LeaseState = {
    holder,
    granted: keeps + granted,
    drained,
    idle: needs > 0n || granted === 0n ? idle : idle + granted - asked,
    needs,
    waitsMs: needs > 0n ? waitsMs : 0,
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
