import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Snapshot } from "../../config/index.ts";
import type { Dialect, FilingAction } from "../../dialect/dialect.ts";
import type { FilesForm } from "../../dialect/files-form.ts";
import type { Caller, Store } from "../../ledger/index.ts";
import type { BatchRunner } from "../batches/batch-runner.ts";
import type { Visit } from "../visit.ts";
import type { FileShelf } from "./file-shelf.ts";

export interface FilingDeps {
  shelf: FileShelf;
  store: Pick<Store, "insertBatch" | "findBatch" | "listBatches" | "cancelBatch">;
  batches: BatchRunner;
  clock: Clock;
  log: Log;
  snapshot: () => Snapshot;
}

/** What a client does with files and batches. */
export interface FilingRequest {
  dialect: Dialect;
  form: FilesForm;
  action: FilingAction;
  /** Of the file or batch that the path names. */
  id: string;
  query: URLSearchParams;
  caller: Caller;
  /** A hash of the key; batches go on under it. */
  keyHash: string;
  requestId: string;
  visit: Visit;
}
