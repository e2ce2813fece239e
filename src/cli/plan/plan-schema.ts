import { z } from "zod";
import { parseWith } from "../../config/index.ts";
import { AmountFault, parseMoney, parseNumber, parsePower, parseTokens } from "./parse-amount.ts";

/** Questions that a plan.yaml may ask. */
export const questions = ["capital", "demand", "power", "buy-or-own"] as const;
export type Question = (typeof questions)[number];

/** A number or a text that `parse` accepts, which throws an AmountFault. */
function written<T>(parse: (text: string) => T) {
  return z.unknown().transform((value, context): T => {
    const text = typeof value === "number" || typeof value === "string" ? String(value) : undefined;
    try {
      if (text !== undefined) return parse(text);
      context.addIssue({ code: "custom", message: "expected a number or a text" });
    } catch (cause) {
      if (!(cause instanceof AmountFault)) throw cause;
      context.addIssue({ code: "custom", message: cause.fault });
    }
    return z.NEVER;
  });
}

const decimal = written((text) => {
  const { decimal, unit } = parseNumber(text);
  if (unit !== "")
    throw new AmountFault(text, "its unit belongs to the field and is left out", "a number such as 0.06");
  return decimal;
});
const tokens = written((text) => parseTokens(text));
const money = written((text) => parseMoney(text));
const watts = written((text) => parsePower(text));

const words = z.string().min(1).max(300);
const sourceFields = { source: words.optional(), date: z.union([words, z.number()]).transform(String).optional() };

/** One value, or low, likely and high with where they are from. */
function spread<T extends z.ZodType>(value: T) {
  const fields = z.strictObject({ low: value, likely: value, high: value, ...sourceFields });
  return z.unknown().transform((given, context) => {
    if (typeof given === "object" && given !== null) return parseWith(fields, given, context);
    const likely = parseWith(value, given, context);
    return { low: likely, likely, high: likely, source: undefined, date: undefined };
  });
}

const currency = z.string().regex(/^[A-Z]{3}$/, "expected the three letters of a currency, such as USD");

const demandSchema = z.strictObject({
  /** Tokens a day. */
  input: spread(tokens),
  /** Of the input, those that a prefix cache has. */
  cached: spread(tokens).optional(),
  output: spread(tokens),
});

const servingSchema = z.strictObject({
  /** Tokens a second of a node. */
  prefill: spread(tokens),
  decode: spread(tokens),
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

const rateSchema = z.strictObject({ from: currency, to: currency, rate: spread(decimal) });

const planFields = z.strictObject({
  question: z.enum(questions).optional(),
  title: words.optional(),
  /** Of all results. */
  currency: currency.optional(),
  /** What is spent, and over how many years. */
  capital: money.optional(),
  years: decimal.optional(),
  /** Of a site, all of it. */
  power: watts.optional(),
  /** What gives it: a country's grid (the default), or a reactor of its own. */
  supply: z.enum(["grid", "reactor"]).optional(),
  country: words.optional(),
  model: words.optional(),
  /** An accelerator. */
  hardware: words.optional(),
  /** Of the weights; the model's own by default. */
  precision: z.enum(["f32", "bf16", "f16", "fp8", "int8", "int4"]).optional(),
  /** Accelerators of a node. */
  node: z.number().int().min(1).max(1024).optional(),
  /** Input and output together, in the usual mix; or `demand`. */
  tokens_per_day: tokens.optional(),
  demand: demandSchema.optional(),
  serving: servingSchema.optional(),
  /** For an accelerator-hour; nodes are owned without it. */
  rent: money.optional(),
  /** Of a vendor, whose prices the catalogue knows: `deepseek/deepseek-chat`. */
  buy: words.optional(),
  /** What tokens are sold for, or bought for. */
  prices: pricesSchema.optional(),
  rates: z.array(rateSchema).max(100).optional(),
  /** In the place of what the plan assumes, by its name. */
  assumptions: z.record(z.string(), spread(decimal)).optional(),
  seed: z.number().int().min(0).max(0xffffffff).optional(),
});

export const planSchema = planFields;
export type PlanDocument = z.infer<typeof planFields>;

const fields: Readonly<Record<string, { shape: Record<string, unknown> }>> = {
  "": planFields,
  demand: demandSchema,
  serving: servingSchema,
  prices: pricesSchema,
  rates: rateSchema,
};
const spreadFields = ["low", "likely", "high", ...Object.keys(sourceFields)];

/** Names of the fields of the object at a path; list indexes do not matter. */
export function planFieldsAt(path: readonly PropertyKey[]): readonly string[] {
  const found = fields[path.filter((part) => typeof part === "string").join(".")];
  return found ? Object.keys(found.shape) : spreadFields;
}
