/** What a vendor says of a batch. The last four are final. */
export interface VendorBatchState {
  id: string;
  status: "running" | "cancelling" | "completed" | "expired" | "cancelled" | "failed";
  counts: { total: number; completed: number; failed: number };
  /** Why it was refused as a whole, where it was. */
  errors: readonly VendorBatchError[];
  /** Milliseconds since 1970; null where the vendor does not say. */
  endedMs: number | null;
  /** Its files at the vendor: those with results, and the one with the lines. */
  resultFiles: readonly string[];
  inputFile: string | undefined;
}

export interface VendorBatchError {
  code: string;
  message: string;
  /** Of the line that it is about: 1 is the first of the batch. */
  position: number | undefined;
}

/** A line of a vendor's results. */
export interface RawResult {
  customId: string;
  /** The vendor's own id of the request. */
  requestId: string | null;
  outcome: RawAnswer | { type: "expired" | "cancelled" } | { type: "failed"; code: string; message: string };
}

/** An answer as a single call would have had it. */
export interface RawAnswer {
  type: "answer";
  status: number;
  body: Uint8Array;
}

export function isFinal({ status }: VendorBatchState): boolean {
  return status !== "running" && status !== "cancelling";
}

/** Texts of a vendor's, which may be of any length. */
export function textOf(value: unknown, fallback = ""): string {
  return typeof value === "string" && value !== "" ? value.slice(0, 500) : fallback;
}

export function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
