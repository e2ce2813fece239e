import { must } from "../../base/assert.ts";
import type { Decimal } from "../../base/declared-price.ts";
import type { BudgetPeriod, DeclaredBudget, DeclaredLimit, DeclaredTerms } from "../../base/declared-terms.ts";
import { parseNano, type Nano } from "../../base/money.ts";
import { limitNames, type NameLimit } from "../../base/name-limit.ts";
import type { Measure } from "./bank.ts";

export interface BudgetTerms {
  /** In the account's currency. */
  amount: Nano;
  period: BudgetPeriod;
  /** Requests over it are not refused. */
  soft: boolean;
}

export interface LimitTerms {
  measure: Exclude<Measure, "budget" | "balance">;
  /** Requests or tokens a minute, or requests under way. */
  amount: bigint;
  /** The models that are counted, all together; undefined for every request of the account. */
  models?: NameLimit;
}

/** What one account may spend and send. Where two meters of a request differ, the tightest wins. */
export interface AccountBounds {
  /** `organisation:NAME`, `project:NAME` or `key:ID`. */
  account: string;
  budgets: readonly BudgetTerms[];
  /** Spends only what was topped up. */
  prepaid: boolean;
  limits: readonly LimitTerms[];
  /** What each session of it may spend in all; undefined for any amount. */
  sessionBudget: Nano | undefined;
}

/** The same with the currency of its money and the place of its calendar. A key has both from its project. */
export interface AccountTerms extends AccountBounds {
  currency: string;
  /** IANA name. */
  timeZone: string;
}

/** What was declared, in the form in which requests are admitted by it; undefined where nothing bounds the account. It was checked before. */
export function parseAccountBounds(account: string, declared: DeclaredTerms): AccountBounds | undefined {
  const { budget, limits, session_budget: sessionBudget, prepaid = false } = declared;
  const bounds: AccountBounds = {
    account,
    budgets: listOfBudgets(budget).map(({ amount, period, soft = false }) => ({ amount: nano(amount), period, soft })),
    prepaid,
    limits: limits
      ? [
          ...limitsOf(limits),
          ...Object.entries(limits.models ?? {}).flatMap(([pattern, limit]) => limitsOf(limit, limitNames([pattern]))),
        ]
      : [],
    sessionBudget: sessionBudget === undefined ? undefined : nano(sessionBudget),
  };
  const isBounded =
    bounds.budgets.length > 0 || prepaid || bounds.limits.length > 0 || bounds.sessionBudget !== undefined;
  return isBounded ? bounds : undefined;
}

/** The same of an organisation or a project, which have a currency and a time zone. */
export function parseAccountTerms(
  account: string,
  declared: DeclaredTerms & { currency: string; time_zone: string },
): AccountTerms | undefined {
  const bounds = parseAccountBounds(account, declared);
  return bounds && { ...bounds, currency: declared.currency, timeZone: declared.time_zone };
}

/** The same of a key, from the JSON in its row. */
export function parseKeyBounds({ id, terms }: { id: string; terms: string }): AccountBounds | undefined {
  return terms === "{}" ? undefined : parseAccountBounds(`key:${id}`, JSON.parse(terms) as DeclaredTerms);
}

/** One budget or several, as a list. */
export function listOfBudgets(declared: DeclaredTerms["budget"]): readonly DeclaredBudget[] {
  if (declared === undefined) return [];
  return Array.isArray(declared) ? (declared as readonly DeclaredBudget[]) : [declared as DeclaredBudget];
}

function limitsOf({ rpm, tpm, concurrency }: DeclaredLimit, models?: NameLimit): LimitTerms[] {
  const limit = (measure: LimitTerms["measure"], amount: number | undefined): LimitTerms[] =>
    amount === undefined ? [] : [{ measure, amount: BigInt(amount), ...(models && { models }) }];
  return [...limit("requests", rpm), ...limit("tokens", tpm), ...limit("concurrency", concurrency)];
}

function nano(value: Decimal): Nano {
  return must(parseNano(value), "amounts are validated where they are declared");
}
