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

/**
 * One line of JSON: the record's values without their names, in the order above; the cost is a string of nano-units.
 * Half as long as with names, and every byte of it is written, checked, read and parsed once for each request.
 */
export function encodeUsageRecord(record: UsageRecord): string {
  // Spelled out: JSON.stringify cannot write a bigint, and a replacer function costs more than the record itself.
  return `["${record.id}",${record.time},${JSON.stringify(record.keyId)},${JSON.stringify(record.project)},${JSON.stringify(record.model)},${JSON.stringify(record.provider)},"${record.operation}",${record.attempts},${record.status},"${record.outcome}",${record.streamed},${record.inputTokens},${record.cachedInputTokens},${record.outputTokens},${record.reasoningTokens},${record.estimated},"${record.cost}","${record.currency}",${record.latencyMs},${record.firstTokenMs}]`;
}

/** The values of a record as they stand in JSON. */
type EncodedRecord = [
  id: string,
  time: number,
  keyId: string,
  project: string,
  model: string,
  provider: string,
  operation: UsageRecord["operation"],
  attempts: number,
  status: number,
  outcome: UsageRecord["outcome"],
  streamed: boolean,
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
  reasoningTokens: number,
  estimated: boolean,
  cost: string,
  currency: string,
  latencyMs: number,
  firstTokenMs: number | null,
];

/** Throws for what is not a whole record. */
export function decodeUsageRecord(json: string): UsageRecord {
  const values = JSON.parse(json) as EncodedRecord | (Omit<UsageRecord, "cost"> & { cost: string });
  // So they were written at first; a journal that a crash left may still have them.
  if (!Array.isArray(values)) return { ...values, cost: BigInt(values.cost) };
  if (values.length !== 20) throw new Error("not the values of a usage record");
  return {
    id: values[0],
    time: values[1],
    keyId: values[2],
    project: values[3],
    model: values[4],
    provider: values[5],
    operation: values[6],
    attempts: values[7],
    status: values[8],
    outcome: values[9],
    streamed: values[10],
    inputTokens: values[11],
    cachedInputTokens: values[12],
    outputTokens: values[13],
    reasoningTokens: values[14],
    estimated: values[15],
    cost: BigInt(values[16]),
    currency: values[17],
    latencyMs: values[18],
    firstTokenMs: values[19],
  };
}
