export type { ProjectAccounts } from "./account/project-accounts.ts";
export { listOfBudgets, parseAccountTerms, parseKeyBounds, type AccountBounds } from "./account/terms.ts";
export { isTimeZone, spanLengths, spansOf } from "./account/window.ts";
export { JournalDrain } from "./drain-journal.ts";
export { Journal } from "./journal.ts";
export { forgetHolder, HoldFile, type HoldSlot } from "./account/hold-file.ts";
export { readBalance, readMoneyLeft, type BalanceLeft, type MoneyLeft } from "./account/read-balance.ts";
export { hasMoneyBound, metersOf, sessionMeter, type BoundMeter, type CallerMeters } from "./account/meters-of.ts";
export type { Meter } from "./account/meter.ts";
export type { Demand } from "./account/purse.ts";
export { Hold, Teller, type Refusal } from "./account/teller.ts";
export { RefusalNotes } from "./refusal-notes.ts";
export { addSignInLink, createSignInLink, endOfSession, sessionIdleMs, Sessions } from "./sessions.ts";
export { adminKeyId, consoleCaller, createKey, hashKey, KeyRing, rowOfKey, type Caller } from "./keys.ts";
export {
  areWholePrice,
  canPrice,
  canPriceText,
  isForText,
  convert,
  costOf,
  explainCost,
  factorOne,
  freePrice,
  freePrices,
  feeNames,
  hasFeeFor,
  hasTokenRates,
  holidayCountries,
  isFeeName,
  keepPrice,
  parseCharge,
  parseKeptPrice,
  parsePrices,
  parseRates,
  priceAt,
  ratePlaces,
  worstCostOf,
  type Charge,
  type CostExplanation,
  type DatedPrices,
  type Occasion,
  type Price,
  type RateTable,
  type WorstUsage,
} from "./price/index.ts";
export { apiRecordShape, apiUsageSumShape } from "./record/api-shapes.ts";
export {
  encodeApiRecord,
  encodeApiUsageSum,
  noTags,
  type ApiRecord,
  type ApiUsageSum,
  type AttemptRecord,
  type Tags,
  type UsageRecord,
} from "./record/index.ts";
export { openStoreThread, type StoreThread } from "./thread/store-thread.ts";
export { checkDatabase, describeDoubts, openStore, type StoreLocation } from "./store/open-store.ts";
export { openSqliteStore } from "./store/sqlite.ts";
export {
  encodeRecords,
  namesOfKeys,
  type ApiUsagePage,
  type ApiUsageReport,
  type ShownRecord,
  type AlertDelivery,
  type BatchRow,
  type BatchStatus,
  type ConversationRow,
  type MessageRow,
  type MessagesPut,
  type FileBounds,
  type FileRow,
  type NewBatch,
  isInScope,
  keyRoles,
  usageGroups,
  type UsageGroup,
  type KeptBound,
  type KeptHead,
  type KeptKey,
  type KeptRow,
  type NewKept,
  type KeyRow,
  type Entry,
  type MeterView,
  type RefusalNote,
  type Resource,
  type Scope,
  type SessionRow,
  type Store,
  type UsageReport,
  wholeScope,
} from "./store/index.ts";
