import type { FilingAction } from "../../dialect/dialect.ts";
import { jsonType } from "../../dialect/media-types.ts";
import type { JsonObject } from "../../dialect/read.ts";
import { headerLine, joinHeaders, type HttpRequest } from "../../http/index.ts";
import { cancelBatch, createBatch, listBatches, showBatch } from "../batches/serve-batches.ts";
import { idHeaders } from "../respond.ts";
import type { FilingDeps, FilingRequest } from "./filing-request.ts";
import { takeUpload } from "./take-upload.ts";

/** What is held of an upload at a time, about. */
const uploadHeldBytes = 256 * 1024;

/** Answers the request. */
export async function serveFiling(deps: FilingDeps, asked: FilingRequest, request: HttpRequest): Promise<void> {
  const { dialect, requestId } = asked;
  const { action } = asked;
  if (action === "show-content") return sendContent(deps, asked, request);
  const body = await acts[action](deps, asked, request);
  const headers = joinHeaders(idHeaders(dialect, requestId), headerLine("content-type", jsonType));
  request.answer(200, headers, JSON.stringify(body));
}

type Act = (deps: FilingDeps, asked: FilingRequest, request: HttpRequest) => Promise<JsonObject>;

const acts: Readonly<Record<Exclude<FilingAction, "show-content">, Act>> = {
  async "create-file"(deps, asked, request) {
    asked.visit.holdBody(uploadHeldBytes);
    return asked.form.encodeFile(await takeUpload(deps, asked, request));
  },
  async "show-file"({ shelf }, { form, caller, id }) {
    return form.encodeFile(await shelf.find(caller.project, id));
  },
  async "list-files"({ shelf }, { form, caller, query }) {
    const page = form.readFilesQuery(query);
    // One more than asked for, to say whether there are more.
    const rows = await shelf.list({ ...page, project: caller.project, limit: page.limit + 1 });
    return form.encodeList(rows.slice(0, page.limit).map(form.encodeFile), rows.length > page.limit);
  },
  async "delete-file"({ shelf }, { form, caller, id }) {
    await shelf.delete(caller.project, id);
    return form.encodeDeleted(id);
  },
  "create-batch": createBatch,
  "list-batches": listBatches,
  "show-batch": showBatch,
  "cancel-batch": cancelBatch,
};

/** Sends a file as it is read; one whose content is damaged is cut, so that it does not look whole. */
async function sendContent(
  { shelf, log }: FilingDeps,
  { dialect, id, caller, requestId, visit }: FilingRequest,
  request: HttpRequest,
): Promise<void> {
  const file = await shelf.findHere(caller.project, id);
  const headers = joinHeaders(idHeaders(dialect, requestId), headerLine("content-type", "application/octet-stream"));
  const pieces = shelf.read(file);
  // A file that cannot be read at all is told as an error.
  let next = await pieces.next();
  const sink = request.stream(200, headers);
  try {
    for (; !next.done; next = await pieces.next()) {
      const sending = sink.write(next.value);
      if (sending) await visit.awaitClient(sending);
      visit.throwIfCancelled();
    }
    sink.end();
  } catch (error) {
    if (!visit.cancelled) log.error({ err: error, file: id }, "a file could not be read to its end");
    await pieces.return(undefined);
    sink.abort();
  }
}
