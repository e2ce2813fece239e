import type { SqlColumn } from "./column.ts";
import { moneyOrNull, text, textOrNull } from "./kinds.ts";

/** Whose budgets a request counts against beside its project and key, and with what. */
export const accountColumns = [
  {
    name: "organisation",
    sql: "organisation",
    api: "organisation",
    kind: text,
    since: 6,
    before: "",
    description: "The organisation of the project at that time; empty where it had none",
  },
  {
    name: "accountCost",
    sql: "account_cost",
    api: "account_cost",
    kind: moneyOrNull,
    since: 6,
    before: null,
    orElse: "cost",
    description: "What counts against budgets, in the currency of the project",
  },
  {
    name: "accountCurrency",
    sql: "account_currency",
    api: "account_currency",
    kind: textOrNull,
    since: 6,
    before: null,
    orElse: "currency",
    description: "That of account_cost",
  },
] as const satisfies readonly SqlColumn[];
