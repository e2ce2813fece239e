import type { JsonObject } from "../../../call/index.ts";
import { repeatMax, repeatsMax, type GrammarRules } from "./gbnf.ts";
import { nameValue, type SchemaProblems } from "./schema-problems.ts";

/** How often something may occur; without an upper bound where `high` is undefined. */
export interface Range {
  low: number;
  high: number | undefined;
}

/** Reads two bounds of a schema for how often `unit` may occur, as far as a grammar can hold them. */
export function readRange(
  schema: JsonObject,
  [unit, lowest, highest]: readonly [string, string, string],
  place: string,
  { rules, problems }: { rules: GrammarRules; problems: SchemaProblems },
): Range {
  const read = (keyword: string) => {
    const value = schema[keyword];
    if (value === undefined) return undefined;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
      problems.leaveOut(`${place}.${keyword}`, `expected a natural number, found ${nameValue(value)}`);
    else if (value > repeatMax)
      problems.leaveOut(`${place}.${keyword}`, `expected at most ${repeatMax}, found ${value}`);
    else return value;
    return undefined;
  };
  const low = read(lowest) ?? 0;
  const high = read(highest);
  if (high !== undefined && high < low) {
    problems.leaveOut(`${place}.${highest}`, `is ${high}, less than ${lowest}, which is ${low}`);
    return { low, high: undefined };
  }
  const most = high ?? low;
  if (rules.mayRepeat(unit, low, most)) return { low, high };
  problems.leaveOut(
    `${place}.${high === undefined ? lowest : highest}`,
    `is ${most}; all lengths and counts together may be at most ${repeatsMax}`,
  );
  return { low: 0, high: undefined };
}

/** The body of a rule for `unit` as often as the range says, in blocks that llama.cpp accepts. */
export function repeatRule(unit: string, { low, high }: Range, rules: GrammarRules): string {
  const parts: string[] = [];
  for (let left = low; left > 0; left -= repeatBlock) parts.push(rules.add(`${unit}{${Math.min(left, repeatBlock)}}`));
  if (high === undefined) parts.push(`${unit}*`);
  else if (high > low) parts.push(upTo(unit, high - low, rules));
  return parts.join(" ");
}

/**
 * llama.cpp allows up to 2,000 repetitions: it refuses a higher lower bound, and silently ignores a higher upper bound
 * (measured with node-llama-cpp 3.22.1). Half of that leaves room for the rest of the rule.
 */
const repeatBlock = 1_000;

/** Only a full block leads to the next one, so that the same text can never be parsed in more than two ways. */
function upTo(unit: string, most: number, rules: GrammarRules): string {
  if (most <= repeatBlock) return rules.add(`${unit}{0,${most}}`);
  const rest = upTo(unit, most - repeatBlock, rules);
  return rules.add(`${unit}{0,${repeatBlock - 1}} | ${unit}{${repeatBlock}} ${rest}`);
}
