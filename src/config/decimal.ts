import { z } from "zod";
import { formatNano, parseNano } from "../base/money.ts";

const allowed = "expected a decimal of at least 0 with at most nine places, such as 0.55";

/** An amount of money: what nano-units hold exactly, as a number or as text. */
export const decimal = checked(findDecimalFault);

/** With the most tokens that a request may count, 300 million, a cost still fits 64 bits of nano-units. */
const pricePerMillionMax = 30_000_000;

/** A price per million tokens. */
export const price = checked((value) => {
  const fault = findDecimalFault(value);
  if (fault !== undefined || Number(value) <= pricePerMillionMax) return fault;
  return `expected at most ${pricePerMillionMax} per million tokens`;
});

function checked(find: (value: unknown) => string | undefined) {
  return z.custom<number | string>().superRefine((value, context) => {
    const fault = find(value);
    if (fault !== undefined) context.addIssue({ code: "custom", message: fault });
  });
}

/** What keeps a value from being an amount of money; undefined if it is one. */
function findDecimalFault(value: unknown): string | undefined {
  if (typeof value !== "number" && typeof value !== "string") return allowed;
  if ((parseNano(value) ?? -1n) >= 0n) return undefined;
  const hint = hints.find(([pattern]) => pattern.test(String(value)));
  return hint ? `${allowed}; ${hint[1]}` : allowed;
}

/** Why a decimal that was parsed is refused all the same: less than nothing, of which there is nothing. */
export function describeMinusZero(value: number | string, place: string): string[] {
  const isMinus = Object.is(value, -0) || (typeof value === "string" && value.startsWith("-"));
  return isMinus ? [`${place}: expected a decimal of at least 0; found -0`] : [];
}

const hints: [RegExp, string][] = [
  [/^\d+,\d+$/, "decimals follow a point"],
  [/^[\s\d.,]*[$€£¥]|[$€£¥A-Z]{1,3}\s*$/, "the currency is a field of its own"],
  [/^\d*\.?\d+e[+-]?\d+$/i, "it is written without an exponent, per million tokens"],
  [/^0?\.0{6,}/, "prices are per million tokens, not per token"],
  [/^\d*\.\d{10,}$/, "digits beyond the ninth place are not rounded away"],
];

/** Prices of models are rarely below a cent for a million tokens, and prices of a single token always are. */
const suspectBelow = 1_000_000n;

/** What a price would be if it were one per token, as people copy them from lists; undefined for usual prices. */
export function perMillionIfPerToken(value: number | string): string | undefined {
  const nano = parseNano(value);
  return nano !== undefined && nano > 0n && nano < suspectBelow ? formatNano(nano * 1_000_000n) : undefined;
}
