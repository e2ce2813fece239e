import type { Unit, Value } from "./unit.ts";

export type Cell<V extends Value = Value> = Assumption<V> | Figure<V>;

/** What a cell holds. */
export type ValueOf<C> = C extends Cell<infer V> ? V : never;

export interface Spread<V> {
  low: V;
  likely: V;
  high: V;
}

/** An input. Its value is between low and high and most probably likely; a given one has no spread. */
export interface Assumption<V extends Value = Value> {
  readonly kind: "assumption";
  /** Unique in its sheet, in words: `power price`. */
  readonly name: string;
  readonly unit: Unit<V>;
  readonly spread: Readonly<Spread<V>>;
  /** Who published it; `assumed` where nobody did, `given` where the user says so. */
  readonly source: string;
  /** As of when, where that matters: `2025-03-01`, `2024`. */
  readonly date?: string | undefined;
}

/** A result of other cells. */
export interface Figure<V extends Value = Value> {
  readonly kind: "figure";
  readonly name: string;
  readonly unit: Unit<V>;
  /** How it is calculated, in words, with the source of the formula where it is not plain. */
  readonly formula: string;
  readonly inputs: readonly Cell[];
  /** From the values of the inputs in their order. Pure. */
  reckon(inputs: readonly Value[]): V;
}
