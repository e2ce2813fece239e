import { isMissing, isNone, KeywordArguments, numberOf, StringValue, type Value } from "./values.ts";

/** What a filter, test or method is called with. */
export interface Arguments {
  positional: readonly Value[];
  named: ReadonlyMap<string, Value>;
}

export const noArguments: Arguments = { positional: [], named: new Map() };

/** The library passes named arguments as a last one of their own kind. */
export function splitArguments(args: readonly Value[]): Arguments {
  const last = args.at(-1);
  return last instanceof KeywordArguments
    ? { positional: args.slice(0, -1), named: last.value }
    : { positional: args, named: noArguments.named };
}

/** The argument at a place or of a name; undefined where it is left out. */
export function argument(args: Arguments, index: number, name: string): Value | undefined {
  return args.positional[index] ?? args.named.get(name);
}

export function textArgument(args: Arguments, index: number, name: string): string | undefined {
  const value = argument(args, index, name);
  if (value === undefined || isNone(value) || isMissing(value)) return undefined;
  if (value instanceof StringValue) return value.value;
  throw new TypeError(`${name} must be a text`);
}

export function numberArgument(args: Arguments, index: number, name: string): number | undefined {
  const value = argument(args, index, name);
  if (value === undefined || isNone(value) || isMissing(value)) return undefined;
  const number = numberOf(value);
  if (number === undefined) throw new TypeError(`${name} must be a number`);
  return number;
}
