/** Budgets and limits as a form has them: texts, as they are typed. */
export interface TermsDraft {
  budgets: readonly BudgetDraft[];
  rpm: string;
  tpm: string;
  concurrency: string;
  session: string;
  /** Limits of single models, which the form leaves as they are. */
  ofModels: object | undefined;
}

export const budgetPeriods = ["day", "week", "month", "total"] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

export interface BudgetDraft {
  /** Tells the rows of the form apart. */
  id: number;
  amount: string;
  period: BudgetPeriod;
  isSoft: boolean;
}

interface DeclaredBudget {
  amount: number | string;
  period: BudgetPeriod;
  soft?: boolean;
}

interface DeclaredLimit {
  rpm?: number;
  tpm?: number;
  concurrency?: number;
}

/** As the admin API takes them; null takes a bound away. */
export interface TermsChanges {
  budget: DeclaredBudget | DeclaredBudget[] | null;
  limits: (DeclaredLimit & { models?: Record<string, DeclaredLimit> }) | null;
  session_budget: string | null;
}

let lastId = 0;

export function newBudget(period: BudgetPeriod = "month"): BudgetDraft {
  lastId += 1;
  return { id: lastId, amount: "", period, isSoft: false };
}

/** The declared terms of a key or project, to be edited. */
export function draftTerms(terms: Readonly<Record<string, unknown>> = {}): TermsDraft {
  const limits = asRecord(terms["limits"]);
  const textOf = (value: unknown) => (typeof value === "number" || typeof value === "string" ? String(value) : "");
  return {
    budgets: budgetsOf(terms).map(({ amount, period, soft }) => ({
      ...newBudget(period),
      amount: String(amount),
      isSoft: soft === true,
    })),
    rpm: textOf(limits["rpm"]),
    tpm: textOf(limits["tpm"]),
    concurrency: textOf(limits["concurrency"]),
    session: textOf(terms["session_budget"]),
    ofModels: typeof limits["models"] === "object" && limits["models"] !== null ? limits["models"] : undefined,
  };
}

/** The budgets of declared terms: one, a list of them, or none. */
export function budgetsOf(terms: Readonly<Record<string, unknown>>): readonly DeclaredBudget[] {
  const { budget } = terms as { budget?: DeclaredBudget | DeclaredBudget[] };
  return budget === undefined ? [] : Array.isArray(budget) ? budget : [budget];
}

/** What is sent. An amount that is empty and a limit that is no number are sent as they are, so that the server says what is wrong. */
export function changesOf({ budgets, rpm, tpm, concurrency, session, ofModels }: TermsDraft): TermsChanges {
  const declared = budgets.map(({ amount, period, isSoft }) => ({
    amount: amount.trim(),
    period,
    ...(isSoft && { soft: true }),
  }));
  const limits = { ...numberIn("rpm", rpm), ...numberIn("tpm", tpm), ...numberIn("concurrency", concurrency) };
  const all = { ...limits, ...(ofModels && { models: ofModels as Record<string, DeclaredLimit> }) };
  return {
    budget: declared.length === 0 ? null : declared.length === 1 ? (declared[0] ?? null) : declared,
    limits: Object.keys(all).length === 0 ? null : all,
    session_budget: session.trim() === "" ? null : session.trim(),
  };
}

/** The same for what is new, where nothing is to be taken away. */
export function newTermsOf(draft: TermsDraft): { [Name in keyof TermsChanges]?: NonNullable<TermsChanges[Name]> } {
  const { budget, limits, session_budget: session } = changesOf(draft);
  return {
    ...(budget !== null && { budget }),
    ...(limits !== null && { limits }),
    ...(session !== null && { session_budget: session }),
  };
}

function numberIn(name: string, text: string): Record<string, number> {
  const plain = text.replaceAll(/[\s,_]/g, "");
  return plain === "" ? {} : { [name]: Number(plain) };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
