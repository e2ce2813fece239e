import { SQLiteError } from "bun:sqlite";
import { SahabError } from "../../base/errors.ts";
import { decodeError, encodeError, type WireError } from "../../base/wire-error.ts";
import { UnfitRecordError } from "../store/index.ts";
import { isAway } from "../store/postgres/postgres-fault.ts";

/** An error on its way between threads, which keeps neither class nor code of an error that is sent as it is. */
export interface Failure {
  kind: "unfit" | "unavailable" | "told" | "other";
  /** What callers are told as it is. */
  told?: WireError;
  message: string;
  stack: string | undefined;
}

/** Codes of SQLite for faults of the database, which another call may not meet. */
const unavailable = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|CORRUPT|NOTADB|NOMEM|PROTOCOL)/;

export function encodeFailure(thrown: unknown): Failure {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (thrown instanceof SahabError) return { kind: "told", told: encodeError(thrown), message, stack };
  return { kind: kindOf(thrown), message, stack };
}

export function decodeFailure({ kind, told, message, stack }: Failure): Error {
  if (told) return decodeError(told);
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  if (kind === "unfit") return new UnfitRecordError(message, { cause });
  return kind === "unavailable" ? storeUnavailable(`cannot answer: ${message}`, cause) : cause;
}

/** `what` follows "The database". */
export function storeUnavailable(what: string, cause?: unknown): SahabError {
  return new SahabError("store_unavailable", `The database ${what}; try again shortly`, { retryAfterS: 1, cause });
}

function kindOf(thrown: unknown): Failure["kind"] {
  if (thrown instanceof UnfitRecordError) return "unfit";
  const isSqliteAway = thrown instanceof SQLiteError && unavailable.test(thrown.code ?? "");
  return isSqliteAway || isAway(thrown) ? "unavailable" : "other";
}
