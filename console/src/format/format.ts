import { dateFormat, numberFormat, relativeFormat } from "./formatters.ts";

/** How numbers, money and times are written in a language. All functions are pure; `locale` is a BCP 47 tag. */

/** Arabic readers of technical pages expect the digits that code and bills have. */
const digits = "latn";

export function formatNumber(locale: string, value: number): string {
  return numberFormat(locale, { numberingSystem: digits, maximumFractionDigits: 2 }).format(value);
}

/**
 * Short, for counts of tokens and requests: 950, 12.3K, 4.56M. Without a unit it is exact: Chinese has none below 万, and a 5163 that is
 * written as 5160 looks like another count.
 */
export function formatCount(locale: string, value: number): string {
  return numberFormat(locale, {
    numberingSystem: digits,
    notation: "compact",
    maximumSignificantDigits: 3,
    maximumFractionDigits: 0,
    roundingPriority: "morePrecision",
  }).format(value);
}

/**
 * Tokens in and out: 1.2K → 340. Each is a piece of text with a direction of its own (U+2068 to U+2069), so that it stays whole in languages
 * that write its unit from right to left.
 */
export function formatTokenPair(locale: string, input: number, output: number): string {
  return `\u2068${formatCount(locale, input)}\u2069 → \u2068${formatCount(locale, output)}\u2069`;
}

export function formatPercent(locale: string, share: number): string {
  return numberFormat(locale, { numberingSystem: digits, style: "percent", maximumFractionDigits: 1 }).format(share);
}

/** Digits that an amount below one has after its zeros: with two places, one of 0.0199 would look like half of it. */
const significantDigits = 3;
/** The first place of an amount that is shown; what is below is written as less than that. */
const placesMax = 6;

/**
 * An exact amount as the API gives it ("0.00123400", "12.5"), with its currency. An amount of one or more is rounded to two places (cents),
 * a smaller one to three significant digits; what is charged but below a millionth is "<$0.000001", so that it does not look free.
 * `isExact` shows all digits.
 */
export function formatMoney(locale: string, amount: string, currency: string, { isExact = false } = {}): string {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? [];
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  const isBelowOne = /^0*$/.test(whole);
  const isTiny = !isExact && isBelowOne && zeros >= placesMax && zeros < fraction.length;
  const places = isExact ? fraction.length : isBelowOne && zeros < fraction.length ? zeros + significantDigits : 2;
  // Intl takes a decimal as text without making it a float, and rounds it.
  const text = (
    isTiny ? `${sign}0.${"1".padStart(placesMax, "0")}` : `${sign}${whole}.${fraction || "0"}`
  ) as Intl.StringNumericLiteral;
  const written = numberFormat(locale, {
    numberingSystem: digits,
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 2,
    maximumFractionDigits: isTiny ? placesMax : Math.max(2, places),
  }).format(text);
  const bound = isTiny ? (sign === "" ? "<" : ">") : "";
  return isolate(`${bound}${written}`);
}

/** Intl's marks of direction are for plain text; between them a symbol such as US$ would be torn apart by Arabic around it. */
const directionMarks = /[\u061c\u200e\u200f]/g;

function isolate(text: string): string {
  const plain = text.replaceAll(directionMarks, "");
  return plain === text ? text : `\u2066${plain}\u2069`;
}

/** 0.4 ms, 320 ms, 1.24 s, 3 min 5 s. */
export function formatDuration(locale: string, durationMs: number): string {
  const unit = (value: number, name: string, fraction: number) =>
    numberFormat(locale, {
      numberingSystem: digits,
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumFractionDigits: fraction,
    }).format(value);
  if (durationMs < 1_000) return unit(durationMs, "millisecond", durationMs < 10 ? 1 : 0);
  if (durationMs < 60_000) return unit(durationMs / 1_000, "second", 2);
  const seconds = Math.round(durationMs / 1_000);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60)
    return rest === 0 ? unit(minutes, "minute", 0) : `${unit(minutes, "minute", 0)} ${unit(rest, "second", 0)}`;
  const hours = Math.floor(minutes / 60);
  return minutes % 60 === 0 ? unit(hours, "hour", 0) : `${unit(hours, "hour", 0)} ${unit(minutes % 60, "minute", 0)}`;
}

/** 512 B, 24.1 kB, 1.2 GB. */
export function formatBytes(locale: string, bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;
  const power = bytes < 1_000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return numberFormat(locale, {
    numberingSystem: digits,
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "narrow" : "short",
    maximumSignificantDigits: 3,
  })
    .format(bytes / 1_000 ** power)
    .replace(/(?<=\d)B$/, " B");
}

/** An ISO time in the reader's zone. `short` leaves out what is the same today. */
export function formatTime(locale: string, iso: string, { now = new Date(), timeZone }: TimeOptions = {}): string {
  const time = new Date(iso);
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = dateFormat("en-CA", { ...zone, year: "numeric", month: "2-digit", day: "2-digit" });
  const [ofTime, today] = [day.format(time), day.format(now)];
  const isToday = ofTime === today;
  const isThisYear = ofTime.slice(0, 4) === today.slice(0, 4);
  return dateFormat(locale, {
    numberingSystem: digits,
    ...zone,
    ...(isToday
      ? { hour: "numeric", minute: "2-digit", second: "2-digit" }
      : {
          month: "short",
          day: "numeric",
          hour: "numeric",
          minute: "2-digit",
          ...(!isThisYear && { year: "numeric" }),
        }),
  }).format(time);
}

/** The whole time with its zone, for a title. */
export function formatFullTime(locale: string, iso: string, { timeZone }: TimeOptions = {}): string {
  return dateFormat(locale, {
    numberingSystem: digits,
    ...(timeZone !== undefined && { timeZone }),
    year: "numeric",
    month: "long",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "longOffset",
  }).format(new Date(iso));
}

/** "5 minutes ago", "in 3 days". */
export function formatAgo(locale: string, iso: string, now = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1_000;
  const format = relativeFormat(`${locale}-u-nu-${digits}`, { numeric: "auto" });
  for (const [unit, length] of spans)
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  return format.format(Math.trunc(seconds), "second");
}

const spans = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

export interface TimeOptions {
  now?: Date;
  /** The browser's by default. */
  timeZone?: string;
}
