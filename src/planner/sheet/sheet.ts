import { assert, must } from "../../base/assert.ts";
import { askSimilar } from "../../base/find-similar.ts";
import type { Assumption, Cell, Figure, Spread, ValueOf } from "./cell.ts";
import type { AnyMoney } from "./money.ts";
import { MoneyFault, PlanFault } from "./plan-fault.ts";
import type { AnyQuantity } from "./quantity.ts";
import type { Unit, Value } from "./unit.ts";

/** A number, a decimal as text where digits must not be lost, or nano-units. */
export type Given = number | string | bigint;

/** An input as data files and options tell it. */
export interface Told extends Spread<Given> {
  source: string;
  date?: string | undefined;
}

/** Cell → value of one evaluation. */
export interface Values {
  of<V extends Value>(cell: Cell<V>): V;
}

/**
 * A spreadsheet of typed cells. A cell's inputs are made before it, so that cells in the order of their making are in the order
 * of evaluation, and no circle can be made.
 */
export class Sheet {
  /** All its money is in this currency. */
  readonly currency: string;
  readonly #cells = new Map<string, Cell>();
  readonly #checks: ((values: Values) => void)[] = [];

  constructor(currency: string) {
    this.currency = currency;
  }

  get cells(): readonly Cell[] {
    return [...this.#cells.values()];
  }

  get assumptions(): readonly Assumption[] {
    return this.cells.filter((cell): cell is Assumption => cell.kind === "assumption");
  }

  /** Adds an input. Throws PlanFault where it is not low ≤ likely ≤ high, or out of the unit's bounds. */
  assume<V extends Value>(name: string, unit: Unit<V>, told: Told): Assumption<V> {
    const { source, date } = told;
    return this.#add({ kind: "assumption", name, unit, spread: readSpread(name, unit, told), source, date });
  }

  /** Adds an input without a spread. */
  given<V extends Value>(name: string, unit: Unit<V>, value: Given, source = "given", date?: string): Assumption<V> {
    return this.assume(name, unit, { low: value, likely: value, high: value, source, date });
  }

  /** Adds a result. `reckon` gets the inputs' values under the names of `inputs`. */
  figure<V extends Value, Inputs extends Record<string, Cell>>(
    name: string,
    unit: Unit<V>,
    formula: string,
    inputs: Inputs,
    reckon: (values: { [Name in keyof Inputs]: ValueOf<Inputs[Name]> }) => V,
  ): Figure<V> {
    type Named = { [Name in keyof Inputs]: ValueOf<Inputs[Name]> };
    const names = Object.keys(inputs);
    const named = (values: readonly Value[]) => {
      const result: Record<string, Value | undefined> = {};
      names.forEach((name, index) => (result[name] = values[index]));
      return result as Named;
    };
    const cells = Object.values(inputs);
    return this.#add({ kind: "figure", name, unit, formula, inputs: cells, reckon: (values) => reckon(named(values)) });
  }

  /** Adds the total of parts. They add up exactly: money is integers, and quantities must be whole numbers. */
  sum<V extends AnyMoney | AnyQuantity>(name: string, unit: Unit<V>, parts: readonly Cell<V>[]): Figure<V> {
    assert(parts.length > 0, `${name} has parts`);
    const formula = parts.map((part) => part.name).join(" + ");
    return this.#add({
      kind: "figure",
      name,
      unit,
      formula,
      inputs: parts,
      reckon: (values) => addAll(name, values) as V,
    });
  }

  /**
   * Refuses a plan: `check` throws a PlanFault where the likely values do not do, such as an amount that buys nothing. Samples of a range are not
   * checked, since an amount that does may fall short at the dear end of its assumptions.
   */
  require(check: (values: Values) => void): void {
    this.#checks.push(check);
  }

  /** The cell of a name; throws PlanFault that names a similar one. `power_price` is `power price` too. */
  find(name: string): Cell {
    const cell = this.#cells.get(name) ?? this.#cells.get(name.replaceAll("_", " "));
    if (cell) return cell;
    throw new PlanFault(`Cannot find ${JSON.stringify(name)} in this plan${askSimilar(name, this.#cells.keys())}`);
  }

  /** Puts another value in the place of an assumption's, without a spread unless low and high are told. */
  set(name: string, value: Given | Spread<Given>, source = "given"): void {
    const cell = this.find(name);
    if (cell.kind === "figure")
      throw new PlanFault(`Cannot set ${cell.name}: it is a result; set what it is made of: ${namesOf(cell.inputs)}`);
    const spread = typeof value === "object" ? value : { low: value, likely: value, high: value };
    // The cell stays the same object, since figures refer to it.
    Object.assign(cell, { spread: readSpread(cell.name, cell.unit, spread), source, date: undefined });
  }

  /** Values of all cells, of each assumption the one that `choose` gives: the likely one by default, which is checked. */
  evaluate(choose?: (assumption: Assumption) => Value): Values {
    const values = new Map<Cell, Value>();
    const valueOf = (cell: Cell) => must(values.get(cell), `${cell.name} is a cell of this sheet`);
    for (const cell of this.#cells.values()) {
      const value =
        cell.kind === "assumption" ? (choose?.(cell) ?? cell.spread.likely) : reckon(cell, cell.inputs.map(valueOf));
      if (typeof value === "number" && !Number.isFinite(value))
        throw new PlanFault(
          `Cannot calculate ${cell.name}: the result is ${value}; look at ${namesOf(inputsOf(cell))}`,
        );
      values.set(cell, value);
    }
    const found = { of: <V extends Value>(cell: Cell<V>) => valueOf(cell) as V };
    if (!choose) for (const check of this.#checks) check(found);
    return found;
  }

  #add<C extends Cell>(cell: C): C {
    assert(!this.#cells.has(cell.name), `the sheet has one cell of the name ${cell.name}`);
    this.#cells.set(cell.name, cell);
    return cell;
  }
}

/** Says of which cell a fault of money is. */
function reckon(cell: Figure, inputs: readonly Value[]): Value {
  try {
    return cell.reckon(inputs);
  } catch (cause) {
    if (!(cause instanceof MoneyFault)) throw cause;
    throw new PlanFault(`Cannot calculate ${cell.name}: ${cause.message}; look at ${namesOf(cell.inputs)}`, { cause });
  }
}

export function inputsOf(cell: Cell): readonly Cell[] {
  return cell.kind === "figure" ? cell.inputs : [];
}

function namesOf(cells: readonly Cell[]): string {
  return cells.map((cell) => cell.name).join(", ") || "nothing";
}

function readSpread<V extends Value>(name: string, unit: Unit<V>, told: Spread<Given>): Spread<V> {
  const spread = {
    low: unit.parse(told.low, name),
    likely: unit.parse(told.likely, name),
    high: unit.parse(told.high, name),
  };
  if (spread.low <= spread.likely && spread.likely <= spread.high) return spread;
  const found = [spread.low, spread.likely, spread.high].map((value) => unit.format(value)).join(", ");
  throw new PlanFault(`Cannot set ${name}: found ${found}, allowed is low ≤ likely ≤ high`);
}

function addAll(name: string, values: readonly Value[]): bigint | number {
  const [first] = values;
  if (typeof first === "bigint") return values.reduce((sum: bigint, value) => sum + (value as bigint), 0n);
  for (const value of values) {
    assert(Number.isInteger(value), `parts of a sum are whole numbers, found ${value}`);
    if (!Number.isSafeInteger(value))
      throw new PlanFault(`Cannot calculate ${name}: a part of it is ${value}, allowed is at most 2⁵³ − 1`);
  }
  return values.reduce((sum: number, value) => sum + (value as number), 0);
}
