import { anthropicForm } from "./anthropic-form.ts";
import type { VendorBatch } from "../vendor.ts";
import type { BatchForm } from "./batch-form.ts";
import { openaiForm } from "./openai-form.ts";

export { BatchCalls } from "./batch-calls.ts";
export { BatchDraft, lineOf } from "./batch-draft.ts";
export {
  isFinal,
  type RawAnswer,
  type RawResult,
  type VendorBatchError,
  type VendorBatchState,
} from "./batch-state.ts";

export function batchFormOf(batch: VendorBatch): BatchForm {
  return batch.form === "openai" ? openaiForm(batch) : anthropicForm;
}
