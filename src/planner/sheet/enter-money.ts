import type { Cell } from "./cell.ts";
import { convertAt, convertBack, type Rate } from "./exchange.ts";
import type { Money } from "./money.ts";
import { PlanFault } from "./plan-fault.ts";
import type { Sheet, Told } from "./sheet.ts";
import { exchangeUnit, moneyUnit } from "./unit.ts";

/** Money as data files and options tell it, in any currency. */
export interface ToldMoney extends Told {
  currency: string;
}

/** What one unit of `from` is worth in `to`. */
export interface ToldRate extends Told {
  from: string;
  to: string;
}

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
  const direct = rates.find(({ from, to }) => from === told.currency && to === sheet.currency);
  const inverse = rates.find(({ from, to }) => from === sheet.currency && to === told.currency);
  const declared = direct ?? inverse;
  if (!declared)
    throw new PlanFault(
      `Cannot convert ${name} from ${told.currency} to ${sheet.currency}: no exchange rate leads there; declare one under rates`,
    );
  // A type of its own, so that arithmetic of the sheet's money never takes it.
  const abroad = { ...moneyUnit(told.currency, `${each ?? ""} abroad`), symbol: moneyUnit(told.currency, each).symbol };
  const amount = sheet.assume(`${name} in ${told.currency}`, abroad, told);
  const rate = rateCell(sheet, declared);
  const inputs = { amount, rate };
  if (direct)
    return sheet.figure(name, unit, `${amount.name} × ${rate.name}`, inputs, ({ amount, rate }) => {
      return convertAt(amount, rate) as Money<P>;
    });
  const formula = `${amount.name} ÷ ${rate.name} (the inverse of the declared direction)`;
  return sheet.figure(name, unit, formula, inputs, ({ amount, rate }) => convertBack(amount, rate) as Money<P>);
}

/** One cell for a rate, whatever is converted by it. */
function rateCell(sheet: Sheet, rate: ToldRate): Cell<Rate> {
  const name = `exchange rate ${rate.from} to ${rate.to}`;
  const known = sheet.cells.find((cell) => cell.name === name);
  return (known as Cell<Rate> | undefined) ?? sheet.assume(name, exchangeUnit(rate.from, rate.to), rate);
}
