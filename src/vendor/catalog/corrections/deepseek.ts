import type { DeclaredOffPeak, DeclaredPrice } from "../../../base/declared-price.ts";
import type { StoredModel } from "../catalog-model.ts";
import type { Correction } from "./correction.ts";

/** Half the price outside of the working hours of a working day in Beijing. */
const offPeak: DeclaredOffPeak = {
  factor: 0.5,
  peak: [
    { hours: "01:00-04:00", days: "mon-fri" },
    { hours: "06:00-10:00", days: "mon-fri" },
  ],
  holidays: "cn",
};

const price = (cachedInput: number, input: number, output: number, validFrom?: string): DeclaredPrice => ({
  currency: "USD",
  input,
  cached_input: cachedInput,
  output,
  ...(validFrom !== undefined && { valid_from: validFrom }),
});
const byHour = (...args: Parameters<typeof price>): DeclaredPrice => ({ ...price(...args), off_peak: offPeak });

const august = "2026-08-16T16:00:00Z";
const september = "2026-09-10T04:00:00Z";
const flashPrices = [price(0.0028, 0.14, 0.28), byHour(0.014, 0.44, 1.32, august), byHour(0.006, 0.3, 1.2, september)];

const common = {
  context: 1_000_000,
  output: 384_000,
  gives: ["text"],
  features: ["tools", "sampling", "prefill"],
  thinking: { toggle: true, efforts: ["low", "high", "max"] },
  interleaved: "reasoning_content",
} satisfies Partial<StoredModel>;

export const deepseek: Correction = {
  parts: ["deepseek"],
  source: "https://api-docs.deepseek.com/quick_start/pricing",
  date: "2026-11-26",
  models: {
    "deepseek-flash": {
      ...common,
      name: "DeepSeek Flash",
      family: "deepseek-flash",
      takes: ["text", "image"],
      released: "2026-09-10",
      price: [byHour(0.006, 0.3, 1.2)],
    },
    "deepseek-v4-pro": {
      ...common,
      takes: ["text"],
      price: [price(0.003625, 0.435, 0.87), byHour(0.044, 1.32, 3.96, august)],
    },
    // "Legacy names", answered and priced as Flash.
    "deepseek-v4-flash": { thinking: common.thinking, status: "deprecated", price: flashPrices },
    // Unverified: that these older names are answered and priced as Flash, too.
    "deepseek-chat": { status: "deprecated", price: flashPrices },
    "deepseek-reasoner": {
      status: "deprecated",
      price: [
        // From 2025; the vendor reckoned its published day of February 2025 by it.
        price(0.14, 0.55, 2.19),
        // Unverified: the day; the source changed its entry then.
        { ...price(0.0028, 0.14, 0.28), valid_from: "2026-02-28", source: "models.dev f3fc6922, 2026-07-02" },
        ...flashPrices.slice(1),
      ],
    },
  },
};
