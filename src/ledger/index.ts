export { JournalDrain, recoverJournal, recoverJournals } from "./drain-journal.ts";
export { Journal } from "./journal.ts";
export { createKey, KeyRing, type Caller } from "./keys.ts";
export { costOf, freePrice, parsePrice, type Price } from "./price.ts";
export { openSqliteStore, usageGroups, type KeyRow, type Store } from "./store/index.ts";
export type { UsageRecord } from "./usage-record.ts";
