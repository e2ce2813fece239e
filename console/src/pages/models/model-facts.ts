import type { Model } from "../../api/schema.d.ts";

/** Features by which models are told apart, in the order in which they are shown. */
export type Feature = "vision" | "tools" | "schema" | "reasoning";

export function featuresOf({ facts }: Pick<Model, "facts">): Feature[] {
  const has: [Feature, boolean][] = [
    ["vision", facts.takes?.includes("image") === true],
    ["tools", facts.tools === true],
    ["schema", facts.structured_output === true],
    ["reasoning", facts.reasoning === true],
  ];
  return has.flatMap(([feature, is]) => (is ? [feature] : []));
}

export type Health = "well" | "resting" | "partly" | "unpriced";

/** How its targets are: resting where all of them do, partly where some do. */
export function healthOf({ targets, local, prices }: Pick<Model, "targets" | "local" | "prices">): Health {
  if (!local && prices.length === 0) return "unpriced";
  const resting = targets.filter(({ health }) => health.resting).length;
  if (resting === 0) return "well";
  return resting === targets.length && !local ? "resting" : "partly";
}

/** Decimal amounts for a million tokens, and their currency; undefined where nobody knows the price. */
export function priceOf({
  prices,
}: Pick<Model, "prices">): { currency: string; input: string; output: string } | undefined {
  const [price] = prices;
  if (!price) return undefined;
  const { currency, input = 0, output = 0 } = price;
  return typeof currency === "string" ? { currency, input: amountOf(input), output: amountOf(output) } : undefined;
}

/** A price of steps has its lowest first. */
function amountOf(value: unknown): string {
  const number = typeof value === "number" ? value : typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number.toFixed(9) : "0";
}

/** Models whose names, titles or vendors have all words. */
export function findModels(models: readonly Model[], sought: string): Model[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...models];
  return models.filter(({ name, facts, targets }) => {
    const text = `${name} ${facts.title ?? ""} ${targets.map(({ provider, model }) => `${provider} ${model}`).join(" ")}`;
    const all = text.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
