import { parseNano } from "../../base/money.ts";
import { numberOf, type Fields } from "./fields.ts";

/** A price as a cloud.yaml has it, in USD per million tokens. */
export type Price = "free" | Record<string, unknown>;

export interface FoundPrice {
  price?: Price;
  /** Settings that make the price. */
  taken: string[];
  /** Those that say a price which no field of ours can hold. */
  unknown: string[];
  /** The price of output was missing, which LiteLLM takes for nothing. */
  isOutputMissing: boolean;
}

/**
 * USD for a token → USD per million tokens, exactly: `2.5e-06` → `2.5`. Undefined for what is no decimal of at least 0, or
 * has more places than a price may have.
 */
export function perMillion(value: unknown): string | undefined {
  const match = /^(\d{1,30})(?:\.(\d{1,60}))?(?:e([+-]?\d{1,2}))?$/i.exec(String(value).trim());
  if (!match || (typeof value !== "number" && typeof value !== "string")) return undefined;
  const [, whole = "", fraction = "", exponent = "0"] = match;
  const shift = Number(exponent) + 6 - fraction.length;
  const digits = whole + fraction;
  const padded = shift >= 0 ? digits + "0".repeat(shift) : digits.padStart(1 - shift, "0");
  const text = shift >= 0 ? padded : `${padded.slice(0, shift)}.${padded.slice(shift)}`;
  const short = text
    .replace(/^0+(?=\d)/, "")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
  return parseNano(short) === undefined ? undefined : short;
}

/** LiteLLM's names of prices for a token (its page "Custom LLM Pricing"), and ours. */
const rates: Readonly<Record<string, string>> = {
  input_cost_per_token: "input",
  cache_read_input_token_cost: "cached_input",
  cache_creation_input_token_cost: "cache_write",
  cache_creation_input_token_cost_above_1hr: "cache_write_1h",
  output_cost_per_token: "output",
  output_cost_per_reasoning_token: "reasoning",
  input_cost_per_audio_token: "audio_input",
  output_cost_per_audio_token: "audio_output",
  input_cost_per_image_token: "image_input",
  output_cost_per_image_token: "image_output",
};

/** Finds the prices of a deployment, which may be in its litellm_params and in its model_info; the former win. */
export function findPrice(fields: Fields): FoundPrice {
  const found: FoundPrice = { taken: [], unknown: [], isOutputMissing: false };
  const own: Record<string, string> = {};
  const tiers = new Map<number, Record<string, string>>();
  for (const [name, value] of Object.entries(fields)) {
    if (value === null || !/cost/.test(name)) continue;
    const [, base = name, thousands] = /^(.+)_above_(\d+)k_tokens$/.exec(name) ?? [];
    const rate = rates[base];
    const amount = rate === undefined ? undefined : perMillion(value);
    if (rate === undefined || amount === undefined) {
      // A zero for something that is not counted here changes nothing.
      if (numberOf(value) !== 0) found.unknown.push(name);
      continue;
    }
    found.taken.push(name);
    if (thousands === undefined) own[rate] = amount;
    else tiers.set(Number(thousands) * 1000, { ...tiers.get(Number(thousands) * 1000), [rate]: amount });
  }
  if (own["input"] === undefined && own["output"] === undefined) return found;
  found.isOutputMissing = own["output"] === undefined;
  const whole = { ...own, input: own["input"] ?? "0", output: own["output"] ?? "0" };
  const isFree = Object.values(whole).every((amount) => amount === "0") && tiers.size === 0;
  found.price = isFree ? "free" : { currency: "USD", ...inOrder(whole), ...tiersOf(whole, tiers) };
  return found;
}

function tiersOf(own: Record<string, string>, tiers: ReadonlyMap<number, Record<string, string>>): object {
  if (tiers.size === 0) return {};
  const list = [...tiers].toSorted(([a], [b]) => a - b);
  return { tiers: list.map(([above, prices]) => ({ above, ...inOrder({ ...own, ...prices }) })) };
}

/** Plain numbers where they are exact, in the order of the table. */
function inOrder(prices: Readonly<Record<string, string>>): Record<string, number | string> {
  return Object.fromEntries(
    Object.values(rates).flatMap((rate) => {
      const amount = prices[rate];
      if (amount === undefined) return [];
      return [[rate, parseNano(Number(amount)) === parseNano(amount) ? Number(amount) : amount] as const];
    }),
  );
}
