import { z } from "@hono/zod-openapi";
import { allowedTagName, isTagName, tagBounds } from "../base/tag-bounds.ts";
import {
  apiUsageSumShape,
  isTimeZone,
  spanLengths,
  usageGroups,
  type ApiUsageReport,
  type UsageGroup,
} from "../ledger/index.ts";
import { csvFormat } from "./csv-answer.ts";
import { checkTimes, isoTime, printable } from "./schemas.ts";

/** One group has as many rows as there are keys, two have their product. */
const groupsMax = 4;
const rowsMax = 10_000;
/** A month of hours. */
export const pointsMax = 750;
const allowedGroups = `${usageGroups.join(", ")} or tag:NAME`;

export const labelValue = printable(tagBounds.valueCharsMax).optional();

export const usageQuerySchema = z
  .object({
    since: isoTime.optional().describe("From, inclusive"),
    until: isoTime.optional().describe("To, exclusive"),
    group_by: z
      .string()
      .max(500)
      .default("model")
      .transform(readGroups)
      .describe(
        `One of ${allowedGroups}, or up to ${groupsMax} of them with commas between. By provider each attempt's tokens and cost count for the provider of the attempt, failed ones included`,
      ),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "expected a currency code of three capital letters, such as USD")
      .optional()
      .describe("Only records in this currency"),
    key: printable(128).optional().describe("Only requests with this key, by its id, or with all keys of this name"),
    project: printable(128).optional().describe("Only requests of this project"),
    model: printable(256).optional().describe("Only requests that asked for this model"),
    provider: printable(128)
      .optional()
      .describe("Only what attempts at this provider used and cost, failed ones included"),
    user: labelValue.describe(
      "Only requests for this user; empty for those that name none. tag:NAME=VALUE in the query does the same for a tag, several for all of them",
    ),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(rowsMax)
      .default(1_000)
      .describe("Rows at most; those of the least cost are left out"),
    interval: z
      .enum(spanLengths)
      .optional()
      .describe(
        `Sums for each hour (of UTC), day, week (from Monday) or month, too, in \`points\`: at most ${pointsMax}. Needs since; until is now by default`,
      ),
    tz: z
      .string()
      .max(64)
      .refine(isTimeZone, "expected the IANA name of a time zone, such as Asia/Shanghai")
      .default("UTC")
      .describe("In which time zone days, weeks and months begin"),
    format: csvFormat,
  })
  .superRefine(checkTimes);

const usageSchema = z.object(apiUsageSumShape).openapi("UsageRow");

const pointRow = usageSchema
  .pick({
    groups: true,
    requests: true,
    input_tokens: true,
    cached_input_tokens: true,
    output_tokens: true,
    reasoning_tokens: true,
    cost: true,
    currency: true,
  })
  .openapi("UsagePointRow");

const pointSchema = z
  .object({
    since: isoTime,
    until: isoTime,
    rows: z.array(pointRow).describe("Of the report's rows, those that used something in this time"),
    rest: z.array(pointRow).describe("The sums of those that the report leaves out, without groups"),
  })
  .openapi("UsagePoint");

export const reportSchema = z
  .object({
    rows: z
      .array(usageSchema)
      .describe(
        "In order of their groups; by cost, the largest first, where users or tags are among these, or rows were left out",
      ),
    more: z.int().describe("How many rows were left out"),
    rest: z.array(usageSchema).describe("The sums of those that were left out, without groups"),
    points: z
      .array(pointSchema)
      .optional()
      .describe("With interval: one for each hour, day, week or month, in order, also where nothing was used"),
    cut_off: isoTime
      .nullable()
      .describe(
        "Records before this time have been exported and deleted, and the report lacks what it needs of them: by tag, by user and provider together, or for parts of hours and, by user, of days; null where nothing is missing",
      ),
  })
  .openapi("UsageReport") satisfies z.ZodType<ApiUsageReport>;

function readGroups(text: string, context: z.RefinementCtx): readonly UsageGroup[] {
  const groups = text.split(",").map((group) => group.trim());
  const wrong = groups.find((group) => !isGroup(group));
  const problem =
    wrong !== undefined
      ? wrong.startsWith("tag:")
        ? `expected tag:NAME with a name of ${allowedTagName}; there is ${JSON.stringify(wrong.slice(0, 80))}`
        : `expected ${allowedGroups}, several with commas between; there is ${JSON.stringify(wrong.slice(0, 80))}`
      : groups.length > groupsMax
        ? `expected at most ${groupsMax}; there are ${groups.length}`
        : new Set(groups).size < groups.length
          ? "expected each once"
          : undefined;
  if (problem === undefined) return groups as UsageGroup[];
  context.addIssue({ code: "custom", message: problem });
  return z.NEVER;
}

function isGroup(text: string): text is UsageGroup {
  return (usageGroups as readonly string[]).includes(text) || (text.startsWith("tag:") && isTagName(text.slice(4)));
}
