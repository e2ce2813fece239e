import { argument, type Arguments } from "./arguments.ts";
import { areEqual, contains, order } from "./compare.ts";
import {
  BooleanValue,
  FloatValue,
  FunctionValue,
  IntegerValue,
  isDict,
  isMissing,
  isNone,
  ListValue,
  numberOf,
  StringValue,
  type Value,
} from "./values.ts";

type Test = (value: Value, args: Arguments) => boolean;

const other = (args: Arguments): Value => {
  const value = argument(args, 0, "other");
  if (value) return value;
  throw new TypeError("the test needs an argument");
};
const remainder = (value: Value, by: number): number => {
  const number = numberOf(value);
  if (number === undefined) throw new TypeError("the test needs a number");
  return number % by;
};
const isEqual: Test = (value, args) => areEqual(value, other(args));
const isUnequal: Test = (value, args) => !areEqual(value, other(args));
const isLess: Test = (value, args) => order(value, other(args)) < 0;
const isGreater: Test = (value, args) => order(value, other(args)) > 0;
const isAtMost: Test = (value, args) => order(value, other(args)) <= 0;
const isAtLeast: Test = (value, args) => order(value, other(args)) >= 0;
const isSequence: Test = (value) => value instanceof ListValue || value instanceof StringValue || isDict(value);
const letters = (value: Value) => (value instanceof StringValue ? value.value : "");

/** The tests of Jinja2 (`is NAME`, `select("NAME")`). */
const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ["defined", (value) => !isMissing(value)],
  ["undefined", (value) => isMissing(value)],
  ["none", (value) => isNone(value)],
  ["boolean", (value) => value instanceof BooleanValue],
  ["true", (value) => value instanceof BooleanValue && value.value],
  ["false", (value) => value instanceof BooleanValue && !value.value],
  ["integer", (value) => value instanceof IntegerValue],
  ["float", (value) => value instanceof FloatValue],
  ["number", (value) => numberOf(value) !== undefined],
  ["string", (value) => value instanceof StringValue],
  ["mapping", (value) => isDict(value)],
  ["sequence", isSequence],
  ["iterable", (value, args) => isSequence(value, args) || isMissing(value)],
  ["callable", (value) => value instanceof FunctionValue],
  ["escaped", () => false],
  [
    "lower",
    (value) => letters(value) !== letters(value).toUpperCase() && letters(value) === letters(value).toLowerCase(),
  ],
  [
    "upper",
    (value) => letters(value) !== letters(value).toLowerCase() && letters(value) === letters(value).toUpperCase(),
  ],
  ["odd", (value) => remainder(value, 2) !== 0],
  ["even", (value) => remainder(value, 2) === 0],
  ["divisibleby", (value, args) => remainder(value, numberOf(other(args)) ?? 0) === 0],
  ["in", (value, args) => contains(other(args), value)],
  [
    "sameas",
    (value, args) =>
      value === other(args) || (value.type === other(args).type && !isDict(value) && isEqual(value, args)),
  ],
  ["eq", isEqual],
  ["equalto", isEqual],
  ["==", isEqual],
  ["ne", isUnequal],
  ["!=", isUnequal],
  ["lt", isLess],
  ["lessthan", isLess],
  ["<", isLess],
  ["gt", isGreater],
  ["greaterthan", isGreater],
  [">", isGreater],
  ["le", isAtMost],
  ["<=", isAtMost],
  ["ge", isAtLeast],
  [">=", isAtLeast],
]);

export function testNamed(name: string): Test {
  const test = tests.get(name);
  if (test) return test;
  throw new TypeError(`No test named '${name}'`);
}
