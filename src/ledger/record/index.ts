export { addAmounts, amountsOf, isWithoutAmounts, noAmounts, takeAmounts, type Amounts } from "./amounts.ts";
export { encodeApiRecord, type ApiRecord } from "./api-record.ts";
export type { AttemptRecord } from "./attempt-columns.ts";
export { usageColumns, type UsageRecord } from "./columns.ts";
export { decodeUsageRecord, decodeUsageValues, encodeUsageRecord } from "./journal-form.ts";
export { noTags, type Integer, type Tags } from "./kinds.ts";
export { decodeAttempts, decodeUsageRow, encodeUsageValues, type UsageRow, type UsageValues } from "./sql-form.ts";
export {
  encodeApiUsageSum,
  noCounts,
  countColumns,
  type ApiUsageSum,
  type CountColumn,
  type UsageSum,
} from "./usage-sum.ts";
