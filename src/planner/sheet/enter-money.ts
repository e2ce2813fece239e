import type { Cell, Figure } from "./cell.ts";
import { convertAt, convertBack, type Rate } from "./exchange.ts";
import type { AnyMoney, Money } from "./money.ts";
import { PlanFault } from "./plan-fault.ts";
import type { Sheet, Told } from "./sheet.ts";
import { exchangeUnit, moneyUnit, type Unit } from "./unit.ts";

/** Money as data files and options tell it, in any currency. */
export interface ToldMoney extends Told {
  currency: string;
}

/** What one unit of `from` is worth in `to`. */
export interface ToldRate extends Told {
  from: string;
  to: string;
}

/** An amount in a currency that is not the sheet's: a type of its own, so that arithmetic of the sheet's money never takes it. */
type Abroad = Money<"abroad">;

/**
 * An amount or price as a cell in the sheet's currency. One in another currency is kept as it was told and converted at a declared
 * rate, or at the inverse of one where only the other direction is declared. Throws PlanFault where there is neither.
 */
export function enterMoney<P extends string = "">(
  sheet: Sheet,
  name: string,
  told: ToldMoney,
  rates: readonly ToldRate[],
  each?: P,
): Cell<Money<P>> {
  const unit = moneyUnit<P>(sheet.currency, each);
  if (told.currency === sheet.currency) return sheet.assume(name, unit, told);
  const declared = findRate(told.currency, sheet.currency, rates);
  if (!declared)
    throw new PlanFault(
      `Cannot convert ${name} from ${told.currency} to ${sheet.currency}: no exchange rate leads there; declare one under rates`,
    );
  const amount = sheet.assume(`${name} in ${told.currency}`, unitAbroad(told.currency, each), told);
  return addConverted(sheet, name, unit, amount, declared);
}

/**
 * A cell's amount in another currency, for readers: as it was told, where it was told in that one. Undefined where no rate leads there, or
 * it is the sheet's own.
 */
export function showIn(
  sheet: Sheet,
  cell: Cell<Money>,
  currency: string,
  rates: readonly ToldRate[],
): Cell<Abroad> | undefined {
  const name = `${cell.name} in ${currency}`;
  const told = sheet.cells.find((known) => known.name === name);
  if (told) return told as Cell<Abroad>;
  const declared = findRate(sheet.currency, currency, rates);
  return declared && addConverted(sheet, name, unitAbroad(currency), cell, declared);
}

interface DeclaredRate {
  rate: ToldRate;
  isInverse: boolean;
}

/** The declared rate of a direction, else that of the other one. */
function findRate(from: string, to: string, rates: readonly ToldRate[]): DeclaredRate | undefined {
  const direct = rates.find((rate) => rate.from === from && rate.to === to);
  const inverse = rates.find((rate) => rate.from === to && rate.to === from);
  if (direct) return { rate: direct, isInverse: false };
  return inverse && { rate: inverse, isInverse: true };
}

function addConverted<To extends AnyMoney>(
  sheet: Sheet,
  name: string,
  unit: Unit<To>,
  amount: Cell<AnyMoney>,
  { rate: told, isInverse }: DeclaredRate,
): Figure<To> {
  const rate = rateCell(sheet, told);
  const formula = isInverse
    ? `${amount.name} ÷ ${rate.name} (the inverse of the declared direction)`
    : `${amount.name} × ${rate.name}`;
  const converted = isInverse ? convertBack : convertAt;
  return sheet.figure(name, unit, formula, { amount, rate }, ({ amount, rate }) => converted(amount, rate) as To);
}

function unitAbroad(currency: string, each?: string): Unit<Abroad> {
  return moneyUnit(currency, each) as Unit<AnyMoney> as Unit<Abroad>;
}

/** One cell for a rate, whatever is converted by it. */
function rateCell(sheet: Sheet, rate: ToldRate): Cell<Rate> {
  const name = `exchange rate ${rate.from} to ${rate.to}`;
  const known = sheet.cells.find((cell) => cell.name === name);
  return (known as Cell<Rate> | undefined) ?? sheet.assume(name, exchangeUnit(rate.from, rate.to), rate);
}
