import type { Clock } from "../../base/clock.ts";
import type { SahabError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Tenant } from "../../base/shares.ts";
import type { BatchTokens, FilesForm } from "../../dialect/files-form.ts";
import type { FileShelf } from "../files/file-shelf.ts";
import type { KeptPart } from "./kept-part.ts";
import type { LineSlots } from "./line-slots.ts";
import type { BatchOrder, VendorPlaces } from "./vendor-places.ts";

export interface VendorWorkDeps {
  shelf: FileShelf;
  vendors: VendorPlaces;
  /** What is being given to vendors, or read from them, at once: each has its input open, and an index of its lines. */
  transfers: Pick<LineSlots, "take">;
  clock: Clock;
  log: Log;
  /** How soon a vendor's batch is looked at again: at first, and at most. */
  pauses?: { first: number; most: number } | undefined;
}

/** What the batch does with it. */
export interface VendorWorkBatch extends BatchOrder {
  form: FilesForm;
  inputFile: { id: string; bytes: number };
  tenant: Tenant;
  /** How many lines it has. */
  total: number;
  isDone(index: number): boolean;
  /** Keeps the parts; false where the batch is not this process's any more. */
  save(parts: readonly KeptPart[]): Promise<boolean>;
  add(line: ServedResult): Promise<void>;
  /** The key is not let in any more. */
  fail(error: SahabError): void;
  /** Something has changed that is worth showing. */
  note(): Promise<void>;
}

/** What became of a line. */
export interface ServedResult {
  index: number;
  customId: string;
  response?: { status: number; requestId: string; body: string } | undefined;
  error?: { code: string; message: string } | undefined;
  tokens: BatchTokens;
}
