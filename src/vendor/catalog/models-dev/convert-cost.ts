import type { DeclaredPrice, DeclaredRates, DeclaredServiceTier, DeclaredTier } from "../../../base/declared-price.ts";
import { parseNano } from "../../../base/money.ts";
import { isFree } from "./is-free.ts";
import { isObject } from "./is-object.ts";

/** No model costs more per million tokens; the dearest known output costs 600 USD. */
const rateMax = 20_000;
const tiersMax = 16;
const modesMax = 16;

/** Parts whose `reasoning` is what the whole output costs in thinking mode, and not only the thoughts (Alibaba's price lists). */
const thinkingModeParts = new Set(["alibaba", "alibaba-cn"]);

/**
 * A model's `cost` in models.dev's form as a price in USD; undefined where it tells none. A price is known only where each number
 * that it needs is: none, `-1`, text and zeros of a trial are unknown.
 */
export function convertCost(part: string, id: string, cost: unknown, modes?: unknown): DeclaredPrice | undefined {
  if (!isObject(cost)) return undefined;
  if (cost["input"] === 0 && cost["output"] === 0)
    return isFree(part, id) ? { currency: "USD", input: 0, output: 0 } : undefined;
  const rates = convertRates(part, id, cost);
  const tiers = rates && convertTiers(part, id, cost);
  if (!rates || !tiers) return undefined;
  const services = convertModes(part, id, modes);
  return {
    currency: "USD",
    ...rates,
    ...(tiers.length > 0 && { tiers }),
    ...(Object.keys(services).length > 0 && { service_tiers: services }),
  };
}

function convertRates(part: string, id: string, cost: Readonly<Record<string, unknown>>): DeclaredRates | undefined {
  const input = rate(cost["input"]);
  // Only what answers with vectors has no output to pay for; a zero elsewhere is another's price that is missing.
  const output = rate(cost["output"]) ?? (cost["output"] === 0 && /embed|rerank/i.test(id) ? 0 : undefined);
  if (input === undefined || output === undefined) return undefined;
  const first = (...names: string[]) => names.map((name) => rate(cost[name])).find((value) => value !== undefined);
  const write = first("cache_write", "cached_write");
  const reasoning = first("reasoning");
  return withoutUnknown({
    input,
    cached_input: first("cache_read", "cached_input", "cache_input"),
    // Some put the price of storing there, which is less than that of reading the tokens and would come on top of it.
    cache_write: write !== undefined && write >= input ? write : undefined,
    output,
    ...(reasoning !== output && { [thinkingModeParts.has(part) ? "thinking_output" : "reasoning"]: reasoning }),
    audio_input: first("input_audio"),
    audio_output: first("output_audio"),
  });
}

/** Undefined where there are some that cannot be read: long prompts would be priced as short ones. */
function convertTiers(part: string, id: string, cost: Readonly<Record<string, unknown>>): DeclaredTier[] | undefined {
  const listed: unknown = cost["tiers"] ?? [];
  const older: unknown = cost["context_over_200k"];
  if (!Array.isArray(listed) || listed.length > tiersMax) return undefined;
  const all: readonly unknown[] = older === undefined || listed.length > 0 ? listed : [withSize(older, 200_000)];
  const tiers = all.map((entry): DeclaredTier | undefined => {
    const tier = isObject(entry) ? entry["tier"] : undefined;
    if (!isObject(entry) || !isObject(tier) || (tier["type"] ?? "context") !== "context") return undefined;
    const above = tier["size"];
    const rates = convertRates(part, id, entry);
    return rates && typeof above === "number" && Number.isSafeInteger(above) && above > 0
      ? { above, ...rates }
      : undefined;
  });
  const known = tiers.filter((tier) => tier !== undefined);
  const sizes = new Set(known.map(({ above }) => above));
  return sizes.size === tiers.length ? known.toSorted((a, b) => a.above - b.above) : undefined;
}

function withSize(rates: unknown, size: number): unknown {
  return isObject(rates) ? { ...rates, tier: { size } } : rates;
}

/** Modes with prices of their own, by what asks for them: OpenAI's `service_tier`, or `speed` of Anthropic's. */
function convertModes(part: string, id: string, modes: unknown): Record<string, DeclaredServiceTier> {
  if (!isObject(modes)) return {};
  const found = Object.values(modes)
    .slice(0, modesMax)
    .flatMap((mode): [string, DeclaredServiceTier][] => {
      const cost = isObject(mode) ? mode["cost"] : undefined;
      const provider = isObject(mode) ? mode["provider"] : undefined;
      const body = isObject(provider) ? provider["body"] : undefined;
      const name = isObject(body) ? (body["service_tier"] ?? body["speed"]) : undefined;
      const rates = isObject(cost) ? convertRates(part, id, cost) : undefined;
      return rates && typeof name === "string" && /^[a-z][a-z0-9_-]{0,31}$/.test(name) ? [[name, rates]] : [];
    });
  return Object.fromEntries(found);
}

/** A number above zero that money can hold. */
function rate(value: unknown): number | undefined {
  if (typeof value !== "number" || !(value > 0) || value > rateMax) return undefined;
  return parseNano(value) === undefined ? undefined : value;
}

function withoutUnknown(rates: Record<keyof DeclaredRates, number | undefined> | object): DeclaredRates {
  return Object.fromEntries(
    Object.entries(rates).filter(([, value]) => value !== undefined),
  ) as unknown as DeclaredRates;
}
