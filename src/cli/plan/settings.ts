import { showText } from "../../base/printable.ts";
import type { Plan } from "../../planner/questions/plan.ts";
import { PlanFault, type Sheet, type Value } from "../../planner/sheet/index.ts";
import { CommandError, UsageError } from "../command-error.ts";
import { parseNumber } from "./parse-amount.ts";
import type { PlanDocument } from "./plan-schema.ts";

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
export function applySettings(plan: Plan, settings: readonly Setting[]): void {
  for (const { name, values } of settings) {
    try {
      const { unit } = findAssumption(plan.sheet, name);
      const [low = "", likely, high] = values.map((value) => decimalOf(value, unit.symbol));
      setOne(plan, name, likely === undefined || high === undefined ? low : { low, likely, high });
    } catch (cause) {
      if (!(cause instanceof PlanFault || cause instanceof UsageError)) throw cause;
      throw new UsageError(`--set ${showText(name)}: ${cause.message}`, { cause });
    }
  }
}

/** Sets the assumptions that a plan.yaml has. Throws a CommandError that names the file and the field. */
export function applyAssumptions(plan: Plan, { assumptions = {} }: PlanDocument, file: string): void {
  for (const [name, told] of Object.entries(assumptions))
    try {
      findAssumption(plan.sheet, name);
      setOne(plan, name, told, told.source);
    } catch (cause) {
      if (!(cause instanceof PlanFault || cause instanceof UsageError)) throw cause;
      throw new CommandError(`${file}: assumptions: ${cause.message}`, { cause });
    }
}

/** Throws PlanFault where the plan has no such assumption, or cannot be calculated with the value. */
function setOne({ sheet }: Plan, name: string, value: Parameters<Sheet["set"]>[1], source?: string): void {
  const cell = sheet.find(name);
  const before = cell.kind === "figure" ? undefined : cell.spread;
  sheet.set(name, value, source);
  if (cell.kind === "figure" || before === undefined) return;
  const zero = (["likely", "low"] as const).find((end) => cell.unit.toNumber(cell.spread[end]) === 0);
  const faultWith = (set: Value) => faultOf(() => sheet.evaluate((one) => (one === cell ? set : one.spread.likely)));
  const fault = zero && faultWith(cell.spread[zero]);
  // Where the plan fails without it, too, the 0 is not why.
  if (fault && !faultWith(before.likely))
    throw new PlanFault(`Cannot set ${cell.name}: found 0, allowed is more than 0 (${fault.message})`);
}

function faultOf(calculate: () => void): PlanFault | undefined {
  try {
    calculate();
    return undefined;
  } catch (cause) {
    if (cause instanceof PlanFault) return cause;
    throw cause;
  }
}

function findAssumption(sheet: Plan["sheet"], name: string) {
  try {
    return sheet.find(name);
  } catch (cause) {
    if (!(cause instanceof PlanFault)) throw cause;
    const names = sheet.assumptions.map((one) => one.name).join(", ");
    const asks = cause.message.endsWith("?") ? " Its" : "; its";
    throw new UsageError(`${cause.message}${asks} assumptions are: ${names}`, { cause });
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
