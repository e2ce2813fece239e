import type { DeclaredPrice, DeclaredRates } from "../../src/base/declared-price.ts";
import { isObject } from "../../src/vendor/catalog/models-dev/is-object.ts";

/** The prices of a file of Portkey's by model. They are in US cents per token; cache writes there are storage, which no token pays for. */
export function readPortkey(document: unknown): Map<string, DeclaredPrice> {
  const prices = new Map<string, DeclaredPrice>();
  const entries = Object.entries(isObject(document) ? document : {}).filter(([id]) => id !== "default");
  for (const [id, entry] of entries) {
    const price = convert(entry);
    if (price) prices.set(id, price);
  }
  // `model-lte-128k` and `model-gt-128k` are the model's prices up to a length of the prompt and above it.
  for (const [id, short] of prices) {
    const [, model = "", thousands = ""] = /^(.*)-lte-(\d+)k$/.exec(id) ?? [];
    const long = prices.get(`${model}-gt-${thousands}k`);
    if (!long) continue;
    // Unverified: that a thousand is 1,000 tokens, not 1,024.
    const { currency: _, ...rates } = long;
    prices.set(model, { ...short, tiers: [{ above: Number(thousands) * 1000, ...rates }] });
    prices.delete(id);
    prices.delete(`${model}-gt-${thousands}k`);
  }
  return prices;
}

function convert(entry: unknown): DeclaredPrice | undefined {
  const rates = pathIn(entry, "pricing_config", "pay_as_you_go");
  if (!isObject(rates)) return undefined;
  const perMillion = (name: string) => dollars(pathIn(rates, name, "price"), 1_000_000);
  const image = dollars(pathIn(rates, "additional_units", "generated_images", "price"), 1);
  if (image !== undefined) return { currency: "USD", input: 0, output: 0, fees: { image } };
  const [input, output] = [perMillion("request_token"), perMillion("response_token")];
  if (input === undefined || output === undefined) return undefined;
  const reasoning = perMillion("reasoning_token");
  const found: { [K in keyof DeclaredRates]: DeclaredRates[K] | undefined } = {
    input,
    cached_input: perMillion("cache_read_input_token"),
    output,
    // At Alibaba, the only one with such a price, it is that of the whole output in thinking mode.
    thinking_output: reasoning === output ? undefined : reasoning,
    audio_input: perMillion("request_audio_token"),
    audio_output: perMillion("response_audio_token"),
  };
  const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { currency: "USD", ...(known as unknown as DeclaredRates) };
}

/** Dollars for a number of pieces from cents for one; undefined for none. */
function dollars(cents: unknown, pieces: number): number | undefined {
  if (typeof cents !== "number" || !(cents > 0)) return undefined;
  return Number(((cents / 100) * pieces).toFixed(9));
}

function pathIn(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), value);
}
