declare const unitOf: unique symbol;

/**
 * A number with a physical unit in its type, so that watts cannot be given where watt-hours are wanted. `+` and `*` on quantities
 * give plain numbers: only the functions here lead from unit to unit. `"1"` is a plain ratio, `"A/B"` so many A for each B.
 */
export type Quantity<U extends string> = number & { readonly [unitOf]: (unit: U) => U };

/** A quantity of any unit. */
export type AnyQuantity = number & { readonly [unitOf]: (unit: never) => string };

export function quantity<U extends string>(value: number, _unit: U): Quantity<U> {
  return value as Quantity<U>;
}

export const hoursPerYear = 8_760;
const secondsPerDay = 86_400;

export function add<U extends string>(...parts: readonly Quantity<U>[]): Quantity<U> {
  return parts.reduce<number>((sum, part) => sum + part, 0) as Quantity<U>;
}

/** So many times as much, by plain ratios. */
export function scale<U extends string>(value: Quantity<U>, ...by: readonly Quantity<"1">[]): Quantity<U> {
  return by.reduce<number>((product, ratio) => product * ratio, value) as Quantity<U>;
}

export function ratio<U extends string>(value: Quantity<U>, of: Quantity<U>): Quantity<"1"> {
  return (value / of) as Quantity<"1">;
}

/** A ÷ B in A for each B. */
export function per<A extends string, B extends string>(value: Quantity<A>, each: Quantity<B>): Quantity<`${A}/${B}`> {
  return (value / each) as Quantity<`${A}/${B}`>;
}

/** (A for each B) × B in A. */
export function times<A extends string, B extends string>(
  each: Quantity<`${A}/${B}`>,
  count: Quantity<B>,
): Quantity<A> {
  return (each * count) as Quantity<A>;
}

/** (A for each B) × (B for each C) in A for each C. */
export function chain<A extends string, B extends string, C extends string>(
  each: Quantity<`${A}/${B}`>,
  count: Quantity<`${B}/${C}`>,
): Quantity<`${A}/${C}`> {
  return (each * count) as Quantity<`${A}/${C}`>;
}

/** A ÷ (A for each B) in B: how many B it takes. */
export function countOf<A extends string, B extends string>(
  value: Quantity<A>,
  each: Quantity<`${A}/${B}`>,
): Quantity<B> {
  return (value / each) as Quantity<B>;
}

/** How many nodes it takes where each gives so much. */
export function nodesFor(wanted: Quantity<"token/s">, each: Quantity<"token/s/node">): Quantity<"node"> {
  return (wanted / each) as Quantity<"node">;
}

export function speedOf(nodes: Quantity<"node">, each: Quantity<"token/s/node">): Quantity<"token/s"> {
  return (nodes * each) as Quantity<"token/s">;
}

/** So many nodes for so many years. */
export function nodeYears(nodes: Quantity<"node">, years: Quantity<"year">): Quantity<"node-year"> {
  return (nodes * years) as Quantity<"node-year">;
}

export function perSecond<U extends string>(value: Quantity<`${U}/day`>): Quantity<`${U}/s`> {
  return (value / secondsPerDay) as Quantity<`${U}/s`>;
}

export function perDay<U extends string>(value: Quantity<`${U}/s`>): Quantity<`${U}/day`> {
  return (value * secondsPerDay) as Quantity<`${U}/day`>;
}

export function energy(power: Quantity<"W">, time: Quantity<"h">): Quantity<"kWh"> {
  return ((power * time) / 1000) as Quantity<"kWh">;
}

export function wattHours(energy: Quantity<"kWh">): Quantity<"Wh"> {
  return (energy * 1000) as Quantity<"Wh">;
}

export function megawatts(power: Quantity<"W">): Quantity<"MW"> {
  return (power / 1e6) as Quantity<"MW">;
}

export function millionsOf(tokens: Quantity<"token">): Quantity<"million tokens"> {
  return (tokens / 1e6) as Quantity<"million tokens">;
}

export function percent(share: Quantity<"1">): Quantity<"%"> {
  return (share * 100) as Quantity<"%">;
}

/** The nearest whole number, so that parts of a sum add up in any order. */
export function whole<U extends string>(value: Quantity<U>): Quantity<U> {
  return Math.round(value) as Quantity<U>;
}

/** The whole number below: what there is enough for. */
export function wholeBelow<U extends string>(value: Quantity<U>): Quantity<U> {
  return Math.floor(value) as Quantity<U>;
}
