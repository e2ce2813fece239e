import type { DeclaredPrice } from "../../base/declared-price.ts";

/** A change by more than this, up or down, is a mistake of the source's far more often than a new price. */
const absurdFactor = 10;

interface Difference {
  /** Rates with another value, or that are new: `output 15 → 12`. */
  changes: string[];
  /** Rates that only the price before has. */
  lost: string[];
  /** Changes that are too large to be believed. */
  absurd: string[];
}

/** What differs between two prices, rate by rate. */
export function comparePrices(before: DeclaredPrice, after: DeclaredPrice): Difference {
  const [old, next] = [listRates(before), listRates(after)];
  const changes: string[] = [];
  const absurd: string[] = [];
  for (const [name, value] of next) {
    const known = old.get(name);
    if (known === value) continue;
    const told = known === undefined ? `${name} ${value}` : `${name} ${known} → ${value}`;
    changes.push(told);
    // A rate that is new is measured by the one that its kind had until now.
    const measure =
      known ?? old.get(name.replace(/^.* /, "")) ?? old.get(/output|reasoning/.test(name) ? "output" : "input");
    if (
      measure !== undefined &&
      measure > 0 &&
      !isNear(measure, value, known === undefined ? absurdFactor ** 2 : absurdFactor)
    )
      absurd.push(`${told} (more than ${absurdFactor} times ${value > measure ? "more" : "less"})`);
  }
  const missing = [...old.keys()].filter((name) => !next.has(name));
  // Tiers are replaced as a whole: their lengths may be others.
  const isLost = (name: string) => !name.startsWith("above ") || after.tiers === undefined;
  changes.push(...missing.filter((name) => !isLost(name)).map((name) => `${name} ends`));
  return { changes, lost: missing.filter(isLost), absurd };
}

function isNear(one: number, other: number, factor: number): boolean {
  return other <= one * factor && other * factor >= one;
}

/** All rates of a price by name: `output`, those of a tier `above 200000: output`, those of a service tier `priority: output`. */
function listRates({ tiers = [], service_tiers: services = {}, ...rates }: DeclaredPrice): Map<string, number> {
  const found = new Map<string, number>();
  const add = (prefix: string, own: object) => {
    for (const [name, value] of Object.entries(own))
      if (name !== "above" && typeof value === "number") found.set(prefix + name, value);
  };
  add("", rates);
  for (const tier of tiers) add(`above ${tier.above}: `, tier);
  for (const [name, own] of Object.entries(services)) add(`${name}: `, own);
  return found;
}
