import { must } from "../../base/assert.ts";
import { completeRates } from "../../base/complete-rates.ts";
import type {
  Decimal,
  DeclaredCharge,
  DeclaredOffPeak,
  DeclaredPrice,
  DeclaredPrices,
  DeclaredRates,
  DeclaredServiceTier,
  DeclaredTier,
} from "../../base/declared-price.ts";
import { startOf } from "../../base/price-in-force.ts";
import { parseNano } from "../../base/money.ts";
import { holidays } from "./holidays.ts";
import { daysOf, type PeakHours } from "./peak-hours.ts";
import {
  factorOne,
  freePrices,
  type Charge,
  type DatedPrices,
  type Price,
  type Rates,
  type ServiceTier,
  type Tier,
} from "./price.ts";

/** A declared price in the form in which it is reckoned; it was checked with the configuration. */
export function parsePrice(declared: DeclaredPrice): Price {
  const { tiers, off_peak: offPeak, service_tiers: service, batch, fees, source } = declared;
  return {
    currency: declared.currency,
    rates: ratesOf(declared),
    ...(tiers && { tiers: tiersOf(tiers) }),
    ...(offPeak && { offPeak: { factor: nano(offPeak.factor), peak: peakHoursOf(offPeak) } }),
    ...(service && { serviceTiers: mapValues(service, (tier) => serviceTierOf(tier)) }),
    ...(batch !== undefined && { batch: nano(batch) }),
    ...(fees && { fees: mapValues(fees, nano) }),
    ...(source !== undefined && { source }),
  };
}

/** One price, or several that follow each other, each from its date. */
export function parsePrices(declared: DeclaredPrices): DatedPrices {
  if (declared === "free") return freePrices;
  const list = Array.isArray(declared) ? (declared as readonly DeclaredPrice[]) : [declared as DeclaredPrice];
  return list
    .map((one) => ({
      fromMs: startOf(one),
      price: parsePrice(one),
    }))
    .toSorted((a, b) => (a.fromMs < b.fromMs ? 1 : -1));
}

export function parseCharge(declared: DeclaredCharge): Charge {
  const isFactor = typeof declared === "object" && "factor" in declared;
  return isFactor ? { factor: nano(declared.factor) } : { prices: parsePrices(declared) };
}

function ratesOf(declared: DeclaredRates): Rates {
  const all = completeRates(declared);
  return {
    input: nano(all.input),
    cachedInput: nano(all.cached_input),
    explicitCachedInput: nano(all.explicit_cached_input),
    cacheWrite: nano(all.cache_write),
    cacheWriteHour: nano(all.cache_write_1h),
    output: nano(all.output),
    thinkingOutput: nano(all.thinking_output),
    reasoning: nano(all.reasoning),
    imageInput: nano(all.image_input),
    audioInput: nano(all.audio_input),
    imageOutput: nano(all.image_output),
    audioOutput: nano(all.audio_output),
  };
}

function tiersOf(tiers: readonly DeclaredTier[]): Tier[] {
  return tiers.map((tier) => ({ above: tier.above, rates: ratesOf(tier) })).toSorted((a, b) => a.above - b.above);
}

function serviceTierOf(tier: DeclaredServiceTier): ServiceTier {
  const { input, output } = tier;
  return {
    factor: tier.factor === undefined ? factorOne : nano(tier.factor),
    ...(input !== undefined && output !== undefined && { rates: ratesOf({ ...tier, input, output }) }),
    ...(tier.tiers && { tiers: tiersOf(tier.tiers) }),
  };
}

function peakHoursOf({ peak, holidays: country }: DeclaredOffPeak): PeakHours {
  const known =
    country === undefined
      ? undefined
      : must(holidays[country as keyof typeof holidays], "checked with the configuration");
  return {
    windows: peak.map(({ hours, days = "sun-sat" }) => ({ ...windowOf(hours), days: new Set(weekdaysOf(days)) })),
    holidays: new Set(known?.days.flatMap(daysOf)),
    holidayOffsetMinutes: known?.offsetMinutes ?? 0,
  };
}

function windowOf(hours: string): { fromMinute: number; toMinute: number } {
  const [from = 0, to = 0] = hours.split("-").map((time) => {
    const [hour = 0, minute = 0] = time.split(":").map(Number);
    return hour * 60 + minute;
  });
  return { fromMinute: from, toMinute: to };
}

const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** `mon-fri` is five days, `sat-sun` goes over the end of the week. */
function weekdaysOf(days: string): number[] {
  const [first = 0, last = first] = days.split("-").map((day) => weekdays.indexOf(day));
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (first + index) % 7);
}

function nano(value: Decimal): bigint {
  return must(parseNano(value), "prices are validated with the configuration");
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
