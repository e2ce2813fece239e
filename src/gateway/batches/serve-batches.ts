import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { BatchTerms, FilesForm } from "../../dialect/files-form.ts";
import type { JsonObject } from "../../dialect/read.ts";
import { presentedKey, type HttpRequest } from "../../http/index.ts";
import { adminKeyId, type BatchRow, type NewBatch } from "../../ledger/index.ts";
import type { FilingDeps, FilingRequest } from "../files/filing-request.ts";
import { attributionOf } from "../tags/attribution.ts";
import { providerKeysOf } from "../tags/provider-keys.ts";
import { readHeaderLabels } from "../tags/read-headers.ts";
import { shownBatch, type KeptTerms } from "./batch-state.ts";

/** A batch names its file and some metadata. */
const requestBytesMax = 1024 * 1024;
/** Batches of a project that are not done. */
const unfinishedMax = 100;

export async function createBatch(
  { shelf, store, batches, clock, snapshot }: FilingDeps,
  { dialect, form, caller, keyHash, visit }: FilingRequest,
  request: HttpRequest,
): Promise<JsonObject> {
  const headers = readHeaderLabels(request.headers);
  const terms = form.readBatch(await request.readBody(requestBytesMax, visit));
  const { project, keyId } = caller;
  const file = await shelf.findHere(project, terms.inputFile);
  if (file.purpose !== form.batchPurpose)
    throw new SahabError(
      "invalid_request",
      `input_file_id: expected a file of purpose "${form.batchPurpose}", found one of purpose "${file.purpose}"`,
      { param: "input_file_id" },
    );
  const createdMs = clock.now();
  const batch: NewBatch = {
    id: newId("batch", createdMs),
    project,
    keyId,
    // The admin key is known by its id, and is in no store.
    keyHash: keyId === adminKeyId ? "" : keyHash,
    inputFile: file.id,
    createdMs,
    expiresMs: createdMs + terms.windowMs,
    terms: JSON.stringify({
      ...terms,
      dialect: dialect.name,
      inputBytes: file.bytes,
      address: request.address.text,
      attribution: attributionOf({
        headers,
        body: labelsOf(terms),
        key: presentedKey(request.headers),
        providerKeys: providerKeysOf(snapshot()),
      }),
    } satisfies KeptTerms),
  };
  if (!(await store.insertBatch(batch, unfinishedMax)))
    throw new SahabError(
      "rate_limit_exceeded",
      `Project ${project} has ${unfinishedMax} batches that are not done, which is the limit; try again when one has ended`,
      { retryAfterS: 60 },
    );
  batches.wake();
  return form.encodeBatch(
    shownBatch({
      ...batch,
      status: "validating",
      epoch: 0,
      times: {},
      progress: "",
    }),
  );
}

/** A batch's own metadata, in which clients tell what it is for. */
function labelsOf({ metadata }: BatchTerms) {
  return metadata ? { user: undefined, session: undefined, pairs: Object.entries(metadata) } : undefined;
}

export async function showBatch(deps: FilingDeps, { form, caller, id }: FilingRequest): Promise<JsonObject> {
  return encode(form, await find(deps, caller.project, id));
}

export async function listBatches({ store }: FilingDeps, { form, caller, query }: FilingRequest): Promise<JsonObject> {
  const page = form.readBatchesQuery(query);
  // One more than asked for, to say whether there are more.
  const rows = await store.listBatches({ ...page, project: caller.project, limit: page.limit + 1 });
  return form.encodeList(
    rows.slice(0, page.limit).map((row) => encode(form, row)),
    rows.length > page.limit,
  );
}

export async function cancelBatch(deps: FilingDeps, { form, caller, id }: FilingRequest): Promise<JsonObject> {
  const { store, batches, clock } = deps;
  const { project } = caller;
  const before = await find(deps, project, id);
  const isCancelled = await store.cancelBatch({ project, id, nowMs: clock.now() });
  if (!isCancelled && before.status !== "cancelling" && before.status !== "cancelled")
    throw new SahabError("conflict", `Batch "${id}" is ${before.status}, and can be cancelled no more`);
  batches.wake();
  return encode(form, await find(deps, project, id));
}

function encode(form: FilesForm, row: BatchRow): JsonObject {
  return form.encodeBatch(shownBatch(row));
}

async function find({ store }: FilingDeps, project: string, id: string): Promise<BatchRow> {
  const row = await store.findBatch({ project, id });
  if (row) return row;
  throw new SahabError("not_found", `No batch "${id.slice(0, 100)}" is known in this project`);
}
