import type { ErrorCode } from "../../base/errors.ts";
import type { Column, RecordOf } from "./column.ts";
import {
  amountOrNull,
  flag,
  money,
  moneyOrNull,
  smallNumber,
  smallNumberOrNull,
  text,
  textOf,
  textOrNull,
  summed,
} from "./kinds.ts";
import { pieceColumns } from "./piece-columns.ts";

export const outcome = textOf<"ok" | "interrupted" | ErrorCode>();

/** One attempt to serve a request at one target. Times are in milliseconds after the request's arrival. */
export const attemptColumns = [
  { name: "provider", api: "provider", kind: text, since: 2, description: "The provider, or `local`" },
  {
    name: "model",

    api: "model",
    kind: text,
    since: 2,
    description: "The target's own name for the model",
  },
  {
    name: "startedMs",
    api: "started_ms",
    kind: smallNumber,
    since: 2,
    description: "Start, after the request's arrival",
  },
  {
    name: "sentMs",

    api: "sent_ms",
    kind: smallNumberOrNull,
    since: 2,
    description: "When the call was sent; null where it was not",
  },
  {
    name: "firstTextMs",

    api: "first_text_ms",
    kind: smallNumberOrNull,
    since: 2,
    description: "When the first text, reasoning or tool call came; null where none did",
  },
  {
    name: "durationMs",

    api: "duration_ms",
    kind: smallNumber,
    since: 2,
    description: "From the attempt's start to its end",
  },
  {
    name: "vendorRequestId",

    api: "vendor_request_id",
    kind: textOrNull,
    since: 2,
    description: "The vendor's own id of the request",
  },
  {
    name: "outcome",

    api: "outcome",
    kind: outcome,
    since: 2,
    description: "`ok`, or the code of the failure",
  },
  {
    name: "inputTokens",

    api: "tokens.input",
    kind: summed,
    since: 2,
    description: "Cached and cache-written ones included",
  },
  {
    name: "cachedInputTokens",

    api: "tokens.cached_input",
    kind: summed,
    since: 2,
    description: "Part of the input that was read from a prefix cache",
  },
  {
    name: "cacheWriteTokens",

    api: "tokens.cache_write",
    kind: summed,
    since: 2,
    description: "Part of the input that was written to a prefix cache",
  },
  {
    name: "outputTokens",

    api: "tokens.output",
    kind: summed,
    since: 2,
    description: "Reasoning included",
  },
  {
    name: "reasoningTokens",

    api: "tokens.reasoning",
    kind: summed,
    since: 2,
    description: "Part of the output that was reasoning",
  },
  {
    name: "estimated",

    api: "estimated",
    kind: flag,
    since: 2,
    description: "Whether any count is Sahab's estimate",
  },
  {
    name: "cost",

    api: "cost",
    kind: money,
    since: 2,
    description: "What is charged: decimal, exact",
  },
  {
    name: "vendorCost",

    api: "vendor_cost",
    kind: amountOrNull,
    since: 2,
    description: "The vendor's own bill, where its answer states one; never billed",
  },
  {
    name: "currency",
    api: "currency",
    kind: textOrNull,
    since: 3,
    before: null,
    description: "That of the cost; null in records made before attempts had their own, where it is the request's",
  },
  {
    name: "providerCost",
    api: "provider_cost",
    kind: moneyOrNull,
    since: 3,
    // What was charged was what the provider cost.
    before: null,
    orElse: "cost",
    description: "What the provider costs by the price book",
  },
  {
    name: "providerCurrency",
    api: "provider_currency",
    kind: textOrNull,
    since: 3,
    before: null,
    orElse: "currency",
    description: "That of provider_cost",
  },
  {
    name: "providerKey",
    api: "provider_key",
    kind: smallNumberOrNull,
    since: 3,
    before: null,
    description: "Which of the provider's keys was used, from 1; null where it has one",
  },
  ...pieceColumns,
  {
    name: "vendorStatus",
    api: "vendor_status",
    kind: smallNumberOrNull,
    since: 7,
    before: null,
    description:
      "The HTTP status of the vendor's answer, where that was a failure; null otherwise, and in older records",
  },
  {
    name: "vendorCode",
    api: "vendor_code",
    kind: textOrNull,
    since: 7,
    before: null,
    description: "What the vendor calls the failure, such as `insufficient_quota`; null where it has no name for it",
  },
] as const satisfies readonly Column[];

export type AttemptRecord = RecordOf<(typeof attemptColumns)[number]>;
