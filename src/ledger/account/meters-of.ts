import type { BudgetPeriod } from "../../base/declared-terms.ts";
import type { Nano } from "../../base/money.ts";
import type { Caller } from "../keys.ts";
import { sessionAccount } from "./account-names.ts";
import type { Measure, MeterTerms } from "./bank.ts";
import type { ProjectAccounts } from "./project-accounts.ts";
import type { AccountTerms, LimitTerms } from "./terms.ts";
import { windowOf } from "./window.ts";

/** A meter and what the configuration says of it. */
export interface BoundMeter {
  terms: MeterTerms;
  /** Of a budget. */
  period?: BudgetPeriod;
  /** Undefined where only soft budgets look at it. */
  limit: bigint | undefined;
  /** Soft budgets, which are told of and never stop anything. */
  soft: readonly Nano[];
  /** The models that count; undefined for all. */
  models?: LimitTerms["models"];
}

/** The meters of all requests of a caller that arrive while none of their windows begins or ends. */
export interface CallerMeters {
  /** From, inclusive, and to, exclusive: milliseconds since 1970. */
  sinceMs: number;
  untilMs: number;
  meters: readonly BoundMeter[];
  /** What a session may spend; undefined where none is bounded. */
  sessionBudget: Nano | undefined;
}

const endless = Number.MAX_SAFE_INTEGER;

/** Which meters bound a caller's requests at a time (milliseconds since 1970): its organisation's, its project's and its own. */
export function metersOf(
  caller: Pick<Caller, "keyId" | "bounds">,
  project: ProjectAccounts,
  timeMs: number,
): CallerMeters {
  const { currency, timeZone } = project;
  const own = caller.bounds && { ...caller.bounds, currency, timeZone };
  const all = own ? [...project.terms, own] : project.terms;
  const meters = all.flatMap((terms) => [...budgetsOf(terms, timeMs), ...limitsOf(terms)]);
  const sessions = all.flatMap(({ sessionBudget }) => (sessionBudget === undefined ? [] : [sessionBudget]));
  return {
    sinceMs: Math.max(0, ...meters.map(({ terms }) => terms.startMs)),
    untilMs: Math.min(endless, ...meters.map(({ terms }) => terms.endMs)),
    meters,
    sessionBudget: sessions.length === 0 ? undefined : sessions.reduce((one, other) => (other < one ? other : one)),
  };
}

/** The meter of a session, which counts from the session's first request on. */
export function sessionMeter(keyId: string, session: string, currency: string): MeterTerms {
  const account = sessionAccount(keyId, session);
  return {
    id: `${account} budget ${currency} total`,
    account,
    measure: "budget",
    currency,
    startMs: 0,
    endMs: endless,
    startsAtZero: true,
    words: "in all",
  };
}

const periodWords = { day: "today", week: "this week", month: "this month", total: "in all" } as const;

function budgetsOf({ account, currency, timeZone, budgets, prepaid }: AccountTerms, timeMs: number): BoundMeter[] {
  const byPeriod = Map.groupBy(budgets, ({ period }) => period);
  const bound = [...byPeriod].map(([period, declared]): BoundMeter => {
    const { startMs, endMs, name } = windowOf(period, timeMs, timeZone);
    const hard = declared.filter(({ soft }) => !soft).map(({ amount }) => amount);
    return {
      terms: {
        id: `${account} budget ${currency} ${name}`,
        account,
        measure: "budget",
        currency,
        startMs,
        endMs: Math.min(endMs, endless),
        period,
        words: periodWords[period],
      },
      period,
      limit: hard.length === 0 ? undefined : hard.reduce((one, other) => (other < one ? other : one)),
      soft: declared.flatMap(({ soft, amount }) => (soft ? [amount] : [])),
    };
  });
  if (!prepaid) return bound;
  const balance = meter(account, "balance", currency);
  // What its limit is, the store knows.
  return [...bound, { terms: balance, limit: 0n, soft: [] }];
}

function limitsOf({ account, limits }: AccountTerms): BoundMeter[] {
  return limits.map(({ measure, amount, models }) => ({
    terms: {
      ...meter(account, measure, models ? models.patterns.join(",") : ""),
      words: models ? ` for ${models.patterns.join(", ")}` : "",
    },
    limit: amount,
    soft: [],
    ...(models && { models }),
  }));
}

/** One without a window. */
function meter(account: string, measure: Measure, what: string): MeterTerms {
  const currency = measure === "balance" ? what : "";
  return { id: `${account} ${measure} ${what}`.trimEnd(), account, measure, currency, startMs: 0, endMs: endless };
}
