import { countColumns, type Integer } from "../record/index.ts";

/** What rows of roll-ups are told apart by, beside their span and time; the names of the columns are those of records. */
export const rollupParts = ["organisation", "key_id", "project", "model", "provider", "end_user", "currency"] as const;
export type RollupPart = (typeof rollupParts)[number];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * The spans over which records are summed, in the table `usage_sums`; `keeps` is what their rows are told apart by, and the other parts are empty.
 * Users are as many as clients like, so they have rows of their own, by the day and without providers.
 */
export const rollups = {
  hour: { spanMs: hourMs, keeps: ["organisation", "key_id", "project", "model", "provider", "currency"] },
  day: { spanMs: dayMs, keeps: ["organisation", "key_id", "project", "model", "provider", "currency"] },
  "user-day": { spanMs: dayMs, keeps: ["organisation", "key_id", "project", "model", "end_user", "currency"] },
} as const satisfies Record<string, { spanMs: number; keeps: readonly RollupPart[] }>;
export type RollupName = keyof typeof rollups;

/** Amounts, in two parts each: whole units of the currency, and nano-units that may be more than a unit. One part alone outgrows 64 bits. */
export const rollupAmounts = ["cost", "provider_cost", "vendor_cost", "compared_cost", "account_cost"] as const;
export type RollupAmount = (typeof rollupAmounts)[number];
/** Nano-units in one unit of a currency. */
export const costUnit = 1_000_000_000;

/** All that is summed, in the order of a row's values. */
export const rollupCounts = [
  "requests",
  // Each provider that was reached counts, so a request may count for several.
  "provider_requests",
  ...countColumns.map(({ sql }) => sql),
  // Records of which vendors state a bill: without any there is no vendor_cost.
  "vendor_stated",
] as const;
export type RollupCount = (typeof rollupCounts)[number];

/** The table in SQL. */
export type RollupTable = {
  span: string;
  /** Start of the span, in milliseconds since 1970. */
  time: Integer;
} & Record<RollupPart, string> &
  Record<RollupCount | RollupAmount | `${RollupAmount}_rest`, Integer>;
