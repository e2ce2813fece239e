import { PlanFault } from "./plan-fault.ts";

const decimal = /^(\d{1,18})(?:\.(\d+))?$/;
const scientific = /^(\d+)(?:\.(\d+))?e([+-]?\d{1,2})$/i;

/** A decimal that is not negative in units of 10⁻ᵖ, exact: more places than p are refused. Throws PlanFault. */
export function parseExact(given: number | string, places: number, name: string): bigint {
  const match = decimal.exec(withoutExponent(String(given).trim()));
  const [, whole = "", fraction = ""] = match ?? [];
  const significant = fraction.replace(/0+$/, "");
  if (match && significant.length <= places) return BigInt(whole + significant.padEnd(places, "0"));
  const allowed = `a decimal from 0 on with at most 18 digits before the point and ${places} behind it`;
  throw new PlanFault(`Cannot set ${name}: found ${JSON.stringify(String(given))}, allowed is ${allowed}`);
}

/** `3.8e+21` digit for digit, as JavaScript prints large and small numbers with an exponent. */
function withoutExponent(text: string): string {
  const match = scientific.exec(text);
  if (!match) return text;
  const [, whole = "", fraction = "", exponent] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  return point >= digits.length ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`;
}
