import type { ErrorCode } from "../base/errors.ts";
import type { Nano } from "../base/money.ts";

/** One request's line in the ledger. */
export interface UsageRecord {
  /** The request's id, as its answer's `x-request-id` says it; unique in the ledger. */
  id: string;
  /** When the request arrived, milliseconds since 1970. */
  time: number;
  keyId: string;
  project: string;
  /** The name that the client asked for. */
  model: string;
  /** The provider of the last attempt, or `local`. Empty where none was tried. */
  provider: string;
  operation: "chat" | "completion" | "embedding";
  attempts: number;
  /** HTTP status of the answer; 499 where the client left first. */
  status: number;
  /** `ok`, or why the answer is not whole; `interrupted` for one that a crash of Sahab cut. */
  outcome: "ok" | "interrupted" | ErrorCode;
  streamed: boolean;
  inputTokens: number;
  cachedInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  /** Whether any count is Sahab's estimate instead of the vendor's or the engine's own. */
  estimated: boolean;
  cost: Nano;
  currency: string;
  /** From arrival to the end of the answer. */
  latencyMs: number;
  /** From arrival to the first token; null where none came, or the answer was not streamed. */
  firstTokenMs: number | null;
}

/** One line of JSON; the cost is a string of nano-units. */
export function encodeUsageRecord(record: UsageRecord): string {
  // Spelled out: JSON.stringify cannot write a bigint, and a replacer function costs more than the record itself.
  return `{"id":"${record.id}","time":${record.time},"keyId":${JSON.stringify(record.keyId)},"project":${JSON.stringify(record.project)},"model":${JSON.stringify(record.model)},"provider":${JSON.stringify(record.provider)},"operation":"${record.operation}","attempts":${record.attempts},"status":${record.status},"outcome":"${record.outcome}","streamed":${record.streamed},"inputTokens":${record.inputTokens},"cachedInputTokens":${record.cachedInputTokens},"outputTokens":${record.outputTokens},"reasoningTokens":${record.reasoningTokens},"estimated":${record.estimated},"cost":"${record.cost}","currency":"${record.currency}","latencyMs":${record.latencyMs},"firstTokenMs":${record.firstTokenMs}}`;
}

export function decodeUsageRecord(value: Record<string, unknown>): UsageRecord {
  return { ...(value as unknown as UsageRecord), cost: BigInt(String(value["cost"])) };
}
