import type { Arguments } from "./arguments.ts";
import { printed, representation } from "./python-text.ts";
import { isDict, ListValue, numberOf, type Value } from "./values.ts";

export const widthMax = 10_000;

/** Python's `%` of a text. */
export function formatPercent(pattern: string, given: Value): string {
  const items = given instanceof ListValue ? given.value : [given];
  let next = 0;
  return pattern.replaceAll(
    /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (
      _match,
      key: string | undefined,
      flags: string,
      width: string | undefined,
      digits: string | undefined,
      kind: string,
    ) => {
      if (kind === "%") return "%";
      const value = key === undefined ? items[next++] : isDict(given) ? given.value.get(key) : undefined;
      if (!value) throw new TypeError("not enough arguments for format string");
      return pad(formatted(value, kind, digits, flags.includes("+")), width, {
        isLeft: flags.includes("-"),
        fill: flags.includes("0") ? "0" : " ",
      });
    },
  );
}

/** Python's `str.format`: places, names, and the usual formats. */
export function formatBraces(pattern: string, { positional, named }: Arguments): string {
  let next = 0;
  return pattern.replaceAll(
    /\{\{|\}\}|\{(\w*)(?:!([rs]))?(?::([<>^]?)(0?)(\d*)(?:\.(\d+))?([a-zA-Z]?))?\}/g,
    (
      match,
      key: string,
      conversion: string,
      side: string,
      zero: string,
      width: string,
      digits: string,
      kind: string,
    ) => {
      if (match === "{{" || match === "}}") return match.charAt(0);
      const value = key === "" ? positional[next++] : /^\d+$/.test(key) ? positional[Number(key)] : named.get(key);
      if (!value) throw new TypeError(`format has no argument ${key}`);
      const made = formatted(value, conversion === "r" ? "r" : kind || (digits ? "f" : "s"), digits, false);
      return pad(made, width, {
        isLeft: side === "<" || (side === "" && numberOf(value) === undefined),
        fill: zero || " ",
      });
    },
  );
}

function formatted(value: Value, kind: string, digits: string | undefined, isSigned: boolean): string {
  if (kind === "s") return digits === undefined ? printed(value) : printed(value).slice(0, Number(digits));
  if (kind === "r") return representation(value);
  const number = numberOf(value);
  if (number === undefined) throw new TypeError(`%${kind} format: a number is required`);
  const sign = isSigned && number >= 0 ? "+" : "";
  if (kind === "d" || kind === "i") return sign + printed(value).replace(/\..*$/, "");
  if (kind === "f" || kind === "F") return sign + number.toFixed(Math.min(Number(digits ?? 6), 100));
  if (kind === "x" || kind === "X") return kind === "x" ? number.toString(16) : number.toString(16).toUpperCase();
  if (kind === "e") return sign + number.toExponential(Math.min(Number(digits ?? 6), 100));
  if (kind === "g") return sign + String(number);
  throw new TypeError(`unsupported format character '${kind}'`);
}

function pad(made: string, width: string | undefined, { isLeft, fill }: { isLeft: boolean; fill: string }): string {
  const size = Math.min(Number(width ?? 0), widthMax);
  if (isLeft) return made.padEnd(size);
  if (fill !== "0" || !/^[+-]/.test(made)) return made.padStart(size, fill);
  return made.charAt(0) + made.slice(1).padStart(size - 1, "0");
}
