import { askSimilar } from "../../base/find-similar.ts";
import type { Nano } from "../../base/money.ts";
import { showText } from "../../base/printable.ts";
import { currencyNames, powerUnits, scaleWords, tokenWords } from "./amount-words.ts";
import { FieldFault } from "./field-fault.ts";

/** An amount of money as it was written: exact, in nano-units (10⁻⁹) of its currency. */
export interface MoneyAmount {
  nano: Nano;
  currency: string;
}

/**
 * Parses `380bn CNY`, `$5 million` or `3.5m USD` exactly. `currency` is meant where the text names none. Throws a
 * FieldFault that says what was found and what is allowed.
 */
export function parseMoney(text: string, currency?: string): MoneyAmount {
  const { number, words } = split(text, moneyAllowed);
  const [found, scaleText] = takeCurrency(words, text);
  const named = found ?? currency;
  if (named === undefined) refuse(text, "a currency is missing", moneyAllowed);
  const nano = scaled(number, scaleOf(scaleText, text, moneyAllowed) + nanoPlaces, text, moneyAllowed);
  if (nano <= 0n) refuse(text, "an amount of money is more than 0", moneyAllowed);
  if (nano > nanoMax) refuse(text, "it is too large: 1e17 at most", moneyAllowed);
  return { nano, currency: named };
}

/** Parses `1 GW`, `300MW` or `12.5 kW` into watts. Throws a FieldFault. */
export function parsePower(text: string): number {
  const { number, words } = split(text, powerAllowed);
  if (/^mw$/.test(words) || words === "mW") refuse(text, "mW are milliwatts; megawatts are MW", powerAllowed);
  if (/wh$/i.test(words)) refuse(text, "that is energy; power has no hours in its unit", powerAllowed);
  const [, scaleText = "", unit = ""] = /^(.*?)\s*((?:[kmgt]?w|(?:kilo|mega|giga|tera)?watts?))$/i.exec(words) ?? [];
  const places = powerUnits[unit.toLowerCase()];
  if (places === undefined) refuse(text, "a unit of power is missing", powerAllowed);
  const watts = toNumber(number, scaleOf(scaleText, text, powerAllowed) + places);
  if (!(watts > 0) || watts > wattsMax) refuse(text, "expected more than 0 and at most 1000 GW", powerAllowed);
  return watts;
}

/** Parses `2e12`, `608bn tokens` or `3 million` into a number of tokens. Throws a FieldFault. */
export function parseTokens(text: string): number {
  const { number, words } = split(text, tokensAllowed);
  const scaleText = words.replace(tokenWords, "").trim();
  const tokens = toNumber(number, scaleOf(scaleText, text, tokensAllowed));
  if (tokens > tokensMax) refuse(text, "expected at least 0 and at most 1e18", tokensAllowed);
  return tokens;
}

/** Parses a number such as `0.06`, `5bn` or `60 %` (0.6) into an exact decimal, with what is behind it. Throws a FieldFault. */
export function parseNumber(text: string): { decimal: string; unit: string } {
  const { number, words } = split(text, numberAllowed);
  const [, scaleText = "", unit = ""] = /^([^\s/%]*)\s*(.*)$/.exec(words) ?? [];
  const isScale = scaleWords[scaleText.toLowerCase()] !== undefined;
  const isPercent = unit === "%" || scaleText === "%";
  const places = isScale ? scaleOf(scaleText, text, numberAllowed) : isPercent ? -2 : 0;
  const rest = isPercent ? "" : isScale ? unit : words;
  return { decimal: movePoint(number, places + number.exponent), unit: rest };
}

const numberAllowed = "a number such as 0.06, 5bn or 60%";
// In double quotes a shell takes $5 for a variable.
const moneyAllowed =
  'an amount with its currency, such as "380bn CNY", "3.5 million USD", "5 Mrd EUR" or, in single quotes, \'$5bn\'';
const powerAllowed = 'a power such as "1 GW", "300 MW" or "12.5 kW"';
const tokensAllowed = 'a number of tokens such as "2e12", "608bn" or "3 million tokens"';

/** All power stations of the world give less than ten times as much. */
const wattsMax = 1e12;
const tokensMax = 1e18;
const nanoPlaces = 9;
/** A hundred times the world's wealth in dollars; all that follows from it is an exact integer. */
const nanoMax = 10n ** 26n;
/** Digits of an amount, so that what is written is read in no time. */
const digitsMax = 30;

interface Digits {
  whole: string;
  fraction: string;
  exponent: number;
}

/** The number of a text, and the words around it. */
function split(text: string, allowed: string): { number: Digits; words: string } {
  const trimmed = inAscii(text.normalize("NFKC").trim());
  if (trimmed === "") refuse(text, "it is empty", allowed);
  if (trimmed.length > 64) refuse(text, "the text is too long", allowed);
  const pattern = /(?<![\p{L}\d.,_-])(\d[\d.,_'\u2009 ]*)(?:e([+-]?\d{1,4}))?(?![\d])/iu;
  const match = pattern.exec(trimmed);
  if (!match || /^[-+−]/.test(trimmed))
    refuse(text, /^[-−]/.test(trimmed) ? "it is negative" : "there is no number in it", allowed);
  const [whole, found = "", exponent = "0"] = match;
  const words = `${trimmed.slice(0, match.index)} ${trimmed.slice(match.index + whole.length)}`.trim();
  if (/\d/.test(words)) refuse(text, "there are several numbers in it", allowed);
  return { number: { ...digitsOf(found.trim(), text, allowed), exponent: Number(exponent) }, words };
}

/** Arabic, Persian and Indian digits, and Arabic points and commas of numbers, as those of English. */
function inAscii(text: string): string {
  return text
    .replace(/[٠-٩۰-۹०-९]/gu, (digit) => String(zeros.map((zero) => digit.codePointAt(0)! - zero).find(isDigit)))
    .replaceAll("٫", ".")
    .replaceAll("٬", ",");
}

const zeros = ["٠", "۰", "०"].map((zero) => zero.codePointAt(0)!);
const isDigit = (value: number) => value >= 0 && value <= 9;

/** `1,250,000.5` → 1250000 and 5. Groups have three digits, so that a decimal comma is noticed and not taken for one. */
function digitsOf(found: string, text: string, allowed: string): Pick<Digits, "whole" | "fraction"> {
  const match = /^(\d+|\d{1,3}(?:([,_'\u2009 ])\d{3})(?:\2\d{3})*)(?:\.(\d+))?$/.exec(found);
  if (!match)
    refuse(
      text,
      /^\d+,\d+$/.test(found) ? `decimals follow a point: ${found.replace(",", ".")}` : `${found} is no number`,
      allowed,
    );
  const whole = (match[1] ?? "").replace(/\D/g, "");
  const fraction = match[3] ?? "";
  if (whole.length + fraction.length > digitsMax) refuse(text, "it has too many digits", allowed);
  return { whole, fraction };
}

/** An integer: the number times 10 to the power of `places`. */
function scaled({ whole, fraction, exponent }: Digits, places: number, text: string, allowed: string): bigint {
  const shift = places + exponent - fraction.length;
  const digits = BigInt(whole + fraction);
  if (shift > 40) refuse(text, "it is too large", allowed);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  if (digits % divisor !== 0n) refuse(text, "it has digits beyond the ninth place", allowed);
  return digits / divisor;
}

function toNumber({ whole, fraction, exponent }: Digits, places: number): number {
  // Reading decimal text rounds once; multiplying by a power of ten would round again.
  return Number(`${whole}.${fraction || "0"}e${places + exponent}`);
}

/** The decimal with its point so many places further right. */
function movePoint({ whole, fraction }: Digits, places: number): string {
  const digits = whole + fraction;
  const point = whole.length + places;
  const padded = point > 0 ? digits.padEnd(point, "0") : digits.padStart(digits.length + 1 - point, "0");
  const at = Math.max(1, point);
  return padded.length > at ? `${padded.slice(0, at)}.${padded.slice(at)}` : padded;
}

/** The currency that the words name, and the words without it. */
function takeCurrency(words: string, text: string): [currency: string | undefined, rest: string] {
  if (/(?<!\p{L})¥/u.test(words)) refuse(text, "¥ is the sign of two currencies; write CNY or JPY", moneyAllowed);
  for (const [pattern, currency] of currencyNames) {
    const rest = words.replace(pattern, " ");
    if (rest !== words) return [currency, rest.trim()];
  }
  const codes = [...words.matchAll(/(?<!\p{L})[A-Za-z]{3}(?!\p{L})/gu)].map(([code]) => code);
  const code = codes.find((one) => scaleWords[one.toLowerCase()] === undefined);
  if (code === undefined) return [undefined, words];
  return [code.toUpperCase(), words.replace(code, " ").trim()];
}

/** The power of ten that a word such as `bn` or `million` means; 0 for none. */
function scaleOf(words: string, text: string, allowed: string): number {
  const word = words.trim().replace(/\.$/, "").toLowerCase();
  if (word === "") return 0;
  const places = scaleWords[word];
  if (places === undefined)
    refuse(text, `${showText(word)} is not known here${askSimilar(word, Object.keys(scaleWords))}`, allowed);
  return places;
}

function refuse(text: string, why: string, allowed: string): never {
  throw new FieldFault(text, why, allowed);
}
