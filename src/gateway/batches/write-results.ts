import type { BatchError, BatchTerms, FilesForm, ResultPart } from "../../dialect/files-form.ts";
import type { FileRow } from "../../ledger/index.ts";
import { fileDaysUsual, type FileShelf } from "../files/file-shelf.ts";
import type { SealedWriter } from "../files/sealed-file.ts";
import { inputLines } from "./input-lines.ts";
import type { Results } from "./results.ts";

const dayMs = 24 * 3_600_000;

/** How a batch ends. */
export type Ending = "completed" | "expired" | "failed" | "cancelled";

/** What is said of requests that were not run. */
interface Unrun {
  code: string;
  message: string;
}

interface ResultsOf {
  id: string;
  project: string;
  inputFile: string;
  terms: BatchTerms;
  nowMs: number;
}

/** The files of a batch that has ended, written and not yet known to the store. One without lines is left out. */
export async function writeResults(
  { shelf, form }: { shelf: FileShelf; form: FilesForm },
  batch: ResultsOf,
  results: Results,
  unrun: Unrun | undefined,
): Promise<Partial<Record<ResultPart, FileRow>>> {
  const open: Partial<Record<ResultPart, { id: string; writer: SealedWriter }>> = {};
  const add = async (part: ResultPart, line: string) => {
    if (!open[part]) {
      const id = form.createFileId();
      open[part] = { id, writer: await shelf.write(id) };
    }
    await open[part].writer.add(Buffer.from(line));
  };
  try {
    for await (const { part, line } of results.all()) await add(part, line);
    const told = unrun && { code: unrun.code, message: unrun.message };
    if (told)
      for await (const { index, bytes } of inputLines(shelf.pieces(batch.inputFile))) {
        if (!bytes || index >= results.total || results.isDone(index)) continue;
        const { customId } = form.readLine(bytes, batch.terms.endpoint);
        await add("error", form.encodeResult({ id: lineId(batch.id, index), customId, error: told }));
      }
    const expireMs = (batch.terms.resultsExpireAfterS ?? 0) * 1000 || fileDaysUsual * dayMs;
    const rows: Partial<Record<ResultPart, FileRow>> = {};
    for (const part of ["output", "error"] as const) {
      const file = open[part];
      if (!file) continue;
      await file.writer.finish();
      rows[part] = {
        id: file.id,
        project: batch.project,
        purpose: form.results.purpose,
        bytes: file.writer.bytes,
        createdMs: batch.nowMs,
        expiresMs: batch.nowMs + expireMs,
        name: form.results.name(batch.id, part),
      };
    }
    return rows;
  } catch (error) {
    for (const part of ["output", "error"] as const) await open[part]?.writer.abandon();
    throw error;
  }
}

/** The id of a line's result. */
export function lineId(batch: string, index: number): string {
  return `batch_req_${batch.slice(batch.indexOf("_") + 1)}_${index}`;
}

/** The codes are OpenAI's. */
export function unrunOf(ending: Ending, error: BatchError | undefined): Unrun | undefined {
  if (ending === "completed") return undefined;
  if (ending === "failed") return error ?? { code: "batch_failed", message: "The batch ended before" };
  return unrunAfter[ending];
}

const unrunAfter = {
  expired: {
    code: "batch_expired",
    message: "This request could not be run before the batch's completion window ended",
  },
  cancelled: { code: "batch_cancelled", message: "The batch was cancelled before this request was run" },
};
