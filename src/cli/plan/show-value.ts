import type { ReportFigure } from "./plan-report.ts";

type Steps = readonly (readonly [factor: number, prefix: string])[];

const words: Steps = [
  [1e15, "quadrillion "],
  [1e12, "tn "],
  [1e9, "bn "],
  [1e6, "m "],
];
const metric: Steps = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];
/** How large numbers of a unit are written; words such as `bn` unless told. */
const stepsOf: Readonly<Record<string, Steps>> = {
  W: metric,
  Wh: metric,
  B: metric,
  "B/s": metric,
  "B/accelerator": metric,
  "FLOP/s": [[1e15, "P"], ...metric],
  "%": [],
};

/** Units of sheets that are a multiple of one that takes prefixes. */
const multiples: Readonly<Record<string, readonly [factor: number, unit: string]>> = {
  MW: [1e6, "W"],
  kWh: [1e3, "Wh"],
  "million tokens": [1e6, "token"],
};

/** Names that are counted, as the first word of a unit: `token/day`. */
const counted = /^(?:token|node|accelerator|slot|year|host|replica|hour|request)(?=$|\/)/;

/** Grams are kilograms and tonnes in writing. */
const massSteps: readonly (readonly [factor: number, unit: string])[] = [
  [1e12, "Mt"],
  [1e9, "kt"],
  [1e6, "t"],
  [1e3, "kg"],
];

interface Scale {
  factor: number;
  unit: string;
}

/** Digits of a value that has a range: more would say that it is known better than it is. */
const digitsOfEstimate = 3;
const digitsOfExact = 6;

/** `52.4 bn USD`, `1.23 GW`, `227 nodes`. */
export function showValue(value: number, unit: string, digits: number = digitsOfEstimate): string {
  const scale = scaleFor(value, unit);
  return `${showNumber(value / scale.factor, digits)} ${scale.unit}`.trim();
}

/** Likely, low and high in one scale, `52.4 (48.1 – 57) bn USD`; exactly where there is no range. */
export function showFigure(figure: Pick<ReportFigure, "value" | "unit" | "range">): string {
  const { value, unit, range } = figure;
  if (range === undefined) return showValue(value, unit, digitsOfExact);
  const scale = inOneScale(value, unit);
  return `${showRange(figure, scale.show)} ${scale.unit}`.trim();
}

/** An assumption's likely value; as it was given where it has no range. */
export function showLikely({
  value,
  low,
  high,
  unit,
}: {
  value: number;
  low: number;
  high: number;
  unit: string;
}): string {
  return showValue(value, unit, low === high ? digitsOfExact : digitsOfEstimate);
}

/** Likely, low and high without their unit: `52.4 (48.1 – 57)`; the likely one alone where all look the same. */
export function showRange({ value, range }: Pick<ReportFigure, "value" | "range">, show: Scaled["show"]): string {
  const [likely, low, high] = [value, range?.low ?? value, range?.high ?? value].map(show);
  return likely === low && likely === high ? `${likely}` : `${likely} (${low} – ${high})`;
}

/** Two values in one scale: `1 – 2.5 tn tokens`. */
export function showSpan(from: number, to: number, unit: string, between = " – "): string {
  const { show, unit: shownUnit } = inOneScale(Math.max(Math.abs(from), Math.abs(to)), unit);
  return `${show(from)}${between}${show(to)} ${shownUnit}`.trim();
}

interface Scaled {
  show: (value: number) => string;
  unit: string;
}

/** How values that stand beside one of this size are shown, and their common unit: `bn USD`. */
export function inOneScale(size: number, symbol: string): Scaled {
  const { factor, unit } = scaleFor(size, symbol);
  return { show: (value) => showNumber(value / factor, digitsOfEstimate), unit };
}

function scaleFor(value: number, symbol: string): Scale {
  const [times, unit] = multiples[symbol] ?? [1, symbol];
  const size = Math.abs(value) * times;
  const mass = unit === "g" ? massSteps.find(([factor]) => size >= factor) : undefined;
  if (mass) return { factor: mass[0] / times, unit: mass[1] };
  const [factor, prefix] = (stepsOf[unit] ?? words).find(([factor]) => size >= factor) ?? [1, ""];
  const named = value === 1 ? unit : unit.replace(counted, "$&s");
  return { factor: factor / times, unit: `${prefix}${named}`.trim() };
}

/** With so many significant digits; thousands are grouped. */
function showNumber(value: number, digits: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e9 || size < 1e-6)) return value.toPrecision(digits);
  return value.toLocaleString("en-US", { maximumSignificantDigits: digits });
}
