import type { SahabError } from "../../base/errors.ts";
import type { BatchTokens } from "../../dialect/files-form.ts";
import type { QueuedRequest } from "../queued-request.ts";
import type { Attribution } from "../tags/attribution.ts";

/** A request of a batch on its way. */
export interface LineJob {
  request: QueuedRequest;
  key: { keyId: string; hash: string };
  /** Whom the batch is for; undefined in batches made before that was kept. */
  attribution: Attribution | undefined;
  /** Of the record of a success: the same however often the line is run, so that it is billed once. */
  recordId: string;
  /** Targets that rest are asked all the same. */
  asksAtRest: boolean;
}

export interface LineOutcome {
  status: number;
  body: string;
  requestId: string;
  /** Undefined for a success. */
  failure: SahabError | undefined;
  /** A target was asked. */
  isAsked: boolean;
  /** All targets rest, and none was asked. */
  isAtRest: boolean;
  /** Each target that was asked failed in a way that waiting does not mend. */
  isLasting: boolean;
  tokens: BatchTokens;
}
