import type { Decimal } from "./declared-price.ts";

export const budgetPeriods = ["day", "week", "month", "total"] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

/** What may be spent in a window, as cloud.yaml and the admin API write it. */
export interface DeclaredBudget {
  amount: Decimal;
  period: BudgetPeriod;
  /** Requests over it are not refused; its owner is told. */
  soft?: boolean | undefined;
}

/** Requests a minute, tokens a minute, and requests under way. */
export interface DeclaredLimit {
  rpm?: number | undefined;
  tpm?: number | undefined;
  concurrency?: number | undefined;
}

export interface DeclaredLimits extends DeclaredLimit {
  /** By a model's name, or the beginning of names and a `*`: what all models that it matches have together, beside the limits of all. */
  models?: Readonly<Record<string, DeclaredLimit>> | undefined;
}

/** What an organisation, a project or a key may spend and send. */
export interface DeclaredTerms {
  budget?: DeclaredBudget | readonly DeclaredBudget[] | undefined;
  limits?: DeclaredLimits | undefined;
  /** What each session may spend in all. */
  session_budget?: Decimal | undefined;
  /** Spends only what was topped up. */
  prepaid?: boolean | undefined;
}
