import { isIPv6 } from "node:net";
import { maskKeys } from "./key-forms.ts";
import { compileLinear } from "./linear-pattern.ts";
import { maskIbans } from "./mask-ibans.ts";

/** What can be masked by its name. */
export const maskKinds = ["email", "phone", "iban", "card", "id", "key", "ip"] as const;

export type MaskKind = (typeof maskKinds)[number];

/** One of the kinds, or a pattern of the operator's own in RE2's syntax; what it matches becomes `[name]`. */
export type MaskRule = MaskKind | { name: string; pattern: string };

/** Where nothing is said: addresses of machines alone are left. */
export const masksUsual: readonly MaskRule[] = ["email", "phone", "iban", "card", "id", "key"];

/** Replaces personal data and secrets in a text, such as `[email]`. Compile it once; each call takes time in proportion to the text. */
export function createMasker(rules: readonly MaskRule[]): (text: string) => string {
  const own = rules.flatMap((rule) => {
    if (typeof rule === "string") return [];
    const compiled = compileLinear(rule.pattern);
    return [(text: string) => compiled.replaceAll(text, `[${rule.name}]`)];
  });
  const asked = new Set(rules);
  // In the order of the table: an address has a name that may be a number, and an account's or a card's number has those of phones in it.
  const known = Object.entries(maskers).flatMap(([kind, mask]) => (asked.has(kind as MaskKind) ? [mask] : []));
  const all = [...own, ...known];
  return (text) => all.reduce((masked, mask) => mask(masked), text);
}

const email = /[\p{L}\p{N}_.+%-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;

/** Digits in groups, as cards, identity cards and phones are written. Every quantifier has one reading, so that searches are linear. */
const digitRun = /(?<!\d)\d(?:[ -]?\d){8,}(?:[ -]?[Xx](?![\p{L}\p{N}]))?/gu;

/**
 * Phones: with a country's code; of mainland China (mobiles by Unicom, Telecom, Mobile and Broadnet all begin with 13 to 19; landlines with
 * 0); of North America; of the Gulf (mobiles begin with 05).
 */
const phones = [
  /(?<![\p{L}\p{N}])(?:\+|00)[1-9]\d{0,3}(?:[ .()-]{0,2}\d){6,13}(?!\d)/gu,
  /(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)/g,
  /(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)/g,
  /(?<!\d)(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)/g,
  /(?<!\d)05\d[ -]?\d{3}[ -]?\d{4}(?!\d)/g,
];

const socialSecurity = /(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)/g;

const ipv4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.]?\d)/g;
const ipv6 = /(?<![\p{L}\p{N}:])(?:[0-9a-f]{1,4}:{1,2}){2,7}[0-9a-f]{0,4}(?![\p{L}\p{N}:])/giu;

const maskers: Record<MaskKind, (text: string) => string> = {
  key: (text) => maskKeys(text),
  email: (text) => (text.includes("@") ? text.replace(email, "[email]") : text),
  iban: maskIbans,
  card: (text) => text.replace(digitRun, (run) => maskNumbers(run, isCard, "[card]")),
  id: (text) =>
    text.replace(digitRun, (run) => maskNumbers(run, isIdentity, "[id]", 1)).replace(socialSecurity, "[id]"),
  phone: (text) => phones.reduce((masked, pattern) => masked.replace(pattern, "[phone]"), text),
  ip: (text) => text.replace(ipv4, "[ip]").replace(ipv6, (found) => (isIPv6(found) ? "[ip]" : found)),
};

/** A number has so many digits at most. */
const numberDigitsMax = 19;

/** Looks at neighbouring groups of digits and replaces those that together are a number of this kind. */
function maskNumbers(
  run: string,
  isNumber: (digits: string) => boolean,
  replacement: string,
  groupsMax = numberDigitsMax,
): string {
  const parts = run.split(/([ -])/);
  const groups = parts.filter((_, at) => at % 2 === 0);
  let masked = "";
  for (let at = 0; at < groups.length;) {
    const count = countGroups(groups.slice(at, at + groupsMax), isNumber);
    masked += (at === 0 ? "" : (parts[at * 2 - 1] ?? "")) + (count > 0 ? replacement : (groups[at] ?? ""));
    at += Math.max(1, count);
  }
  return masked;
}

/** How many of the first groups are a number of the kind; 0 for none. The longest counts. */
function countGroups(groups: readonly string[], isNumber: (digits: string) => boolean): number {
  let digits = "";
  let found = 0;
  for (const [at, group] of groups.entries()) {
    digits += group;
    if (digits.length > numberDigitsMax) break;
    if (isNumber(digits)) found = at + 1;
  }
  return found;
}

/** ISO/IEC 7812: 13 to 19 digits whose last one is a check (Luhn). Payment cards begin with 2 to 6. */
function isCard(digits: string): boolean {
  return /^[2-6]\d{12,18}$/.test(digits) && passesLuhn(digits);
}

/** Mainland China: 17 digits and a check (GB 11643-1999), with a date of birth. Saudi Arabia: ten digits, the first 1 or 2, the last a check (Luhn). */
function isIdentity(digits: string): boolean {
  if (/^[12]\d{9}$/.test(digits)) return passesLuhn(digits);
  if (!/^\d{6}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]$/.test(digits)) return false;
  let sum = 0;
  for (let at = 0; at < 17; at++) sum += Number(digits[at]) * (2 ** (17 - at) % 11);
  return "10X98765432"[sum % 11] === digits[17]?.toUpperCase();
}

function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let at = digits.length - 1, isDoubled = false; at >= 0; at--, isDoubled = !isDoubled) {
    const digit = Number(digits[at]) * (isDoubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}
