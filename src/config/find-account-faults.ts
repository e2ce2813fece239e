import { listOfBudgets } from "../ledger/index.ts";
import type { DeclaredTerms } from "../base/declared-terms.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { describeMinusZero } from "./decimal.ts";

/** Finds duplicate budgets, currencies that do not match, and duplicate rates. Returns one line for each. */
export function findAccountFaults(config: CloudConfig): string[] {
  const currencies = new Map(config.organisations?.map(({ name, currency }) => [name, currency]));
  return [
    ...(config.organisations ?? []).flatMap((organisation, index) => [
      ...findTermsFaults(organisation, `organisations[${index}]`),
      ...(organisation.currency === undefined && organisation.budget !== undefined
        ? [`organisations[${index}].currency: expected the currency of its budget, such as USD; found nothing`]
        : []),
    ]),
    ...config.projects.flatMap((project, index) => {
      const wanted = currencies.get(project.organisation ?? "") ?? project.currency;
      return [
        ...findTermsFaults(project, `projects[${index}]`),
        ...(project.currency === wanted
          ? []
          : [
              `projects[${index}].currency: expected ${wanted}, the currency of its organisation ${project.organisation}; found ${project.currency}`,
            ]),
      ];
    }),
    ...findRateFaults(config.rates ?? []),
  ];
}

/** What is wrong with the terms of one account, each with its place, which begins with `place` where there is one. */
export function findTermsFaults({ budget, limits, session_budget: session }: DeclaredTerms, place = ""): string[] {
  const at = (field: string) => (place === "" ? field : `${place}.${field}`);
  const seen = new Set<string>();
  return [
    ...listOfBudgets(budget).flatMap(({ amount, period, soft = false }, index) => {
      const own = at(Array.isArray(budget) ? `budget[${index}]` : "budget");
      const isTwice = seen.size === seen.add(`${period} ${soft}`).size;
      return [
        ...describeMinusZero(amount, `${own}.amount`),
        ...(isTwice
          ? [
              `${own}.period: expected one ${soft ? "soft" : "hard"} budget for each period; found a second one for ${period === "total" ? "the whole time" : `the ${period}`}`,
            ]
          : []),
      ];
    }),
    ...Object.entries(limits?.models ?? {}).flatMap(([model, limit]) =>
      Object.keys(limit).length > 0
        ? []
        : [`${at("limits.models")}.${model}: expected rpm, tpm or concurrency; found none of them`],
    ),
    ...(session === undefined ? [] : describeMinusZero(session, at("session_budget"))),
  ];
}

function findRateFaults(rates: NonNullable<CloudConfig["rates"]>): string[] {
  const seen = new Map<string, number>();
  return rates.flatMap(({ from, to, since }, index) => {
    if (from === to) return [`rates[${index}].to: expected another currency than ${from}; found ${to}`];
    const key = `${from} ${to} ${Date.parse(since)}`;
    const first = seen.get(key);
    if (first !== undefined)
      return [
        `rates[${index}].since: expected a date of its own; rates[${first}] is from ${from} to ${to} since then, too`,
      ];
    seen.set(key, index);
    return [];
  });
}
