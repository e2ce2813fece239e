import { completeRates, generalKindOf, rateNames } from "../../base/complete-rates.ts";
import type { Decimal, DeclaredPrice, DeclaredRates } from "../../base/declared-price.ts";
import { ownValue } from "../../base/own-value.ts";

/** A change by more than this, up or down, is a mistake of the source's far more often than a new price. */
const absurdFactor = 10;
/** What a cached token may cost of a fresh one, and a token of sound or of an image of one of text, where that is told for the first time. */
const kindFactor = 100;

/** What a source's price says otherwise, rate by rate. */
export function findChanges(before: DeclaredPrice, after: DeclaredPrice): { changes: string[]; lost: string[] } {
  const [old, next] = [listRates(before), listRates(after)];
  const changes = [...next].flatMap(([name, value]) => {
    const known = old.get(name);
    return known === value ? [] : [known === undefined ? `${name} ${value}` : `${name} ${known} → ${value}`];
  });
  const missing = [...old.keys()].filter((name) => !next.has(name));
  // Tiers are replaced as a whole: their lengths may be others.
  const isLost = (name: string) => !name.startsWith("above ") || after.tiers === undefined;
  changes.push(...missing.filter((name) => !isLost(name)).map((name) => `${name} ends`));
  return { changes, lost: missing.filter(isLost) };
}

/** The rate that a told change is of: `above 9: input 15 → 1 (more than …)` is of `above 9: input`. */
export function rateOf(change: string): string {
  return change.replace(/ (?:[\d.e+-]+(?: → .*)?|ends)$/, "");
}

/**
 * Changes that are too large to be believed, of what requests would cost: each kind of token, told or not, at each length of a
 * prompt and in each service tier.
 */
export function findAbsurdChanges(before: DeclaredPrice, after: DeclaredPrice): string[] {
  const found = new Map<string, string>();
  const services = [before, after].flatMap((price) => Object.keys(price.service_tiers ?? {}));
  for (const service of [undefined, ...new Set(services)])
    for (const prompt of lengthsOf([before, after], service)) {
      const [old, next] = [inEffect(before, service, prompt), inEffect(after, service, prompt)];
      const place = `${service === undefined ? "" : `${service}: `}${prompt === 0 ? "" : `above ${prompt}: `}`;
      for (const change of compareRates(old, next)) if (!found.has(change)) found.set(change, place + change);
    }
  return [...found.values()];
}

/** What prompts of a length cost in a service tier, as a bill has it. */
function inEffect(price: DeclaredPrice, service: string | undefined, prompt: number): Effect {
  const tier = service === undefined ? undefined : ownValue(price.service_tiers, service);
  const { input, output } = tier ?? {};
  const base = input === undefined || output === undefined ? price : { ...tier, input, output };
  return { rates: base.tiers?.findLast(({ above }) => prompt >= above) ?? base, factor: Number(tier?.factor ?? 1) };
}

interface Effect {
  rates: DeclaredRates;
  factor: number;
}

/** Where tiers of the prices begin, and the shortest prompts. */
function lengthsOf(prices: readonly DeclaredPrice[], service: string | undefined): Set<number> {
  const tiers = prices.flatMap((price) => [
    ...(price.tiers ?? []),
    ...(service === undefined ? [] : (ownValue(price.service_tiers, service)?.tiers ?? [])),
  ]);
  return new Set([0, ...tiers.map(({ above }) => above)]);
}

function compareRates(old: Effect, next: Effect): string[] {
  const [was, is] = [completeRates(old.rates), completeRates(next.rates)];
  return rateNames.flatMap((name) => {
    const [from, to] = [Number(was[name]) * old.factor, Number(is[name]) * next.factor];
    // What only follows its more general kind is told there.
    const general = generalKindOf(name);
    if (general && was[name] === was[general] && is[name] === is[general]) return [];
    const isNew = old.rates[name] === undefined;
    const most = isNew && /audio|image/.test(name) ? kindFactor : absurdFactor;
    const least = isNew && name.includes("cached") ? kindFactor : absurdFactor;
    if (from === 0 || (to <= from * most && to * least >= from)) return [];
    return [`${name} ${show(from)} → ${show(to)} (more than ${absurdFactor} times ${to > from ? "more" : "less"})`];
  });
}

/** Without the noise of binary fractions. */
function show(value: number): number {
  return Number(value.toPrecision(12));
}

/** All rates of a price by name: `output`, those of a tier `above 200000: output`, those of a service tier `priority: output`. */
function listRates({ tiers = [], service_tiers: services = {}, ...rates }: DeclaredPrice): Map<string, number> {
  const found = new Map<string, number>();
  const add = (prefix: string, own: object) => {
    for (const [name, value] of Object.entries(own) as [string, Decimal | object | undefined][])
      if (name !== "above" && typeof value === "number") found.set(prefix + name, value);
  };
  add("", rates);
  for (const tier of tiers) add(`above ${tier.above}: `, tier);
  for (const [name, { tiers: own = [], ...ofTier }] of Object.entries(services)) {
    add(`${name}: `, ofTier);
    for (const tier of own) add(`${name}: above ${tier.above}: `, tier);
  }
  return found;
}
