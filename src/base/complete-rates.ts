import type { Decimal, DeclaredRates } from "./declared-price.ts";

type RateName = keyof DeclaredRates;

/** All kinds of tokens that have prices; those with a more general kind cost what that costs where they are not told. */
const generalKinds = {
  input: undefined,
  cached_input: "input",
  explicit_cached_input: "cached_input",
  cache_write: "input",
  cache_write_1h: "cache_write",
  output: undefined,
  thinking_output: "output",
  reasoning: "thinking_output",
  image_input: "input",
  audio_input: "input",
  image_output: "output",
  audio_output: "output",
} as const satisfies Record<RateName, RateName | undefined>;

/** Each after the kind that it may follow. */
export const rateNames = Object.keys(generalKinds) as RateName[];

/** What each kind of token costs, told or not. */
export function completeRates(declared: DeclaredRates): Record<RateName, Decimal> {
  const rates = {} as Record<RateName, Decimal>;
  for (const name of rateNames) rates[name] = declared[name] ?? rates[generalKinds[name] ?? "input"];
  return rates;
}

/** The kind that it costs as much as where it is not told. */
export function generalKindOf(name: RateName): RateName | undefined {
  return generalKinds[name];
}
