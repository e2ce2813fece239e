/** An amount of money in nano-units (10⁻⁹) of its currency. Integers only, so sums are exact. */
export type Nano = bigint;

const nanoDigits = 9;
/** For numbers that may be inexact, as the doubles of Prometheus; exact amounts are formatted. */
export const nanoPerUnit = 10 ** nanoDigits;
const decimalPattern = /^(-?)(\d{1,12})(?:\.(\d+))?$/;

/**
 * Parses a decimal such as `0.55` or `5000` into nano-units. Returns undefined for anything else, also for digits beyond
 * the ninth place: input is never rounded.
 */
export function parseNano(text: string | number): Nano | undefined {
  return parseDecimal(text, nanoDigits);
}

/** The same into units of 10⁻ᵖ, p being the places. */
export function parseDecimal(text: string | number, places: number): bigint | undefined {
  const match = decimalPattern.exec(typeof text === "number" ? plainDecimal(text) : text);
  if (!match) return undefined;
  const [, sign, whole = "0", fraction = ""] = match;
  const significant = fraction.replace(/0+$/, "");
  if (significant.length > places) return undefined;
  const value = BigInt(whole + significant.padEnd(places, "0"));
  return sign ? -value : value;
}

/** The shortest exact decimal: `1230000000n` → `"1.23"`. */
export function formatNano(amount: Nano): string {
  return formatDecimal(amount, nanoDigits);
}

/** The same of a number of units of 10⁻ᵖ, p being the places. */
export function formatDecimal(amount: bigint, places: number): string {
  const negative = amount < 0n;
  const digits = (negative ? -amount : amount).toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${negative ? "-" : ""}${digits.slice(0, -places)}${fraction ? `.${fraction}` : ""}`;
}

/** Integer division that rounds to the nearest integer, ties to the even one, so that many roundings do not drift. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  const magnitude = twice < 0n ? -twice : twice;
  if (magnitude < divisor || (magnitude === divisor && quotient % 2n === 0n)) return quotient;
  return quotient + (dividend < 0n ? -1n : 1n);
}

/** A number as JavaScript prints it, digit for digit, without the exponent that it gives to small ones: `2.8e-7`. */
function plainDecimal(value: number): string {
  const text = String(value);
  const small = /^(-?)(\d)(?:\.(\d+))?e-(\d+)$/.exec(text);
  if (!small) return text;
  const [, sign = "", whole = "", fraction = "", places] = small;
  return `${sign}0.${"0".repeat(Number(places) - 1)}${whole}${fraction}`;
}
