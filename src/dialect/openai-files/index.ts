import { newId } from "../../base/ids.ts";
import type { FilesForm } from "../files-form.ts";
import { encodeBatch } from "./encode-batch.ts";
import { encodeResult, readLine } from "./lines.ts";
import { readBatch } from "./read-batch.ts";
import { encodeFile, readUpload } from "./uploads.ts";
import { readListQuery } from "./list-query.ts";

/** Files and batches in OpenAI's form. Rules: its API reference, "Files" and "Batch" (SDK 7.57.0). */
export const openaiFiles: FilesForm = {
  fileField: "file",
  readUpload,
  readFilesQuery: (query) => ({ ...readListQuery(query, filesLimit), purpose: query.get("purpose") ?? undefined }),
  encodeFile,
  encodeList: (data, hasMore) => ({
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: hasMore,
  }),
  encodeDeleted: (id) => ({ id, object: "file", deleted: true }),
  // OpenAI's own begin with `file-`.
  createFileId: () => newId("file").replace("_", "-"),
  results: { purpose: "batch_output", name: (batch, part) => `${batch}_${part}.jsonl` },
  batchPurpose: "batch",
  readBatch,
  readBatchesQuery: (query) => readListQuery(query, batchesLimit),
  encodeBatch,
  readLine,
  encodeResult,
};

const filesLimit = { usual: 10_000, max: 10_000 };
const batchesLimit = { usual: 20, max: 100 };
