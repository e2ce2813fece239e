import type { Findings } from "./findings.ts";
import type { FieldCase } from "./field-case.ts";
import type { World } from "./world.ts";

/** Tries a case on the running product and judges what happened. */
export type Trial = (world: World, fieldCase: FieldCase) => Promise<Findings>;

/** Trials by case. */
export type Trials = Record<string, Trial>;

/** The same trial for several cases. */
export const forEach = (names: readonly string[], trial: Trial): Trials =>
  Object.fromEntries(names.map((name) => [name, trial]));
