import { must } from "../../base/assert.ts";
import type { SahabError } from "../../base/errors.ts";
import type { BatchTokens } from "../../dialect/files-form.ts";
import type { VendorBatchState } from "../../vendor/index.ts";
import { batchResults, type LineResult } from "../vendor-batch-results.ts";
import type { BatchPart, VendorBatchDeps, VendorJob } from "../vendor-batch.ts";
import type { ModelLines } from "./index-lines.ts";
import { placesOf, type KeptPart } from "./kept-part.ts";
import type { ServedResult, VendorWorkBatch, VendorWorkDeps } from "./worked-batch.ts";

/** Records that are made durable together, and bytes of answers that are held for it. */
const togetherMax = 64;
const heldBytesMax = 1024 * 1024;

/**
 * Takes the results of a vendor's batch that has ended: a line's record is durable before its result is written. Returns the places of lines
 * that were not served, since the batch ended before, and how many the vendor has served and does not give out; where `mayWait` says so
 * these are left for later. May be called again then, after it has failed in the middle, or after a crash.
 */
export async function collectPart(
  { shelf, vendors }: VendorWorkDeps,
  batch: VendorWorkBatch,
  vendor: VendorBatchDeps,
  { part, job, state, model, mayWait }: Collected,
  index: ReadonlyMap<string, ModelLines>,
): Promise<{ lines: ModelLines; unserved: number[]; lacking: number }> {
  const lines = must(index.get(model), "a part is of lines of its batch");
  const content = await shelf.open(batch.inputFile.id);
  const lineAt = async (line: number) => {
    const { customId, body } = batch.form.readLine(await lines.read(content, line), batch.terms.endpoint);
    return { line, customId, body };
  };
  const unserved: number[] = [];
  let lacking = 0;
  let held: LineResult[] = [];
  let heldBytes = 0;
  const keep = async () => {
    await Promise.all(held.map(({ record }) => vendors.settle(record)));
    for (const result of held) await batch.add(lineOf(result, lines));
    held = [];
    heldBytes = 0;
    await batch.note();
  };
  try {
    for await (const result of batchResults(vendor, part, { job, state, lineAt, mayWait: noteLacking })) {
      if (batch.isDone(lines.indexOf(result.line))) continue;
      if (isUnserved(result)) {
        unserved.push(result.line);
        continue;
      }
      held.push(result);
      heldBytes += result.response?.body.length ?? 0;
      if (held.length >= togetherMax || heldBytes >= heldBytesMax) await keep();
    }
    await keep();
  } finally {
    await content.close();
  }
  return { lines, unserved, lacking };

  function noteLacking(count: number): boolean {
    lacking = count;
    return mayWait;
  }
}

interface Collected {
  part: BatchPart;
  job: VendorJob;
  state: VendorBatchState;
  model: string;
  mayWait: boolean;
}

/** The vendor does not know its batch any more: its lines have failed. */
export async function failPart(
  { shelf }: VendorWorkDeps,
  batch: VendorWorkBatch,
  kept: KeptPart,
  { message }: SahabError,
  index: ReadonlyMap<string, ModelLines>,
): Promise<void> {
  const lines = must(index.get(kept.model), "a part is of lines of its batch");
  const content = await shelf.open(batch.inputFile.id);
  const error = { code: "batch_lost", message: `The vendor's batch is lost: ${message}` };
  try {
    for (const place of placesOf(kept, lines.count)) {
      const at = lines.indexOf(place);
      if (batch.isDone(at)) continue;
      const { customId } = batch.form.readLine(await lines.read(content, place), batch.terms.endpoint);
      await batch.add({ index: at, customId, error, tokens: noTokens });
    }
  } finally {
    await content.close();
  }
}

const noTokens: BatchTokens = { input: 0, cachedInput: 0, output: 0, reasoning: 0 };

/** The vendor's batch ended before: nothing was done for the line, and nothing is billed. */
function isUnserved({ error }: LineResult): boolean {
  return error?.code === "batch_expired" || error?.code === "batch_cancelled";
}

function lineOf({ line, customId, response, error, record }: LineResult, lines: ModelLines): ServedResult {
  return {
    index: lines.indexOf(line),
    customId,
    // The record's id, as that of a line that Sahab has run; the record has the vendor's own.
    response: response ? { status: response.status, requestId: record.id, body: response.body } : undefined,
    error: error ?? undefined,
    tokens: {
      input: record.inputTokens,
      cachedInput: record.cachedInputTokens,
      output: record.outputTokens,
      reasoning: record.reasoningTokens,
    },
  };
}
