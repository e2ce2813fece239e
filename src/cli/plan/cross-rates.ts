import type { ToldRate } from "../../planner/sheet/index.ts";

/** Rates of data are to the dollar. */
const middle = "USD";
/** As exact as a rate is kept, and no more than a double has. */
const digits = 15;

/**
 * The same rates, and between each two currencies of them by way of the dollar where none is declared: what is given in yuan can be planned
 * in euros.
 */
export function addCrossRates(rates: readonly ToldRate[]): ToldRate[] {
  const all = [...rates];
  const legs = rates.filter(({ from, to }) => from === middle || to === middle);
  for (const one of legs)
    for (const other of legs) {
      const [from, to] = [abroad(one), abroad(other)];
      const isThere = all.some((rate) => [from, to].includes(rate.from) && [from, to].includes(rate.to));
      if (from !== to && !isThere) all.push(cross(one, other));
    }
  return all;
}

const abroad = ({ from, to }: ToldRate) => (from === middle ? to : from);

function cross(one: ToldRate, other: ToldRate): ToldRate {
  const [inDollars, ofDollars] = [dollarsOf(one), dollarsOf(other)];
  return {
    from: abroad(one),
    to: abroad(other),
    low: text(inDollars.low / ofDollars.high),
    likely: text(inDollars.likely / ofDollars.likely),
    high: text(inDollars.high / ofDollars.low),
    source: `by way of ${middle}: ${one.source}; ${other.source}`,
    date: one.date === other.date ? one.date : [one.date, other.date].filter(Boolean).join(", "),
  };
}

/** What one unit of the currency abroad is in dollars. */
function dollarsOf({ from, low, likely, high }: ToldRate): Record<"low" | "likely" | "high", number> {
  const [a, b, c] = [low, likely, high].map(Number) as [number, number, number];
  return from === middle ? { low: 1 / c, likely: 1 / b, high: 1 / a } : { low: a, likely: b, high: c };
}

const text = (rate: number) => Number(rate.toPrecision(digits)).toFixed(digits);
