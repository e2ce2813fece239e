import { must } from "../base/assert.ts";
import type { DeclaredPrice, Decimal } from "../base/declared-price.ts";
import { formatDecimal, parseNano, type Nano } from "../base/money.ts";
import { priceInForce } from "../base/price-in-force.ts";
import type { ModelEntry } from "../config/index.ts";
import type { ListedPrice } from "../dialect/dialect.ts";
import { factorOne, priceAt, type Charge, type DatedPrices, type Price } from "../ledger/index.ts";

/**
 * What a token costs the caller, for lists that have one number for it: the same at each target, at each length and time of day, in
 * USD, since programs show it as such. Undefined where that is not so, or not known.
 */
export function listedPriceOf(model: ModelEntry, timeMs: number): ListedPrice | undefined {
  // Targets of the catalogue's models are made when they are asked for, and to parse a thousand whole prices takes long.
  if (model.prices) {
    const declared = priceInForce(model.prices, timeMs);
    return declared && write(ratesOfDeclared(declared), factorOne);
  }
  if (model.unpriced?.length) return undefined;
  const [first, ...others] = model.targets.map((target) => ofTarget(target, timeMs));
  return first && others.every((other) => other && isSame(first, other)) ? first : undefined;
}

function ofTarget(
  { prices, charge }: { prices: DatedPrices; charge?: Charge | undefined },
  timeMs: number,
): ListedPrice | undefined {
  const price = priceAt(charge && "prices" in charge ? charge.prices : prices, timeMs);
  return price && write(ratesOf(price), charge && "factor" in charge ? charge.factor : factorOne);
}

/** Per million tokens. */
interface TokenRates {
  input: Nano;
  output: Nano;
  cachedInput: Nano;
  cacheWrite: Nano;
}

/** Undefined where one number does not say what a token costs: another currency, by length, time or thoughts, or by the request. */
function ratesOf({ currency, rates, tiers = [], offPeak, fees }: Price): TokenRates | undefined {
  if (currency !== "USD" || tiers.length > 0 || offPeak || (fees && !isBeside(fees, rates))) return undefined;
  return rates.thinkingOutput === rates.output && rates.reasoning === rates.output ? rates : undefined;
}

/** The same of a price as it is declared. */
function ratesOfDeclared(declared: DeclaredPrice): TokenRates | undefined {
  const { currency, tiers = [], off_peak: offPeak, fees } = declared;
  if (currency !== "USD" || tiers.length > 0 || offPeak) return undefined;
  const [input, output] = [nano(declared.input), nano(declared.output)];
  const has = (rate: Decimal | undefined, usual: Nano) => (rate === undefined ? usual : nano(rate));
  const thinking = has(declared.thinking_output, output);
  if (thinking !== output || has(declared.reasoning, thinking) !== output) return undefined;
  const rates = {
    input,
    output,
    cachedInput: has(declared.cached_input, input),
    cacheWrite: has(declared.cache_write, input),
  };
  return fees && !isBeside(fees, rates) ? undefined : rates;
}

/** Fees for tools come on top of a token's price; those for requests or pictures say that it is none. */
function isBeside(fees: object, { input, output }: Pick<TokenRates, "input" | "output">): boolean {
  return !("request" in fees) && (input > 0n || output > 0n);
}

function write(rates: TokenRates | undefined, factor: bigint): ListedPrice | undefined {
  if (!rates) return undefined;
  const { input, output, cachedInput, cacheWrite } = rates;
  const perToken = (rate: Nano) => formatDecimal(rate * factor, factorPlaces);
  return {
    input: perToken(input),
    output: perToken(output),
    ...(cachedInput !== input && { cachedInput: perToken(cachedInput) }),
    ...(cacheWrite !== input && { cacheWrite: perToken(cacheWrite) }),
  };
}

/** Rates are nano-units per million tokens, 10⁻¹⁵ for one, and factors are billionths. */
const factorPlaces = 24;

function isSame(one: ListedPrice, other: ListedPrice): boolean {
  return (["input", "output", "cachedInput", "cacheWrite"] as const).every((name) => one[name] === other[name]);
}

function nano(decimal: Decimal): Nano {
  return must(parseNano(decimal), "prices are checked with the configuration and the catalogue");
}
