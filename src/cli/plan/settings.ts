import type { Plan } from "../../planner/questions/plan.ts";
import { PlanFault } from "../../planner/sheet/index.ts";
import { UsageError } from "../command-error.ts";
import { parseNumber } from "./parse-amount.ts";

/** A value in the place of an assumption's: one, or low, likely and high. */
export interface Setting {
  name: string;
  /** As they were written. */
  values: readonly string[];
}

/** Parses `utilisation=60%` or `power price=0.05..0.06..0.09`. Throws a UsageError. */
export function parseSetting(text: string): Setting {
  const [, name = "", value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  const values = value.split("..").map((one) => one.trim());
  if (name.trim() !== "" && (values.length === 1 || values.length === 3)) return { name: name.trim(), values };
  throw new UsageError(
    `Cannot read --set ${JSON.stringify(text)}: allowed are NAME=VALUE and NAME=LOW..LIKELY..HIGH, such as "power price=0.06"`,
  );
}

/** Sets the assumptions of a plan. Throws a UsageError that says which are known, or what a value may be. */
export function applySettings({ sheet }: Plan, settings: readonly Setting[]): void {
  for (const { name, values } of settings) {
    const { unit } = findAssumption(sheet, name);
    const [first = "", likely, high] = values.map((value) => decimalOf(value, unit.symbol));
    try {
      sheet.set(name, likely === undefined || high === undefined ? first : { low: first, likely, high });
    } catch (cause) {
      throw cause instanceof PlanFault ? new UsageError(cause.message, { cause }) : cause;
    }
  }
}

function findAssumption(sheet: Plan["sheet"], name: string) {
  try {
    return sheet.find(name);
  } catch (cause) {
    if (!(cause instanceof PlanFault)) throw cause;
    const names = sheet.assumptions.map((one) => one.name).join(", ");
    throw new UsageError(`${cause.message}; its assumptions are: ${names}`, { cause });
  }
}

/** The unit may be written behind the number, and no other one. */
function decimalOf(text: string, symbol: string): string {
  const { decimal, unit } = parseNumber(text);
  if (unit === "" || unit.toLowerCase().replace(/s$/, "") === symbol.toLowerCase().replace(/s$/, "")) return decimal;
  throw new UsageError(
    `Cannot read ${JSON.stringify(text)}: its unit is ${unit}, allowed is ${symbol === "" ? "a plain number or %" : symbol}`,
  );
}
