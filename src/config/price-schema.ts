import { z } from "zod";
import type { Decimal, DeclaredCharge, DeclaredPrice, DeclaredPrices, DeclaredTier } from "../base/declared-price.ts";
import { parseNano } from "../base/money.ts";
import { areWholePrice, holidayCountries } from "../ledger/index.ts";
import { decimal, price as rate } from "./decimal.ts";
import { findFeeFaults } from "./find-fee-faults.ts";
import { parseWith, refuse } from "./parse-with.ts";

export const currencySchema = z
  .string()
  .regex(/^[A-Z]{3}$/, "expected a currency code of three capital letters, such as USD");

/** Prices per million tokens; see DeclaredRates for what each is by default. */
const rateFields = {
  input: rate,
  cached_input: rate.optional(),
  explicit_cached_input: rate.optional(),
  cache_write: rate.optional(),
  cache_write_1h: rate.optional(),
  output: rate,
  thinking_output: rate.optional(),
  reasoning: rate.optional(),
  image_input: rate.optional(),
  audio_input: rate.optional(),
  image_output: rate.optional(),
  audio_output: rate.optional(),
};

/** More than that many times a price is a mistake, and so is nothing of it. */
const factorMax = 1000;
const factor = decimal.superRefine((value, context) => {
  const nano = parseNano(value);
  // What is no decimal has been told.
  if (nano === undefined || nano < 0n) return;
  if (nano === 0n || nano > BigInt(factorMax) * 1_000_000_000n)
    context.addIssue({ code: "custom", message: `expected a factor above 0 and at most ${factorMax}, such as 0.5` });
});

/** With the most pieces that a request may count, a cost still fits 64 bits of nano-units. */
const feeMax = 1000;
const fee = decimal.superRefine((value, context) => {
  if (Number(value) > feeMax) context.addIssue({ code: "custom", message: `expected at most ${feeMax} a piece` });
});

const tierSchema = z.strictObject({ above: z.number().int().min(1).max(1_000_000_000), ...rateFields });
const tiersSchema = z
  .array(tierSchema)
  .min(1)
  .max(20)
  .superRefine((tiers: readonly DeclaredTier[], context) => {
    const at = tiers.findIndex(({ above }, index) => above <= (tiers[index - 1]?.above ?? 0));
    if (at !== -1)
      context.addIssue({
        code: "custom",
        path: [at, "above"],
        message: "expected more than in the tier before, the longest prompts last",
      });
  });

const serviceTierSchema = z
  .strictObject({
    factor: factor.optional(),
    ...rateFields,
    input: rate.optional(),
    output: rate.optional(),
    tiers: tiersSchema.optional(),
  })
  .superRefine((tier, context) => {
    const { factor: part, ...own } = tier;
    const isPriced = Object.values(own).some((value) => value !== undefined);
    const tell = (message: string) => context.addIssue({ code: "custom", message });
    if (isPriced && (own.input === undefined || own.output === undefined))
      tell("expected input and output, where a service tier has prices of its own");
    else if (!isPriced && part === undefined) tell("expected a factor, or input and output");
  });

const peakSchema = z.strictObject({
  hours: z.string().superRefine((text, context) => {
    const [from = "", to = ""] = text.split("-");
    if (!/^(?:[01]\d|2[0-3]):[0-5]\d-(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.test(text))
      context.addIssue({ code: "custom", message: "expected hours in UTC such as 01:00-04:00" });
    else if (from >= to)
      context.addIssue({
        code: "custom",
        message: "expected an end after the beginning; hours over midnight are two windows, up to 24:00 and from 00:00",
      });
  }),
  days: z
    .string()
    .regex(
      /^(?:sun|mon|tue|wed|thu|fri|sat)(?:-(?:sun|mon|tue|wed|thu|fri|sat))?$/,
      "expected days such as mon-fri or sat",
    )
    .optional(),
});

const offPeakSchema = z.strictObject({
  factor,
  peak: z.array(peakSchema).min(1).max(20),
  holidays: z.enum(holidayCountries).optional(),
});

const namesMax = 50;
/** By a vendor's names of its service tiers or services. */
function byName<T extends z.ZodType>(schema: T) {
  return z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,63}$/, "expected a name in small letters, digits and _ . -"),
      schema,
    )
    .refine((record) => Object.keys(record).length <= namesMax, `expected at most ${namesMax} names`);
}

const ownPriceSchema = z.strictObject({
  currency: currencySchema,
  ...rateFields,
  tiers: tiersSchema.optional(),
  off_peak: offPeakSchema.optional(),
  service_tiers: byName(serviceTierSchema).optional(),
  batch: factor.optional(),
  fees: byName(fee).optional(),
  valid_from: z
    .string()
    .refine(isIsoTime, "expected a date such as 2026-08-17, or a time such as 2026-08-17T16:00:00Z")
    .optional(),
  source: z.string().max(500).optional(),
});

/** What is priced by the piece alone needs no prices of tokens. */
const priceSchema = z.unknown().transform((value, context): z.infer<typeof ownPriceSchema> => {
  const fees =
    isRecord(value) && value["input"] === undefined && value["output"] === undefined ? value["fees"] : undefined;
  if (!isRecord(value) || !isRecord(fees)) return parseWith(ownPriceSchema, value, context);
  for (const [name, message] of findFeeFaults(fees))
    context.issues.push({ code: "custom", path: ["fees", name], message, input: fees[name] });
  const isWhole = areWholePrice(Object.keys(fees));
  return parseWith(ownPriceSchema, isWhole ? { ...value, input: 0, output: 0 } : value, context);
});

/** A date, which is midnight in UTC, or a moment with its zone. */
export function isIsoTime(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    // A day that the month does not have is another one to Date.parse.
    new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().startsWith(text.slice(0, 10))
  );
}

/** Prices that follow each other; from always on is one of them at most. */
const listSchema = z
  .array(priceSchema)
  .min(1)
  .max(100)
  .superRefine((list, context) => {
    const seen = new Set<number | undefined>();
    for (const [at, { valid_from: from }] of list.entries()) {
      const time = from === undefined ? undefined : Date.parse(from);
      if (seen.has(time))
        context.addIssue({
          code: "custom",
          path: [at, "valid_from"],
          message: "expected a date of its own for each price that follows another",
        });
      seen.add(time);
    }
  });

const factorSchema = z.strictObject({ factor });

/** `free`, a price, or a list of prices by date. */
export const pricesSchema = z.unknown().transform((value, context): DeclaredPrices => {
  if (value === "free") return "free";
  if (Array.isArray(value)) return parseWith(listSchema, value, context);
  if (isRecord(value)) return parseWith(priceSchema, value, context);
  return refuse(context, "expected free, or an object with currency, input and output");
});

/** What is charged: a factor on what the provider costs, or a price of its own. */
export const chargeSchema = z.unknown().transform((value, context): DeclaredCharge => {
  if (isRecord(value) && "factor" in value) return parseWith(factorSchema, value, context);
  if (value === "free") return "free";
  if (Array.isArray(value)) return parseWith(listSchema, value, context);
  if (isRecord(value)) return parseWith(priceSchema, value, context);
  return refuse(context, "expected a factor such as { factor: 1.2 }, a price, or free");
});

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields that may stand at a path within a price or a charge; undefined for what is no object of fields. */
export function priceFields(path: readonly string[], isCharge: boolean): string[] | undefined {
  const [first, second, third] = path;
  const keys = ({ shape }: { shape: object }) => Object.keys(shape);
  if (first === undefined) return isCharge ? ["factor", ...keys(ownPriceSchema)] : keys(ownPriceSchema);
  if (first === "tiers") return keys(tierSchema);
  if (first === "off_peak") return keys(second === "peak" ? peakSchema : offPeakSchema);
  if (first === "service_tiers" && second !== undefined)
    return keys(third === "tiers" ? tierSchema : serviceTierSchema);
  return undefined;
}

/** The decimals of a price, however deep, each with its place. */
export function decimalsOf(declared: DeclaredCharge | undefined, place: string): [place: string, value: Decimal][] {
  if (declared === undefined || declared === "free") return [];
  const found: [string, Decimal][] = [];
  const walk = (value: unknown, at: string): void => {
    if (Array.isArray(value)) value.forEach((item, index) => walk(item, `${at}[${index}]`));
    else if (isRecord(value)) for (const [key, item] of Object.entries(value)) walk(item, `${at}.${key}`);
    else if (typeof value === "number" || (typeof value === "string" && parseNano(value) !== undefined))
      found.push([at, value]);
  };
  walk(declared, place);
  return found;
}

/** The prices of a list, or the one. */
export function listOfPrices(declared: DeclaredPrices | undefined): readonly DeclaredPrice[] {
  if (declared === undefined || declared === "free") return [];
  return Array.isArray(declared) ? (declared as readonly DeclaredPrice[]) : [declared as DeclaredPrice];
}
