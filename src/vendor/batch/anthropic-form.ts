import { SahabError } from "../../base/errors.ts";
import { isObject, type JsonObject } from "../../dialect/read.ts";
import type { BatchCalls } from "./batch-calls.ts";
import { pagesMax, skewMs, type BatchForm, type BatchOrder, type BatchSearch } from "./batch-form.ts";
import { countOf, textOf, type VendorBatchState } from "./batch-state.ts";
import { readAnthropicResult } from "./read-result.ts";

const root = "/v1/messages/batches";

/** Anthropic's Message Batches: the requests are the body, and the results a list of lines (https://platform.claude.com/docs/en/build-with-claude/batch-processing). */
export const anthropicForm: BatchForm = {
  frame: ['{"requests":[', ",", "]}"],
  encodeLine: (customId, _path, body) => [`{"custom_id":${JSON.stringify(customId)},"params":`, ...body, "}"],
  async create(calls, spool) {
    const body = { contentType: "application/json", bytes: spool.bytes, open: () => spool.read() };
    const { id } = await calls.send({ method: "POST", path: root, body, isSafe: false });
    if (typeof id === "string" && id !== "") return id;
    throw new SahabError("upstream_invalid_response", "the vendor's answer has no id");
  },
  find: findBatch,
  look: async (calls, id) => readState(await calls.get(batchPath(id)), id),
  cancel: async (calls, id) =>
    void (await calls.send({ method: "POST", path: `${batchPath(id)}/cancel`, isSafe: true })),
  // Not its `results_url`, since an answer must not choose where the key goes.
  async *results(calls, { id }) {
    for await (const line of calls.lines(`${batchPath(id)}/results`)) yield line && readAnthropicResult(line);
  },
  discard: async (calls, { id }) => void (await calls.delete(batchPath(id)).catch(() => undefined)),
};

function batchPath(id: string): string {
  return `${root}/${encodeURIComponent(id)}`;
}

/**
 * A batch has no place for a name of ours, and only its results tell the ids of its requests. So a batch of as many requests from that
 * time is looked into once it has ended; until then nobody can tell, and creating another one might be paid twice.
 */
async function findBatch(
  calls: BatchCalls,
  { marker, lines }: BatchOrder,
  { sinceMs, known }: BatchSearch,
): Promise<string | undefined> {
  let running: string | undefined;
  let after = "";
  for (let page = 0; page < pagesMax; page++) {
    const list = await calls.get(`${root}?limit=100${after === "" ? "" : `&after_id=${encodeURIComponent(after)}`}`);
    const batches = Array.isArray(list["data"]) ? list["data"].filter(isObject) : [];
    for (const batch of batches) {
      const id = textOf(batch["id"]);
      const createdMs = timeOf(batch["created_at"]) ?? Number.POSITIVE_INFINITY;
      if (id === "" || known.has(id) || createdMs < sinceMs - skewMs) continue;
      const state = readState(batch, id);
      if (state.counts.total !== lines) continue;
      if (state.status === "running" || state.status === "cancelling") running ??= id;
      else if (await isOf(calls, id, marker)) return id;
    }
    const last = batches.at(-1);
    const lastMs = last && timeOf(last["created_at"]);
    after = textOf(list["last_id"]) || textOf(last?.["id"]);
    const isPast = typeof lastMs === "number" && lastMs < sinceMs - skewMs;
    if (!last || isPast || list["has_more"] !== true || after === "") break;
  }
  if (running === undefined) return undefined;
  throw new SahabError(
    "conflict",
    `Cannot tell yet whether the vendor's batch ${running.slice(0, 100)} is the one that was being created when Sahab stopped: it has as many requests, and has not ended`,
  );
}

/** The first result that can be read tells. */
async function isOf(calls: BatchCalls, id: string, marker: string): Promise<boolean> {
  for await (const line of calls.lines(`${batchPath(id)}/results`)) {
    const result = line && readAnthropicResult(line);
    if (result) return result.customId.startsWith(`${marker}-`);
  }
  return false;
}

function readState(batch: JsonObject, id: string): VendorBatchState {
  const told = isObject(batch["request_counts"]) ? batch["request_counts"] : {};
  const [processing, succeeded, errored, canceled, expired] = [
    "processing",
    "succeeded",
    "errored",
    "canceled",
    "expired",
  ].map((name) => countOf(told[name])) as [number, number, number, number, number];
  const word = batch["processing_status"];
  const ended = canceled > 0 ? "cancelled" : expired > 0 ? "expired" : "completed";
  return {
    id,
    status: word === "ended" ? ended : word === "canceling" ? "cancelling" : "running",
    counts: {
      total: processing + succeeded + errored + canceled + expired,
      completed: succeeded,
      failed: errored + canceled + expired,
    },
    errors: [],
    endedMs: timeOf(batch["ended_at"]),
    resultFiles: [],
    inputFile: undefined,
  };
}

/** RFC 3339. */
function timeOf(value: unknown): number | null {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isFinite(time) ? time : null;
}
