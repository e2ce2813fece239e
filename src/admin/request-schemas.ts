import { z } from "@hono/zod-openapi";
import { describeWanted } from "../base/issue-words.ts";
import { apiRecordShape, type ApiUsagePage } from "../ledger/index.ts";
import { parseNano } from "../base/money.ts";
import { refusalSchema } from "./account-schemas.ts";
import { csvFormat, csvRowsMax } from "./csv-answer.ts";
import { checkTimes, isoTime, printable } from "./schemas.ts";
import { labelValue } from "./usage-schemas.ts";

/** How a request may have ended: a status, or all from `min` to `max`. */
type StatusFilter = number | { min: number; max: number };

/** Values of one filter: each is a look into an index. */
const severalMax = 20;
export const pageRowsMax = 1_000;
export const pageRowsDefault = 100;

const allowedStatuses = "a status such as 200, a class such as 4xx, or `error` for all from 400 on";

export const requestQuerySchema = z
  .object({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(csvRowsMax)
      .optional()
      .describe(`Records at most: 100 by default and ${pageRowsMax} at most, as CSV ${csvRowsMax}`),
    cursor: printable(200).optional().describe("The `next` of the page before, with the same filters"),
    key: printable(128).optional().describe("Only requests with this key, by its id, or with all keys of this name"),
    project: severalOf(printable(128)).describe("Only requests of this project; several for any of them"),
    model: severalOf(printable(256)).describe("Only requests that asked for this model; several for any of them"),
    provider: severalOf(printable(128)).describe(
      "Only requests whose last attempt was at this provider; empty for those that none was tried for; several for any of them",
    ),
    status: severalOf(z.string().max(80).transform(readStatus)).describe(
      `Only requests that ended so: ${allowedStatuses}; several for any of them`,
    ),
    min_cost: z
      .string()
      .max(40)
      .transform(readCost)
      .optional()
      .describe("Only requests that cost so much or more, each in its own currency: a decimal"),
    min_latency_ms: z.coerce
      .number()
      .int()
      .min(0)
      .max(86_400_000)
      .optional()
      .describe("Only requests that took so long or longer"),
    user: labelValue.describe(
      "Only requests for this user; empty for those that name none. tag:NAME=VALUE in the query does the same for a tag, several for all of them",
    ),
    since: isoTime.optional().describe("From, inclusive"),
    until: isoTime.optional().describe("To, exclusive"),
    ended_since: isoTime
      .optional()
      .describe(
        "Only requests that ended at this time or later; the list is then in the order of their ends, the last first",
      ),
    format: csvFormat,
  })
  .superRefine(checkTimes);

/** A filter that may be given several times. */
function severalOf<T>(one: z.ZodType<T, string>) {
  const texts = z.union([z.string(), z.array(z.string()).min(1).max(severalMax)]);
  // Read here, since a union tells only that none of its kinds fits.
  const readAll = (value: string | string[], context: z.RefinementCtx) =>
    [value].flat().flatMap((text) => {
      const read = one.safeParse(text);
      for (const issue of read.error?.issues ?? [])
        context.addIssue({ code: "custom", message: describeWanted(issue) });
      return read.success ? [read.data] : [];
    });
  return texts.transform(readAll).optional();
}

const recordShape = {
  ...apiRecordShape,
  key_name: z
    .string()
    .nullable()
    .describe("The key's name as it is now; null for the admin key and for what is not a key"),
};

const recordSchema = z.object(recordShape).openapi("UsageRecord");

export const requestPageSchema = z.object({
  requests: z.array(recordSchema),
  next: z
    .string()
    .nullable()
    .describe(
      "The next page's cursor; null at the end. A page with several filters may have fewer records than asked for, or none, and still a next one",
    ),
  now: isoTime.describe(
    "The server's time before it looked: with it as `ended_since` the next list has what has ended since",
  ),
}) satisfies z.ZodType<ApiUsagePage>;

const explanationSchema = z
  .object({
    currency: z.string(),
    lines: z.array(
      z.object({
        what: z
          .string()
          .describe("`input` without what was cached, `cached_input`, `cache_write`, `output`, `reasoning`, or a fee"),
        count: z.int(),
        rate: z.string().describe("Decimal, exact: the price of `per` of them"),
        per: z.int(),
      }),
    ),
    factors: z
      .array(z.object({ why: z.enum(["service_tier", "off_peak", "batch"]), factor: z.string() }))
      .describe("On the price of tokens"),
  })
  .openapi("CostExplanation");

export const requestStorySchema = z
  .object({
    ...recordShape,
    cost_explanations: z
      .array(explanationSchema.nullable())
      .describe(
        "How the provider_cost of each attempt came about, by the prices that are declared now for that time; null where these make another cost",
      ),
    refusal: refusalSchema
      .nullable()
      .describe("Why a budget or limit stopped it, where it is the last request of its key that one did"),
  })
  .openapi("RequestStory");

function readCost(text: string, context: z.RefinementCtx): bigint {
  const cost = parseNano(text);
  if (cost !== undefined && cost >= 0n) return cost;
  context.addIssue({ code: "custom", message: `expected a decimal such as 0.05; there is ${JSON.stringify(text)}` });
  return z.NEVER;
}

function readStatus(text: string, context: z.RefinementCtx): StatusFilter {
  if (/^[1-5]\d\d$/.test(text)) return Number(text);
  if (/^[1-5]xx$/i.test(text)) return { min: Number(text.charAt(0)) * 100, max: Number(text.charAt(0)) * 100 + 99 };
  if (text === "error") return { min: 400, max: 599 };
  context.addIssue({ code: "custom", message: `expected ${allowedStatuses}; there is ${JSON.stringify(text)}` });
  return z.NEVER;
}
