import type { BatchLine } from "../vendor-batch.ts";
import { submitBatch } from "../vendor-batch.ts";
import type { ModelLines } from "./index-lines.ts";
import { leftOutMax, submitterGone, type KeptPart } from "./kept-part.ts";
import type { VendorWorkBatch, VendorWorkDeps } from "./worked-batch.ts";

/** Gives a part to its vendor, and notes in it what came of that. Resolves with the places of lines that Sahab is to run. */
export async function submitPart(
  { shelf, vendors }: VendorWorkDeps,
  batch: VendorWorkBatch,
  { part: kept, lines, known }: { part: KeptPart; lines: ModelLines; known: ReadonlySet<string> },
  signal: AbortSignal,
  { isDoubtful, isOnlySought }: { isDoubtful: boolean; isOnlySought: boolean },
): Promise<number[]> {
  const part = vendors.partOf(batch, kept);
  if (!part) throw submitterGone(kept);
  const content = await shelf.open(batch.inputFile.id);
  const leftOut: number[] = [];
  let stoppedAt: number | undefined;
  async function* give(): AsyncGenerator<BatchLine> {
    for (let line = kept.first; line < lines.count; line++) {
      if (leftOut.length >= leftOutMax) {
        stoppedAt = line;
        return;
      }
      const { customId, body } = batch.form.readLine(await lines.read(content, line), batch.terms.endpoint);
      yield { line, customId, body };
    }
  }
  try {
    const { job, next } = await submitBatch(vendors.depsFor(batch, signal), part, give(), {
      window: kept.window,
      resume: isDoubtful || isOnlySought ? { sinceMs: kept.sinceMs, known, isOnlySought } : undefined,
      onLeftOut: (line) => void leftOut.push(line),
    });
    if (job) kept.job = job;
    else kept.isRefused = true;
    kept.next = next ?? stoppedAt ?? null;
    return leftOut;
  } finally {
    await content.close();
  }
}
