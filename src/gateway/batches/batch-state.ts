import type { BatchProgress, BatchTerms, ShownBatch } from "../../dialect/files-form.ts";
import type { BatchRow } from "../../ledger/index.ts";
import type { Attribution } from "../tags/attribution.ts";
import type { KeptPart } from "./kept-part.ts";
import type { Ending } from "./write-results.ts";

/** What a row keeps as JSON of what was asked for. */
export interface KeptTerms extends BatchTerms {
  /** The client's. */
  dialect: string;
  /** Of the input's content. */
  inputBytes: number;
  address: string;
  /** Whom it is for, which its lines may say better; undefined in older rows. */
  attribution?: Attribution | undefined;
}

/** What a row keeps as JSON of how far it is. */
export interface KeptProgress extends BatchProgress {
  /** What comes after `finalizing`. */
  ending?: Ending | undefined;
  /** What vendors have of it. */
  parts?: readonly KeptPart[] | undefined;
}

const noProgress: KeptProgress = {
  total: 0,
  completed: 0,
  failed: 0,
  errors: [],
  tokens: { input: 0, cachedInput: 0, output: 0, reasoning: 0 },
};

export function termsOf({ terms }: Pick<BatchRow, "terms">): KeptTerms {
  return JSON.parse(terms) as KeptTerms;
}

export function progressOf({ progress }: Pick<BatchRow, "progress">): KeptProgress {
  return progress === "" ? noProgress : (JSON.parse(progress) as KeptProgress);
}

export function shownBatch(row: BatchRow): ShownBatch {
  const { id, status, createdMs, expiresMs, times } = row;
  return { ...termsOf(row), ...progressOf(row), id, status, createdMs, expiresMs, times };
}
