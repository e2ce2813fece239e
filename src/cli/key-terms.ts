import { InvalidArgumentError, type Command } from "commander";
import { budgetPeriods, type BudgetPeriod } from "../base/declared-terms.ts";
import { parseNano } from "../base/money.ts";
import { bound, none, orNone, type OrNone } from "./or-none.ts";

interface Budget {
  amount: string;
  period: BudgetPeriod;
  soft?: true;
}

/** What a key may spend and send, as it is given to `key create` and `key edit`. */
export interface TermsOptions {
  budget?: OrNone<Budget[]>;
  rpm?: OrNone<number>;
  tpm?: OrNone<number>;
  concurrency?: OrNone<number>;
  sessionBudget?: OrNone<string>;
}

export function addTermsOptions(command: Command): Command {
  return command
    .option(
      "-b, --budget <amount/period>",
      `what it may spend, in its project's currency: 5/day, 20/week, 100/month or 1000/total; 4/day/soft only warns; several are given one by one`,
      collectBudget,
    )
    .option("--rpm <count>", "requests a minute", orNone(parseCount))
    .option("--tpm <count>", "tokens a minute", orNone(parseCount))
    .option("--concurrency <count>", "requests at a time", orNone(parseCount))
    .option("--session-budget <amount>", "what each session of it may spend in all", orNone(parseAmount));
}

/** The fields of a body for the admin API. `limits` are those that the key has: what is not given of them stays. */
export function readTerms(options: TermsOptions, limits: object = {}) {
  const { rpm, tpm, concurrency, sessionBudget } = options;
  const changes = Object.entries({ rpm, tpm, concurrency }).filter(([, value]) => value !== undefined);
  const merged = Object.fromEntries(
    [...Object.entries(limits), ...changes].filter(([name]) => changes.every(([of, to]) => of !== name || to !== none)),
  );
  return {
    budget: bound(options.budget),
    limits: changes.length === 0 ? undefined : Object.keys(merged).length === 0 ? null : merged,
    session_budget: bound(sessionBudget),
  };
}

function collectBudget(text: string, before: OrNone<Budget[]> | undefined): OrNone<Budget[]> {
  if (text === none) return none;
  const [amount = "", period = "", ...rest] = text.split("/");
  const known = budgetPeriods.find((name) => name === period);
  const isSoft = rest.length === 1 && rest[0] === "soft";
  if (!isAmount(amount) || known === undefined || (rest.length > 0 && !isSoft))
    throw new InvalidArgumentError(
      "Allowed: an amount and a period, such as 5/day, 20/week, 100/month or 1000/total; with /soft behind them it only warns.",
    );
  const budget: Budget = { amount, period: known, ...(isSoft && { soft: true }) };
  return [...(before === none || before === undefined ? [] : before), budget];
}

function parseCount(text: string): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError("Allowed: a whole number from 1 on.");
  return count;
}

function parseAmount(text: string): string {
  if (!isAmount(text)) throw new InvalidArgumentError("Allowed: a decimal of at least 0, such as 2 or 0.5.");
  return text;
}

function isAmount(text: string): boolean {
  return !text.startsWith("-") && parseNano(text) !== undefined;
}
