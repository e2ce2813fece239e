import { z } from "zod";
import { parseWith } from "../../config/index.ts";
import { findAcceleratorId, findCountryId, findModelName, findVendorsModel } from "./find-names.ts";
import { FieldFault } from "./field-fault.ts";
import { parseMoney, parseNumber, parsePower, parseTokens } from "./parse-amount.ts";

/** Questions that a plan.yaml may ask. */
export const questions = ["capital", "demand", "power", "buy-or-own", "fit", "simulate"] as const;
export type Question = (typeof questions)[number];

/** A number or a text that `parse` accepts, which throws a FieldFault. */
function written<T>(parse: (text: string) => T) {
  return z.unknown().transform((value, context): T => {
    const text = typeof value === "number" || typeof value === "string" ? String(value) : undefined;
    try {
      if (text !== undefined) return parse(text);
      const message =
        value === undefined ? "it is missing; expected a number or a text" : "expected a number or a text";
      context.addIssue({ code: "custom", message });
    } catch (cause) {
      if (!(cause instanceof FieldFault)) throw cause;
      context.addIssue({ code: "custom", message: cause.fault });
    }
    return z.NEVER;
  });
}

const decimal = written(parseDecimal);

function parseDecimal(text: string): string {
  const { decimal, unit } = parseNumber(text);
  if (unit !== "") throw new FieldFault(text, "its unit belongs to the field and is left out", "a number such as 0.06");
  return decimal;
}

const exchangeRate = written((text) => {
  const decimal = parseDecimal(text);
  if (Number(decimal) > 0) return decimal;
  throw new FieldFault(text, "it is out of bounds", "a number above 0");
});
const tokens = written((text) => parseTokens(text));
const tokensOfSlot = written((text) => {
  const allowed = 'a number of tokens from 1 on, such as "32k"';
  const count = parseTokens(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1e9) return count;
  throw new FieldFault(text, "it is out of bounds", allowed);
});
const speed = written((text) => {
  const tokens = parseTokens(text);
  if (tokens > 0) return tokens;
  throw new FieldFault(text, "it is out of bounds", "a number of tokens above 0");
});
const money = written((text) => parseMoney(text));
const watts = written((text) => parsePower(text));

/** A number from `least` (or above it, where `isAbove`) to `most`. */
function number(least: number, { isAbove = false, most = 1e9 } = {}) {
  const from = isAbove ? "above" : "from";
  return bounded(`a number ${from} ${least} to ${most.toLocaleString("en-US")}`, (value) => {
    return value >= least && value <= most && !(isAbove && value === least);
  });
}

function whole(least: number, most: number) {
  return bounded(`a whole number from ${least} to ${most.toLocaleString("en-US")}`, (value) => {
    return Number.isInteger(value) && value >= least && value <= most;
  });
}

function bounded(allowed: string, isAllowed: (value: number) => boolean) {
  return written((text) => {
    const value = Number(plainNumber(text, allowed));
    if (isAllowed(value)) return value;
    throw new FieldFault(text, "it is out of bounds", allowed);
  });
}

function plainNumber(text: string, allowed: string): string {
  let found;
  try {
    found = parseNumber(text);
  } catch (cause) {
    throw cause instanceof FieldFault ? new FieldFault(text, cause.why, allowed) : cause;
  }
  if (found.unit !== "") throw new FieldFault(text, "its unit belongs to the field and is left out", allowed);
  return found.decimal;
}

const words = z.string().min(1).max(300);
const sourceFields = { source: words.optional(), date: z.union([words, z.number()]).transform(String).optional() };

/** One value; `1..2..4`; or low, likely and high with where they are from. */
function spread<T extends z.ZodType>(value: T) {
  const fields = z.strictObject({ low: value, likely: value, high: value, ...sourceFields });
  const single = z.unknown().transform((given, context) => {
    if (typeof given === "object" && given !== null) return parseWith(fields, given, context);
    const ends = typeof given === "string" ? given.split("..") : [];
    // One value is parsed once, so that its problem is told once.
    const [low, likely = low, high = low] = (ends.length === 3 ? ends : [given]).map((end) =>
      parseWith(value, end, context),
    );
    return { low: low!, likely: likely!, high: high!, source: undefined, date: undefined };
  });
  return single.refine((told) => {
    const { low, likely, high } = told as Record<"low" | "likely" | "high", unknown>;
    return Number(low) <= Number(likely) && Number(likely) <= Number(high);
  }, "expected low ≤ likely ≤ high");
}

const currency = z.string().regex(/^[A-Z]{3}$/, "expected the three letters of a currency, such as USD");
const precision = z.enum(["f32", "bf16", "f16", "fp8", "int8", "int4"]);

const demandSchema = z.strictObject({
  /** Tokens a day. */
  input: spread(tokens),
  /** Of the input, those that a prefix cache has. */
  cached: spread(tokens).optional(),
  output: spread(tokens),
});

const servingSchema = z.strictObject({
  /** Tokens a second of a node. */
  prefill: spread(speed),
  decode: spread(speed),
  /** Part of the input that came from a cache when the prefill speed was measured; as in the demand by default. */
  cached_share: number(0, { most: 0.99 }).optional(),
  note: words.optional(),
});

const pricesSchema = z.strictObject({
  /** Per million tokens. */
  currency,
  input: decimal,
  cached_input: decimal.optional(),
  output: decimal,
  ...sourceFields,
});

const rateSchema = z.strictObject({ from: currency, to: currency, rate: spread(exchangeRate) });

const goalSchema = z.strictObject({
  /** Seconds. */
  first_token: number(0, { isAbove: true }).optional(),
  /** So many times the prefill of the request's own prompt besides. */
  own_prefill: number(0).optional(),
  /** Milliseconds. */
  time_per_token: number(0, { isAbove: true }).optional(),
});

const planFields = z.strictObject({
  question: z.enum(questions).optional(),
  title: words.optional(),
  /** Of all results. */
  currency: currency.optional(),
  /** What is spent, and over how many years. */
  capital: money.optional(),
  years: number(0.01, { most: 100 }).transform(String).optional(),
  /** Of a site, all of it. */
  power: watts.optional(),
  /** What gives it: a country's grid (the default), or a reactor of its own. */
  supply: z.enum(["grid", "reactor"]).optional(),
  country: written(findCountryId).optional(),
  /** A known model, or a file. */
  model: written(findModelName).optional(),
  /** An accelerator. */
  hardware: written(findAcceleratorId).optional(),
  /** Of the weights; the model's own by default. */
  precision: precision.optional(),
  /** Accelerators of a node. */
  node: whole(1, 1024).optional(),
  /** Input and output together, in the usual mix; or `demand`. */
  tokens_per_day: tokens.optional(),
  demand: demandSchema.optional(),
  serving: servingSchema.optional(),
  /** For an accelerator-hour; nodes are owned without it. */
  rent: money.optional(),
  /** Of a vendor, whose prices the catalogue knows: `deepseek/deepseek-chat`. */
  buy: written(findVendorsModel).optional(),
  /** What tokens are sold for, or bought for. */
  prices: pricesSchema.optional(),
  rates: z.array(rateSchema).max(100).optional(),
  /** In the place of what the plan assumes, by its name. */
  assumptions: z.record(z.string(), spread(decimal)).optional(),
  /** For fit: how many there are. For simulate: of a replica. */
  accelerators: whole(1, 100_000).optional(),
  /** Tokens of a slot, and how many slots there are. */
  context: spread(tokensOfSlot).optional(),
  slots: spread(whole(1, 1_000_000)).optional(),
  /** Of keys and values. */
  kept: z.enum(["f16", "fp8"]).optional(),
  /** A file of requests as they came: for demand and buy-or-own a day's tokens, for simulate what is replayed, and how. */
  trace: words.optional(),
  replicas: whole(1, 4096).optional(),
  goal: goalSchema.optional(),
  rate: spread(number(0.001, { most: 1e6 })).optional(),
  repeat: whole(1, 1000).optional(),
  routing: z.enum(["prefix", "load", "chance"]).optional(),
  prefill: z.enum(["pieces", "whole"]).optional(),
  /** Of the ranges; 0 for none. */
  samples: whole(0, 10_000).optional(),
  seed: whole(0, 0xffffffff).optional(),
});

export const planSchema = planFields;
/** Options on the command line, which need not tell the whole demand where a file tells the rest. */
export const optionsSchema = planFields.extend({ demand: demandSchema.partial().optional() });
export type PlanDocument = z.infer<typeof planFields>;

const fields: Readonly<Record<string, { shape: Record<string, unknown> }>> = {
  "": planFields,
  demand: demandSchema,
  serving: servingSchema,
  prices: pricesSchema,
  rates: rateSchema,
  goal: goalSchema,
};
const spreadFields = ["low", "likely", "high", ...Object.keys(sourceFields)];

/** Names of the fields of the object at a path; list indexes do not matter. */
export function planFieldsAt(path: readonly PropertyKey[]): readonly string[] {
  const found = fields[path.filter((part) => typeof part === "string").join(".")];
  return found ? Object.keys(found.shape) : spreadFields;
}
