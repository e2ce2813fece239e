import type { RecordedOperation } from "../../call/index.ts";
import { attemptColumns, outcome } from "./attempt-columns.ts";
import { listOf } from "./list-of.ts";
import type { RecordOf, SqlColumn } from "./column.ts";
import {
  flag,
  money,
  moneyOrNull,
  smallNumber,
  smallNumberOrNull,
  text,
  textOf,
  textOrNull,
  time,
  summed,
} from "./kinds.ts";
import { accountColumns } from "./account-columns.ts";
import { labelColumns } from "./label-columns.ts";
import { pieceColumns } from "./piece-columns.ts";

/**
 * The one definition of what a usage record holds. Types, journal lines, SQL rows and the admin API are derived from it.
 *
 * To add a column: add an entry whose `since` is `recordVersion` + 1, raise `recordVersion`, and add a migration whose
 * default is `before`. Its place does not matter, because a line of version N has the columns whose `since` is at most
 * N, in this order; values at the end that are `before` are left out. Never change or move an entry that was released.
 */
export const recordVersion = 8;

export const usageColumns = [
  {
    name: "id",
    sql: "id",
    api: "id",
    kind: text,
    since: 1,
    description: "The request's id, as in the answer's x-request-id; unique in the ledger",
  },
  { name: "time", sql: "time", api: "time", kind: time, since: 1, description: "When the request arrived" },
  {
    name: "keyId",
    sql: "key_id",
    api: "key",
    kind: text,
    since: 1,
    description: "Id of the caller's key; `provider-test` where an operator tested a provider",
  },
  { name: "project", sql: "project", api: "project", kind: text, since: 1, description: "The key's project" },
  {
    name: "model",
    sql: "model",
    api: "model",
    kind: text,
    since: 1,
    description: "The model that the client's name for it led to; empty where there is none",
  },
  {
    name: "provider",
    sql: "provider",
    api: "provider",
    kind: text,
    since: 1,
    description: "The provider of the last attempt, or `local`; empty where none was tried",
  },
  {
    name: "operation",
    sql: "operation",
    api: "operation",
    kind: textOf<RecordedOperation>(),
    since: 1,
    description: "What the client asked of the model; `provider-test` where an operator tested a provider",
  },
  {
    name: "dialect",
    sql: "dialect",
    api: "dialect",
    kind: text,
    since: 2,
    // The only dialect at that time.
    before: "openai-chat",
    description: "Name of the client's dialect",
  },
  {
    name: "attemptCount",
    sql: "attempts",
    api: "attempts",
    kind: smallNumber,
    since: 1,
    description: "How many attempts were started",
  },
  {
    name: "attempts",
    sql: "attempt_list",
    api: "attempt_list",
    kind: listOf(attemptColumns, recordVersion),
    since: 2,
    // Older records hold only the number of attempts, so none is invented.
    before: [],
    description: "The attempts, in order; empty in records made before Sahab kept them",
  },
  {
    name: "status",
    sql: "status",
    api: "status",
    kind: smallNumber,
    since: 1,
    description:
      "HTTP status that says how the request ended; 499 where the client left. A stream that broke had begun with 200",
  },
  {
    name: "outcome",
    sql: "outcome",
    api: "outcome",
    kind: outcome,
    since: 1,
    description: "`ok`, or why the answer is not whole; `interrupted` where Sahab itself crashed",
  },
  {
    name: "streamed",
    sql: "streamed",
    api: "stream",
    kind: flag,
    since: 1,
    description: "Whether the answer was streamed",
  },
  {
    name: "inputTokens",
    sql: "input_tokens",
    api: "tokens.input",
    kind: summed,
    since: 1,
    description: "Cached and cache-written ones included",
  },
  {
    name: "cachedInputTokens",
    sql: "cached_input_tokens",
    api: "tokens.cached_input",
    kind: summed,
    since: 1,
    description: "Part of the input that was read from a prefix cache",
  },
  {
    name: "cacheWriteTokens",
    sql: "cache_write_tokens",
    api: "tokens.cache_write",
    kind: summed,
    since: 2,
    before: 0,
    description: "Part of the input that was written to a prefix cache",
  },
  {
    name: "outputTokens",
    sql: "output_tokens",
    api: "tokens.output",
    kind: summed,
    since: 1,
    description: "Reasoning included",
  },
  {
    name: "reasoningTokens",
    sql: "reasoning_tokens",
    api: "tokens.reasoning",
    kind: summed,
    since: 1,
    description: "Part of the output that was reasoning",
  },
  {
    name: "estimated",
    sql: "estimated",
    api: "estimated",
    kind: flag,
    since: 1,
    description: "Whether any count is Sahab's estimate instead of the vendor's or the engine's own",
  },
  {
    name: "cost",
    sql: "cost",
    api: "cost",
    kind: money,
    since: 1,
    description: "What is charged: decimal, exact; without the attempts that cost something in another currency",
  },
  {
    name: "currency",
    sql: "currency",
    api: "currency",
    kind: text,
    since: 1,
    description: "That of the last attempt, such as USD",
  },
  {
    name: "providerCost",
    sql: "provider_cost",
    api: "provider_cost",
    kind: moneyOrNull,
    since: 3,
    // What was charged was what the provider cost.
    before: null,
    orElse: "cost",
    description: "What the providers cost by the price book",
  },
  {
    name: "providerCurrency",
    sql: "provider_currency",
    api: "provider_currency",
    kind: textOrNull,
    since: 3,
    before: null,
    orElse: "currency",
    description: "That of provider_cost",
  },
  {
    name: "vendorCost",
    sql: "vendor_cost",
    api: "vendor_cost",
    kind: moneyOrNull,
    since: 3,
    before: null,
    description: "What vendors state as their own bill, in the currency of provider_cost; null where none does",
  },
  {
    name: "comparedCost",
    sql: "compared_cost",
    api: "compared_cost",
    kind: moneyOrNull,
    since: 3,
    before: null,
    description: "What the same attempts cost by the price book, to be compared with vendor_cost",
  },
  {
    name: "isSplit",
    sql: "split",
    api: "has_other_currencies",
    kind: flag,
    since: 3,
    before: false,
    description: "Whether attempts cost something in another currency, which reports count in that one",
  },
  {
    name: "latencyMs",
    sql: "latency_ms",
    api: "latency_ms",
    kind: smallNumber,
    since: 1,
    description: "From arrival to the end of the answer",
  },
  {
    name: "firstTokenMs",
    sql: "first_token_ms",
    api: "time_to_first_token_ms",
    kind: smallNumberOrNull,
    since: 1,
    description: "From arrival to the first token; null where none came, or the answer was not streamed",
  },
  ...pieceColumns,
  ...labelColumns,
  ...accountColumns,
] as const satisfies readonly SqlColumn[];

/**
 * One request and its attempts. `attemptCount` is at least `attempts.length`: a record of a version before 2 lists
 * none.
 */
export type UsageRecord = RecordOf<(typeof usageColumns)[number]>;
