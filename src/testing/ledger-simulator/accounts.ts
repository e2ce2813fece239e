import type { Measure, MeterTerms } from "../../ledger/account/bank.ts";
import type { Timeline } from "./timeline.ts";

/** A limit of an account, in one window after the other. */
interface Rule {
  account: string;
  measure: Measure;
  limit: bigint;
  /** Only budgets: a day, whose end may come while requests run; else in all. */
  isByDay: boolean;
}

/** Who sends requests. */
export interface SimulatedKey {
  organisation: string;
  project: string;
  keyId: string;
  accounts: readonly string[];
  rules: readonly Rule[];
}

export interface SimulatedAccounts {
  keys: readonly SimulatedKey[];
  worstCostMax: number;
  worstTokensMax: number;
  /** A day's end, milliseconds since 1970. */
  midnightMs: number;
  balances: readonly MeterTerms[];
}

const currency = "USD";
const endless = Number.MAX_SAFE_INTEGER;
const day = 86_400_000;

/** An organisation with two projects and three keys, of which any may be bounded. */
export function makeAccounts(timeline: Timeline, midnightMs: number): SimulatedAccounts {
  const worstCostMax = timeline.whole(2, 5_000);
  const worstTokensMax = timeline.whole(1, 1_000);
  const money = (factor: number) => BigInt(Math.ceil(worstCostMax * timeline.between(1, factor)));
  const rules: Rule[] = [];
  const add = (chance: number, account: string, measure: Measure, limit: bigint, isByDay = false) => {
    if (timeline.chance(chance)) rules.push({ account, measure, limit, isByDay });
  };
  add(0.6, "organisation:acme", "budget", money(200));
  add(0.3, "organisation:acme", "concurrency", BigInt(timeline.whole(1, 30)));
  for (const project of ["one", "two"]) {
    add(0.5, `project:${project}`, "budget", money(80), true);
    add(0.2, `project:${project}`, "balance", 0n);
    add(0.4, `project:${project}`, "tokens", BigInt(worstTokensMax * timeline.whole(1, 60)));
    add(0.2, `project:${project}`, "concurrency", BigInt(timeline.whole(1, 10)));
  }
  for (const key of ["a", "b", "c"]) {
    add(0.3, `key:${key}`, "budget", money(40), timeline.chance(0.5));
    add(0.3, `key:${key}`, "requests", BigInt(timeline.whole(1, 60)));
  }
  const keyOf = (keyId: string, project: string): SimulatedKey => {
    const accounts = ["organisation:acme", `project:${project}`, `key:${keyId}`];
    return {
      organisation: "acme",
      project,
      keyId,
      accounts,
      rules: rules.filter(({ account }) => accounts.includes(account)),
    };
  };
  const keys = [keyOf("a", "one"), keyOf("b", "one"), keyOf("c", "two")];
  const balances = rules.filter(({ measure }) => measure === "balance").map((rule) => termsOf(rule, 0, midnightMs));
  return { keys, worstCostMax, worstTokensMax, midnightMs, balances };
}

/** The meter of a rule at a time of some clock. */
export function termsOf({ account, measure, isByDay }: Rule, timeMs: number, midnightMs: number): MeterTerms {
  const isMoney = measure === "budget" || measure === "balance";
  const of = { account, measure, currency: isMoney ? currency : "" };
  if (!isByDay) return { ...of, id: `${account} ${measure}`, startMs: 0, endMs: endless };
  return timeMs < midnightMs
    ? { ...of, id: `${account} ${measure} 1`, startMs: midnightMs - day, endMs: midnightMs }
    : { ...of, id: `${account} ${measure} 2`, startMs: midnightMs, endMs: midnightMs + day };
}
