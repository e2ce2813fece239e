import { SahabError } from "../../base/errors.ts";
import type { Submitter, VendorJob } from "../vendor-batch.ts";

/** Where a part goes, and at which price: what the configuration says later changes nothing of it. */
export interface KeptPlace extends Submitter {
  /** What the provider calls the model. */
  target: string;
  /** The wire format of its lines. */
  api: string;
  /** As `keepPrice` makes it. */
  price: string;
}

/** Lines of a batch, all of one model, that are given to a vendor as one batch of its own. Kept as JSON, from before the vendor hears of it. */
export interface KeptPart extends KeptPlace {
  /** See BatchPart. */
  marker: string;
  /** As the lines name it. */
  model: string;
  window: string;
  /** Its first line, as a place among the model's lines. */
  first: number;
  /** When it was begun, since 1970. */
  sinceMs: number;
  /** Undefined until the vendor has it. */
  job?: VendorJob;
  /** The line that comes after it; null where there is none; undefined until the vendor has it. */
  next?: number | null;
  /** The vendor took none of it, for sure: Sahab runs the lines. */
  isRefused?: true;
  /** All that the vendor has served is read: what it keeps of it may be deleted. */
  isRead?: true;
}

/** A batch that a vendor takes in so many pieces is no use. */
export const partsMax = 32;
/** Lines that the vendor's batch cannot have, in one part: what is kept of it grows with them. */
export const leftOutMax = 1_000;

/** The configuration has nobody any more who could ask for it. */
export function submitterGone({ provider }: KeptPart): SahabError {
  const what = `provider ${provider} is not in the configuration any more with the key that submitted it`;
  return new SahabError("not_found", `Cannot ask for the vendor's batch: ${what}`);
}

/** Whether lines of the part are, or may be, at the vendor. */
export function isOpen({ job, isRefused }: KeptPart): boolean {
  return job === undefined && !isRefused;
}

/** The places of its lines among those of its model; of one that the vendor may not have yet, all that follow. */
export function placesOf({ job, first, isRefused }: KeptPart, count: number): number[] {
  if (isRefused) return [];
  const runs = job ? job.lines : [[first, count - 1] as const];
  return runs.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}
