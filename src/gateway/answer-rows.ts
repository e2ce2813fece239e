import type { Dialect, StoredAnswer, StoredStatus } from "../dialect/dialect.ts";
import type { KeptHead, KeptKey, KeptRow } from "../ledger/index.ts";

/** What rows of answers are called in the store. */
export const answerKind = "answer";
/** Rows that say which answer has a part: `id` is the part's, `previous` the answer's. */
export const partKind = "answer-part";

/** Parts of one answer that can be named later; more than an answer has. */
const partsMax = 256;
/** Ids that a client can ask for. A database may refuse longer ones, or other characters. */
const idForm = /^[\x21-\x7e]{1,256}$/;

/** Whose answer it is: ids are looked up within a project and a dialect. */
export interface AnswerOwner {
  project: string;
  dialect: Dialect;
}

/** What is known of an answer without reading it. */
export interface AnswerHead {
  id: string;
  status: StoredStatus;
  model: string;
  /** What it takes in memory with its request, about. */
  bytes: number;
  previousId: string | undefined;
}

export function isAnswerId(id: string): boolean {
  return idForm.test(id);
}

/** Names an answer in the store. */
export function keyOf({ project, dialect }: AnswerOwner, id: string): KeptKey {
  return { kind: answerKind, project, id: rowId(dialect, id) };
}

/** Ids of one dialect are not found in another. */
export function rowId({ name }: Dialect, id: string): string {
  return `${name} ${id}`;
}

/** The rows by which an answer is found that has these parts. */
export function partRows(
  { project, dialect }: AnswerOwner,
  { id, createdMs, expiresMs }: Pick<KeptRow, "id" | "createdMs" | "expiresMs">,
  parts: readonly string[],
): KeptRow[] {
  const rest = { kind: partKind, project, createdMs, expiresMs, status: "", owner: "", model: "" };
  return parts
    .filter(isAnswerId)
    .slice(0, partsMax)
    .map((part) => ({ ...rest, id: rowId(dialect, part), previous: id, request: null, answer: null }));
}

export function decodeHead({ id, status, model, previous, bytes }: KeptHead): AnswerHead {
  return { id: plainId(id), status: status as StoredStatus, model, bytes, previousId: previousOf(previous) };
}

export function decodeRow({ id, status, model, createdMs, request, answer, previous }: KeptRow): StoredAnswer {
  return {
    id: plainId(id),
    status: status as StoredStatus,
    model,
    createdS: Math.floor(createdMs / 1000),
    request: request ?? "{}",
    answer: answer ?? undefined,
    previousId: previousOf(previous),
  };
}

function previousOf(row: string): string | undefined {
  return row === "" ? undefined : plainId(row);
}

function plainId(row: string): string {
  return row.slice(row.indexOf(" ") + 1);
}
