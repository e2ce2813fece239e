import { completeRates, generalKindOf, rateNames } from "../base/complete-rates.ts";
import type { Decimal, DeclaredPrice, DeclaredRates } from "../base/declared-price.ts";
import { parseNano } from "../base/money.ts";
import { isFeeName } from "../ledger/index.ts";
import { perMillionIfPerToken } from "./decimal.ts";

/** What is odd about a price, the most telling only; undefined for usual ones. `known` is what the catalogue has for the model. */
export function describePriceDoubt(price: DeclaredPrice, known: readonly DeclaredPrice[] = []): string | undefined {
  const all = ratesOf(price);
  return (
    firstOf(all, ({ place, rates }) => describePerToken(price.currency, place, rates)) ??
    firstOf(all, ({ place, rates }) => describeUnit(price.currency, place, rates)) ??
    describeNothing(price, known) ??
    describeCurrency(price, known) ??
    describeDistance(price, known) ??
    firstOf(all, ({ place, rates }) => describeOrder(price.currency, place, rates)) ??
    firstOf(all, ({ place, rates }) => describeKinds(price.currency, place, rates)) ??
    firstOf(all.slice(1), ({ place, rates }) => describeTier(price, place, rates)) ??
    describeFactors(price) ??
    describeFees(price)
  );
}

interface Placed {
  /** Where in the price, with a space behind it; empty for the price itself. */
  place: string;
  rates: DeclaredRates;
}

/** All sets of rates: the price's own first, then those of its tiers and of its service tiers. */
function ratesOf(price: DeclaredPrice): Placed[] {
  const tiersOf = (prefix: string, tiers: DeclaredPrice["tiers"] = []) =>
    tiers.map((rates) => ({ place: `${prefix}above ${rates.above} tokens `, rates }));
  const services = Object.entries(price.service_tiers ?? {}).flatMap(([name, { input, output, tiers, ...more }]) => [
    ...(input === undefined || output === undefined
      ? []
      : [{ place: `in service tier ${name} `, rates: { ...more, input, output } }]),
    ...tiersOf(`in service tier ${name} `, tiers),
  ]);
  return [{ place: "", rates: price }, ...tiersOf("", price.tiers), ...services];
}

function firstOf(all: readonly Placed[], describe: (one: Placed) => string | undefined): string | undefined {
  for (const one of all) {
    const found = describe(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function describePerToken(currency: string, place: string, rates: DeclaredRates): string | undefined {
  const tiny = rateNames.flatMap((name) => {
    const value = rates[name];
    const perMillion = value === undefined ? undefined : perMillionIfPerToken(value);
    return perMillion === undefined ? [] : [`${name} would be ${perMillion}`];
  });
  return tiny.length === 0
    ? undefined
    : `${place}costs less than 0.001 ${currency} per million tokens; prices are per million: if these are per token, ${tiny.join(", ")}`;
}

/** Units of these currencies are worth about so many US dollars' parts; of others nothing is said. */
const unitsPerDollar: ReadonlyMap<string, number> = new Map([
  ["USD", 1],
  ["EUR", 1],
  ["GBP", 1],
  ["CHF", 1],
  ["CAD", 1.4],
  ["AUD", 1.5],
  ["CNY", 7.2],
]);

/** Dollars per million. The cheapest models on sale cost 0.02, the dearest 150 and 600 (models.dev, July 2026). */
const usualMin = 0.02;
const usualInputMax = 150;
const usualOutputMax = 600;

function describeUnit(currency: string, place: string, { input, output }: DeclaredRates): string | undefined {
  const perDollar = unitsPerDollar.get(currency);
  if (perDollar === undefined) return undefined;
  const [read, written] = [Number(input) / perDollar, Number(output) / perDollar];
  if (read > usualInputMax || written > usualOutputMax)
    return `${place}costs ${input} in and ${output} out per million tokens, more than any model on sale; if these are cents, write ${scale(input, -2)} and ${scale(output, -2)}`;
  if (read > 0 && written > 0 && read < usualMin && written < usualMin)
    return `${place}costs ${input} in and ${output} out ${currency} per million tokens, less than any model on sale; if these are per thousand, write ${scale(input, 3)} and ${scale(output, 3)}`;
  return undefined;
}

/** Zeros are billed as zeros; what is meant to cost nothing can say so. */
function describeNothing(price: DeclaredPrice, known: readonly DeclaredPrice[]): string | undefined {
  const isFree = rateNames.every((name) => Number(price[name] ?? 0) === 0);
  const isAlwaysFree = ratesOf(price).every(({ rates }) => Number(rates.input) + Number(rates.output) === 0);
  const hasFees = Object.values(price.fees ?? {}).some((fee) => Number(fee) > 0);
  if (!isFree || !isAlwaysFree || hasFees) return undefined;
  const dear = known.find((book) => Number(book.input) + Number(book.output) > 0);
  const other = dear ? `, where the catalogue has ${show(dear)}` : "";
  return `is billed at nothing${other}; write price: free if calls cost nothing`;
}

/** A price that is the catalogue's in the other currency's numbers, or converted while the currency was not changed. */
function describeCurrency(
  { currency, input, output }: DeclaredPrice,
  known: readonly DeclaredPrice[],
): string | undefined {
  for (const book of known) {
    const ratios = [ratio(input, book.input), ratio(output, book.output)];
    const are = (value: number, tolerance: number) =>
      ratios.every((found) => found !== undefined && Math.abs(found / value - 1) < tolerance);
    if (book.currency !== currency && are(1, 0.001))
      return `costs the same number of ${currency} as of ${book.currency} in the catalogue (${book.input} in, ${book.output} out); one of the currencies is probably meant`;
    if (book.currency === currency && (are(7.2, 0.1) || are(1 / 7.2, 0.1)))
      return `costs about seven times more or less than in the catalogue (${show(book)}); is it in another currency?`;
  }
  return undefined;
}

/** No team's own price is so far from its vendor's list. */
const knownFactorMax = 10;

/** A price that is another unit's, or another model's, by all that the catalogue has had for the model. */
function describeDistance(price: DeclaredPrice, known: readonly DeclaredPrice[]): string | undefined {
  const perDollar = unitsPerDollar.get(price.currency);
  for (const name of ["input", "output"] as const) {
    const ratios = known.map((book) => {
      const ofBook = unitsPerDollar.get(book.currency);
      const found = ratio(price[name], book[name]);
      return found && perDollar && ofBook ? (found * ofBook) / perDollar : undefined;
    });
    const isFar = (one: number | undefined) =>
      one !== undefined && (one >= knownFactorMax || one <= 1 / knownFactorMax);
    const [first] = ratios;
    const [book] = known;
    if (book && first !== undefined && ratios.every(isFar))
      return `costs ${price[name]} ${price.currency} for ${name}, about ${describeTimes(first)} than in the catalogue (${show(book)}); prices are per million tokens`;
  }
  return undefined;
}

function describeOrder(currency: string, place: string, rates: DeclaredRates): string | undefined {
  const { input, output, cached_input: cached } = rates;
  if (cached !== undefined && Number(cached) > Number(input))
    return `${place}asks more for cached tokens (${cached}) than for others (${input} ${currency})`;
  if (Number(output) > 0 && Number(output) < Number(input) / 10)
    return `${place}asks less for output (${output}) than a tenth of what input costs (${input} ${currency}); are they the wrong way round?`;
  return undefined;
}

/** A kind of token that costs far more or less than the kind that it is a part of. Sound and images may be dearer, cached tokens cheaper. */
function describeKinds(currency: string, place: string, rates: DeclaredRates): string | undefined {
  const all = completeRates(rates);
  for (const name of rateNames) {
    const general = generalKindOf(name);
    const found = general && ratio(all[name], all[general]);
    if (!general || found === undefined) continue;
    const most = /audio|image/.test(name) ? 100 : 10;
    const least = name.includes("cached") ? 1_000 : 10;
    if (found > most || found * least < 1)
      return `${place}asks ${all[name]} for ${name}, about ${describeTimes(found)} than for ${general} (${all[general]} ${currency})`;
  }
  return undefined;
}

/** Long prompts cost twice as much, priority two or three times. */
const tierFactorMax = 10;

function describeTier(price: DeclaredPrice, place: string, rates: DeclaredRates): string | undefined {
  for (const name of ["input", "output"] as const) {
    const found = ratio(rates[name], price[name]);
    if (found !== undefined && (found > tierFactorMax || found * tierFactorMax < 1))
      return `${place}asks ${rates[name]} ${price.currency} for ${name}, about ${describeTimes(found)} than else (${price[name]})`;
  }
  return undefined;
}

function describeFactors({ batch, off_peak: offPeak, service_tiers: services = {} }: DeclaredPrice) {
  const factors: [string, Decimal | undefined, number][] = [
    ["in a batch", batch, 1],
    ["off peak", offPeak?.factor, 1],
    ...Object.entries(services).map(([name, { factor }]): [string, Decimal | undefined, number] => [
      `in service tier ${name}`,
      factor,
      tierFactorMax,
    ]),
  ];
  const odd = factors.find(([, factor, most]) => factor !== undefined && Number(factor) > most);
  return odd && `costs ${odd[1]} times the usual price ${odd[0]}; a half is 0.5`;
}

/** Dollars a piece. The dearest images cost 0.25, searches 0.035, an hour of sound 6 (vendors' lists, 2026). */
const usualFeeMax = 1;
const usualFeesMax: ReadonlyMap<string, number> = new Map([
  ["character", 0.001],
  ["hour", 20],
]);

function describeFees({ currency, fees = {} }: DeclaredPrice): string | undefined {
  const perDollar = unitsPerDollar.get(currency);
  if (perDollar === undefined) return undefined;
  const odd = Object.entries(fees).find(
    // A name that nothing is counted under is told by itself.
    ([name, fee]) => isFeeName(name) && Number(fee) / perDollar > (usualFeesMax.get(name) ?? usualFeeMax),
  );
  return (
    odd &&
    `asks ${odd[1]} ${currency} for each ${odd[0]}, more than any on sale; if it is per thousand, write ${scale(odd[1], -3)}`
  );
}

function show({ input, output, currency }: DeclaredPrice): string {
  return `${input} in, ${output} out ${currency}`;
}

/** `0.01` → `100 times less`. */
function describeTimes(found: number): string {
  const times = Number((found > 1 ? found : 1 / found).toPrecision(2));
  return `${times} times ${found > 1 ? "more" : "less"}`;
}

/** Undefined where one of them is nothing. */
function ratio(a: Decimal, b: Decimal): number | undefined {
  return Number(b) > 0 && Number(a) > 0 ? Number(a) / Number(b) : undefined;
}

/** A decimal times a power of ten, without the noise of binary fractions. */
function scale(value: Decimal, exponent: number): string {
  const nano = parseNano(value) ?? 0n;
  return String(Number((Number(nano) * 10 ** (exponent - 9)).toPrecision(12)));
}
