import type { Decimal, DeclaredPrice } from "../base/declared-price.ts";
import { parseNano } from "../base/money.ts";
import { mayBeOfEnvironment } from "../vendor/index.ts";
import type { CloudConfig } from "./cloud-config.ts";
import { perMillionIfPerToken } from "./decimal.ts";
import { listOfPrices } from "./price-schema.ts";
import { knownPrices, pricesOfTarget, type KnownPrices } from "./prices-of-target.ts";

/** Prices that are most probably meant in another unit or currency, and models that have none: one line for each price. */
export function findPriceDoubts(config: CloudConfig, catalog: KnownPrices | undefined): string[] {
  const declared = new Map(config.providers.map((provider) => [provider.name, provider]));
  const providerOf = (name: string) =>
    declared.get(name) ?? (mayBeOfEnvironment(name) ? { name, vendor: name } : undefined);
  return config.models.flatMap((model, index) => {
    const tell = (place: string, price: DeclaredPrice, known?: readonly DeclaredPrice[]) => {
      const doubt = describeDoubt(price, known);
      return doubt === undefined ? [] : [`models[${index}]${place}: model ${model.name} ${doubt}`];
    };
    const known = (model.targets ?? []).map((target) => {
      const provider = providerOf(target.provider);
      return listOfPrices(provider && knownPrices(provider, target.model, catalog));
    });
    const { charge } = model;
    const charged = charge === undefined || (typeof charge === "object" && "factor" in charge) ? undefined : charge;
    const isPriced = (target: NonNullable<typeof model.targets>[number]) =>
      pricesOfTarget(model, target, providerOf(target.provider), catalog) !== undefined;
    const unpriced = (model.targets ?? []).filter((target) => !isPriced(target));
    return [
      ...listOfPrices(model.price).flatMap((price) => tell(".price", price, known[0])),
      ...(model.targets ?? []).flatMap((target, at) =>
        listOfPrices(target.price).flatMap((price) => tell(`.targets[${at}].price`, price, known[at])),
      ),
      ...listOfPrices(charged).flatMap((price) => tell(".charge", price)),
      ...(unpriced.length === 0
        ? []
        : [
            `models[${index}].price: model ${model.name} has no known price at ${[...new Set(unpriced.map(({ provider }) => provider))].join(", ")}, so it is not called there (403 model_not_priced); declare one, such as { currency: USD, input: 0.5, output: 2 }, or free where calls cost nothing`,
          ]),
    ];
  });
}

/** What is odd about a price, the most telling only; undefined for usual ones. */
function describeDoubt(price: DeclaredPrice, known: readonly DeclaredPrice[] = []): string | undefined {
  return describePerToken(price) ?? describeUnit(price) ?? describeCurrency(price, known) ?? describeOrder(price);
}

function describePerToken({ currency, ...fields }: DeclaredPrice): string | undefined {
  const tiny = Object.entries(fields).flatMap(([field, value]) => {
    if (!isRate(field) || (typeof value !== "number" && typeof value !== "string")) return [];
    const perMillion = perMillionIfPerToken(value);
    return perMillion === undefined ? [] : [`${field} would be ${perMillion}`];
  });
  return tiny.length === 0
    ? undefined
    : `costs less than 0.001 ${currency} per million tokens; prices are per million: if these are per token, ${tiny.join(", ")}`;
}

const rateNames: ReadonlySet<string> = new Set([
  "input",
  "cached_input",
  "explicit_cached_input",
  "cache_write",
  "cache_write_1h",
  "output",
  "thinking_output",
  "reasoning",
  "image_input",
  "audio_input",
  "image_output",
  "audio_output",
]);

const isRate = (field: string) => rateNames.has(field);

/** Units of these currencies are worth about so many US dollars' parts; of others nothing is said. */
const unitsPerDollar: Readonly<Record<string, number>> = {
  USD: 1,
  EUR: 1,
  GBP: 1,
  CHF: 1,
  CAD: 1.4,
  AUD: 1.5,
  CNY: 7.2,
};

/** Dollars per million. The cheapest models on sale cost 0.02, the dearest 150 and 600 (models.dev, July 2026). */
const usualMin = 0.02;
const usualInputMax = 150;
const usualOutputMax = 600;

function describeUnit({ currency, ...price }: DeclaredPrice): string | undefined {
  const perDollar = Object.hasOwn(unitsPerDollar, currency) ? unitsPerDollar[currency] : undefined;
  if (perDollar === undefined) return undefined;
  const input = Number(price.input) / perDollar;
  const output = Number(price.output) / perDollar;
  if (input > usualInputMax || output > usualOutputMax)
    return `costs ${price.input} in and ${price.output} out per million tokens, more than any model on sale; if these are cents, write ${scale(price.input, -2)} and ${scale(price.output, -2)}`;
  if (input > 0 && output > 0 && input < usualMin && output < usualMin)
    return `costs ${price.input} in and ${price.output} out ${currency} per million tokens, less than any model on sale; if these are per thousand, write ${scale(price.input, 3)} and ${scale(price.output, 3)}`;
  return undefined;
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
      return `costs about seven times more or less than in the catalogue (${book.input} in, ${book.output} out ${book.currency}); is it in another currency?`;
  }
  return undefined;
}

function describeOrder({ currency, input, output, cached_input: cached }: DeclaredPrice): string | undefined {
  if (cached !== undefined && Number(cached) > Number(input))
    return `asks more for cached tokens (${cached}) than for others (${input} ${currency})`;
  if (Number(output) > 0 && Number(output) < Number(input) / 10)
    return `asks less for output (${output}) than a tenth of what input costs (${input} ${currency}); are they the wrong way round?`;
  return undefined;
}

function ratio(a: Decimal, b: Decimal): number | undefined {
  return Number(b) > 0 && Number(a) > 0 ? Number(a) / Number(b) : undefined;
}

/** A decimal times a power of ten, without the noise of binary fractions. */
function scale(value: Decimal, exponent: number): string {
  const nano = parseNano(value) ?? 0n;
  return String(Number((Number(nano) * 10 ** (exponent - 9)).toPrecision(12)));
}
