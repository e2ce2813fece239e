import type { ShownBatch } from "../files-form.ts";
import type { JsonObject } from "../read.ts";

/** A batch as OpenAI shows it. */
export function encodeBatch(batch: ShownBatch): JsonObject {
  const { times, tokens, errors } = batch;
  const at = (status: string) => seconds(times[status]);
  return {
    id: batch.id,
    object: "batch",
    endpoint: batch.endpoint,
    model: batch.model ?? null,
    errors: errors.length === 0 ? null : { object: "list", data: errors.map((error) => ({ ...error })) },
    input_file_id: batch.inputFile,
    completion_window: batch.window,
    status: batch.status,
    output_file_id: batch.outputFile ?? null,
    error_file_id: batch.errorFile ?? null,
    created_at: seconds(batch.createdMs),
    in_progress_at: at("in_progress"),
    expires_at: seconds(batch.expiresMs),
    finalizing_at: at("finalizing"),
    completed_at: at("completed"),
    failed_at: at("failed"),
    expired_at: at("expired"),
    cancelling_at: at("cancelling"),
    cancelled_at: at("cancelled"),
    request_counts: { total: batch.total, completed: batch.completed, failed: batch.failed },
    usage: {
      input_tokens: tokens.input,
      input_tokens_details: { cached_tokens: tokens.cachedInput },
      output_tokens: tokens.output,
      output_tokens_details: { reasoning_tokens: tokens.reasoning },
      total_tokens: tokens.input + tokens.output,
    },
    metadata: batch.metadata,
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}
