import type { Plan } from "../../planner/questions/plan.ts";
import { findRanges, PlanFault } from "../../planner/sheet/index.ts";
import type { CurvePoint } from "./page/curve-chart.ts";
import { assumptionOf, figureOf, type ReportAssumption, type ReportFigure } from "./plan-report.ts";

/** How one result follows from one assumption, such as tokens a day from capital. */
export interface PlanCurve {
  assumption: ReportAssumption;
  result: ReportFigure;
  points: readonly CurvePoint[];
}

/** Points from a quarter of the plan's own value to twice the value. */
const quarters = [1, 2, 3, 4, 5, 6, 7, 8];
/** A band in a picture needs less than a printed figure, which has 1,000. */
const samples = 300;

/**
 * How the result `key` follows from the assumption `name`; undefined where the plan has neither. `make` makes the plan anew for
 * each point, since values are set in it.
 */
export function curveOf(make: () => Plan, name: string, key: string, seed: number): PlanCurve | undefined {
  const plan = make();
  // What was given in another currency has that in its name.
  const moved = plan.sheet.assumptions.find((one) => one.name === name || one.name.startsWith(`${name} in `));
  const figure = plan.results.find((result) => result.key === key)?.figure;
  if (!moved || figure === undefined) return undefined;
  const { likely } = moved.spread;
  const pointAt = (count: number): CurvePoint => {
    const { sheet } = make();
    const value = typeof likely === "bigint" ? (likely * BigInt(count)) / 4n : (likely * count) / 4;
    sheet.set(moved.name, value);
    const cell = sheet.find(figure);
    const { low, high } = findRanges(sheet, [cell], { seed, samples }).get(cell) ?? {};
    const toNumber = (end: typeof low) => cell.unit.toNumber(end ?? sheet.evaluate().of(cell));
    return {
      x: moved.unit.toNumber(likely) * (count / 4),
      likely: toNumber(undefined),
      low: toNumber(low),
      high: toNumber(high),
    };
  };
  const points = quarters.flatMap((count) => pointOrNone(() => pointAt(count)));
  const cell = plan.sheet.find(figure);
  return { assumption: assumptionOf(moved), result: figureOf(cell, key, plan.sheet.evaluate()), points };
}

/** None where nothing can be planned, such as a quarter of an amount that pays for two nodes. */
function pointOrNone(point: () => CurvePoint): CurvePoint[] {
  try {
    return [point()];
  } catch (cause) {
    if (cause instanceof PlanFault) return [];
    throw cause;
  }
}
