import type { ServingFigure } from "../data/index.ts";
import { TooLittle } from "./add-group.ts";
import { resultCells, type Plan } from "./plan.ts";

/** The result by which plans of a question are told apart: the key, and whether more of it is better. */
const measures: Readonly<Record<string, { key: string; isMoreBetter: boolean }>> = {
  capital: { key: "tokens_per_day", isMoreBetter: true },
  power: { key: "tokens_per_day", isMoreBetter: true },
  demand: { key: "cost", isMoreBetter: false },
  "buy-or-own": { key: "own_cost_per_year", isMoreBetter: false },
};

/** Ways to serve a model. */
export interface ServingChoice {
  servings: readonly ServingFigure[];
  /** With weights in fewer bits, where there is too little for all others. */
  smaller(): readonly ServingFigure[];
}

/**
 * What makes the plan of the best way of serving: most tokens for an amount or a supply, least cost for a demand; the first of those that are alike.
 * Since each way gives more for more, the best of them does too. `draw` gives what makes the plan of a way. Throws TooLittle of the way that takes
 * least where there is too little for all.
 */
export function bestPlan(
  { servings, smaller }: ServingChoice,
  draw: (serving: ServingFigure) => () => Plan,
): () => Plan {
  const best = (among: readonly ServingFigure[]) => draw(bestServing(among, (serving) => draw(serving)()));
  try {
    return best(servings);
  } catch (cause) {
    const fewerBits = cause instanceof TooLittle ? smaller() : [];
    if (fewerBits.length === 0) throw cause;
    return best(fewerBits);
  }
}

function bestServing(servings: readonly ServingFigure[], make: (serving: ServingFigure) => Plan): ServingFigure {
  let best: { serving: ServingFigure; value: number } | undefined;
  let refusal: unknown;
  for (const serving of servings)
    try {
      const value = valueOf(make(serving));
      if (!best || value > best.value) best = { serving, value };
    } catch (cause) {
      if (!(cause instanceof TooLittle)) throw cause;
      refusal = cause;
    }
  if (!best) throw refusal;
  return best.serving;
}

/** The more, the better. */
function valueOf(plan: Plan): number {
  const { key, isMoreBetter } = measures[plan.question] ?? { key: "tokens_per_day", isMoreBetter: true };
  const cell = resultCells(plan).get(key);
  if (!cell) throw new Error(`A plan of ${plan.question} has no result ${key}`);
  const value = cell.unit.toNumber(plan.sheet.evaluate().of(cell));
  return isMoreBetter ? value : -value;
}
