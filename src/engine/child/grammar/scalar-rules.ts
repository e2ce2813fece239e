import type { JsonObject } from "../../../call/index.ts";
import type { GrammarRules } from "./gbnf.ts";
import { integerMax, integerRange } from "./integer-range.ts";
import { readRange, repeatRule } from "./repeat-rule.ts";
import { nameValue, type SchemaProblems } from "./schema-problems.ts";

interface Writing {
  rules: GrammarRules;
  problems: SchemaProblems;
}

/** The body of a rule for the strings that a schema allows. */
export function stringRule(schema: JsonObject, place: string, { rules, problems }: Writing): string {
  const format = typeof schema["format"] === "string" ? formats.get(schema["format"]) : undefined;
  const range = readRange(schema, ["char", "minLength", "maxLength"], place, { rules, problems });
  const { low, high } = range;
  if (format) {
    const isWithin = low <= format.lengthMin && (high === undefined || high >= format.lengthMax);
    if (isWithin) return format.rule;
    problems.leaveOut(`${place}.format`, "cannot be enforced together with these lengths");
  }
  if (low === 0 && high === undefined) return "string";
  return `"\\"" ${repeatRule("char", range, rules)} "\\""`;
}

/** The body of a rule for the integers that a schema allows. */
export function integerRule(schema: JsonObject, place: string, { problems }: Writing): string {
  let low = -Infinity;
  let high = Infinity;
  for (const [bound, exclusive, step] of [
    ["minimum", "exclusiveMinimum", 1],
    ["maximum", "exclusiveMaximum", -1],
  ] as const) {
    let end = readNumber(schema, bound, place, problems);
    let beyond: number | undefined;
    // Until draft 4 of JSON Schema it was a boolean that made the other bound exclusive.
    if (typeof schema[exclusive] === "boolean") {
      problems.leaveOut(`${place}.${exclusive}`, `expected a number, found ${schema[exclusive]}`);
      if (schema[exclusive]) [end, beyond] = [undefined, end];
    } else beyond = readNumber(schema, exclusive, place, problems);
    if (step === 1)
      low = Math.max(Math.ceil(end ?? -Infinity), beyond === undefined ? -Infinity : Math.floor(beyond) + 1);
    else high = Math.min(Math.floor(end ?? Infinity), beyond === undefined ? Infinity : Math.ceil(beyond) - 1);
  }
  if (low === -Infinity && high === Infinity) return "integer";
  if (low <= high && low <= integerMax && high >= -integerMax) return integerRange(low, high);
  problems.leaveOut(
    `${place}.${low === -Infinity ? "maximum" : "minimum"}`,
    low > high
      ? `no integer is at least ${low} and at most ${high}`
      : `expected a number from ${-integerMax} to ${integerMax}`,
  );
  return "integer";
}

function readNumber(schema: JsonObject, keyword: string, place: string, problems: SchemaProblems): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  problems.leaveOut(`${place}.${keyword}`, `expected a number, found ${nameValue(value)}`);
  return undefined;
}

const day = '("0" [1-9] | "1" [0-2]) "-" ("0" [1-9] | "1" [0-9] | "2" [0-8])';
const hours = '([01] [0-9] | "2" [0-3]) ":" [0-5] [0-9]';
const zone = `("Z" | [-+] ${hours})`;
const hex = (count: number) => `[0-9a-f]{${count}}`;

const formats = new Map(
  (
    [
      ["date", `[0-9]{4} "-" ${day}`, 10, 10],
      ["time", `${hours} ":" [0-5] [0-9] ${zone}`, 9, 14],
      ["date-time", `[0-9]{4} "-" ${day} "T" ${hours} ":" [0-5] [0-9] ("." [0-9]{1,3})? ${zone}`, 20, 29],
      ["uuid", `${hex(8)} "-" ${hex(4)} "-" [1-5] ${hex(3)} "-" [89ab] ${hex(3)} "-" ${hex(12)}`, 36, 36],
    ] as const
  ).map(([name, text, lengthMin, lengthMax]) => [
    name as string,
    { rule: `"\\"" ${text} "\\""`, lengthMin, lengthMax },
  ]),
);
