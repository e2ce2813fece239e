import { errorTable, SahabError } from "../../base/errors.ts";
import { randomText } from "../../base/ids.ts";
import { isObject, type JsonObject } from "../../dialect/read.ts";
import type { VendorBatch } from "../vendor.ts";
import type { BatchCalls } from "./batch-calls.ts";
import { pagesMax, skewMs, type BatchForm, type BatchOrder, type BatchSearch } from "./batch-form.ts";
import { countOf, textOf, type VendorBatchError, type VendorBatchState } from "./batch-state.ts";
import { readOpenaiResult } from "./read-result.ts";
import type { Spool } from "./spool.ts";

/** OpenAI's batches: a file of lines is uploaded, a batch is created over it, and its results are files again (https://platform.openai.com/docs/guides/batch). */
export function openaiForm({ markerField = "sahab_batch", createWith = {} }: VendorBatch): BatchForm {
  return {
    frame: ["", "\n", "\n"],
    encodeLine: (customId, path, body) => [
      `{"custom_id":${JSON.stringify(customId)},"method":"POST","url":${JSON.stringify(path)},"body":`,
      ...body,
      "}",
    ],
    async create(calls, spool, { marker, path, window }) {
      const file = await upload(calls, spool, `${marker}.jsonl`);
      const fields = {
        input_file_id: file,
        endpoint: path,
        completion_window: window,
        metadata: { [markerField]: marker },
        ...createWith,
      };
      try {
        return idOf(await calls.post("/batches", fields, false));
      } catch (error) {
        if (isRefused(error)) await calls.delete(`/files/${encodeURIComponent(file)}`).catch(ignore);
        throw error;
      }
    },
    find: (calls, order, search) => findBatch(calls, markerField, order, search),
    look: async (calls, id) => readState(await calls.get(batchPath(id)), id),
    cancel: async (calls, id) =>
      void (await calls.send({ method: "POST", path: `${batchPath(id)}/cancel`, isSafe: true })),
    async *results(calls, { resultFiles }) {
      for (const file of resultFiles)
        for await (const line of calls.lines(`/files/${encodeURIComponent(file)}/content`))
          yield line && readOpenaiResult(line);
    },
    async discard(calls, { inputFile, resultFiles }) {
      for (const file of [...resultFiles, ...(inputFile === undefined ? [] : [inputFile])])
        await calls.delete(`/files/${encodeURIComponent(file)}`).catch(ignore);
    },
  };
}

/** A file that stays at the vendor is a trouble of nobody's: it expires there. */
const ignore = () => undefined;

function batchPath(id: string): string {
  return `/batches/${encodeURIComponent(id)}`;
}

async function upload(calls: BatchCalls, spool: Spool, fileName: string): Promise<string> {
  const boundary = `sahab-${randomText(24)}`;
  const part = (head: string) => `--${boundary}\r\ncontent-disposition: form-data; ${head}\r\n`;
  const start = Buffer.from(
    `${part('name="purpose"')}\r\nbatch\r\n${part(`name="file"; filename="${fileName}"`)}content-type: application/jsonl\r\n\r\n`,
  );
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  const body = {
    contentType: `multipart/form-data; boundary=${boundary}`,
    bytes: start.length + spool.bytes + end.length,
    async *open() {
      yield start;
      yield* spool.read();
      yield end;
    },
  };
  return idOf(await calls.send({ method: "POST", path: "/files", body, isSafe: true }));
}

async function findBatch(
  calls: BatchCalls,
  markerField: string,
  { marker }: BatchOrder,
  { sinceMs, known }: BatchSearch,
): Promise<string | undefined> {
  let after = "";
  for (let page = 0; page < pagesMax; page++) {
    const list = await calls.get(`/batches?limit=100${after === "" ? "" : `&after=${encodeURIComponent(after)}`}`);
    const batches = Array.isArray(list["data"]) ? list["data"].filter(isObject) : [];
    for (const batch of batches) {
      const { metadata } = batch;
      if (isObject(metadata) && metadata[markerField] === marker && !known.has(textOf(batch["id"]))) return idOf(batch);
    }
    // The newest come first.
    const last = batches.at(-1);
    const createdMs = last && timeOf(last["created_at"]);
    after = textOf(last?.["id"]);
    if (!last || list["has_more"] !== true || after === "") return undefined;
    if (createdMs !== null && createdMs !== undefined && createdMs < sinceMs - skewMs) return undefined;
  }
  return undefined;
}

/** Vendors' words, in small letters; one that is not here leaves a batch running. `progress` is Novita's, `in_queue` SiliconFlow's. */
const statuses: Readonly<Record<string, VendorBatchState["status"]>> = {
  completed: "completed",
  expired: "expired",
  cancelled: "cancelled",
  canceled: "cancelled",
  failed: "failed",
  cancelling: "cancelling",
  canceling: "cancelling",
};

function readState(batch: JsonObject, id: string): VendorBatchState {
  const counts = isObject(batch["request_counts"]) ? batch["request_counts"] : {};
  const { errors } = batch;
  const list: unknown = isObject(errors) ? errors["data"] : errors;
  const files = [batch["output_file_id"], batch["error_file_id"]].map((file) => textOf(file));
  const ends = ["completed_at", "expired_at", "cancelled_at", "failed_at"].map((name) => timeOf(batch[name]));
  return {
    id,
    status: statuses[textOf(batch["status"]).toLowerCase()] ?? "running",
    counts: {
      total: countOf(counts["total"]),
      completed: countOf(counts["completed"]),
      failed: countOf(counts["failed"]),
    },
    errors: (Array.isArray(list) ? list : []).slice(0, errorsMax).filter(isObject).map(readError),
    endedMs: ends.find((time) => time !== null) ?? null,
    resultFiles: [...new Set(files.filter((file) => file !== ""))],
    inputFile: textOf(batch["input_file_id"]) || undefined,
  };
}

/** A file of 50,000 lines may have a fault in each. */
const errorsMax = 1_000;

function readError({ code, message, line }: JsonObject): VendorBatchError {
  return {
    code: textOf(code, "invalid_request"),
    message: textOf(message, "the vendor does not say why"),
    position: countOf(line) || undefined,
  };
}

/** Seconds since 1970. */
function timeOf(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? Math.round(value * 1000) : null;
}

function idOf({ id }: JsonObject): string {
  if (typeof id === "string" && id !== "" && id.length <= idCharsMax) return id;
  throw new SahabError("upstream_invalid_response", "the vendor's answer has no id");
}

const idCharsMax = 256;

/** It was not created, for sure. */
function isRefused(error: unknown): boolean {
  return error instanceof SahabError && errorTable[error.code].blame === "caller";
}
