import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { StoredAnswerTerms } from "../config/index.ts";
import type { Dialect, KeptAnswer, StoredAnswer, StoredStatus } from "../dialect/dialect.ts";
import type { KeptBound, KeptKey, KeptRow, Store } from "../ledger/index.ts";
import { GroupedKeeps } from "./grouped-keeps.ts";

/** What rows of answers are called in the store. */
const kind = "answer";
/** Rows that say which answer has a part: its id, and that of the answer as the one before it. */
const partKind = "answer-part";
const dayMs = 24 * 3_600_000;
/** More than a person or an agent asks for again within a month; bytes are what a project is bounded by. */
const rowsMax = 100_000;
const ofAll: KeptBound = { kind, rowsMax: 2_000_000, bytesMax: 16 * 1024 ** 3 };
const partsOfAll: KeptBound = { kind: partKind, rowsMax: 8_000_000, bytesMax: 8 * 1024 ** 3 };
const partRowsMax = 4 * rowsMax;
/** Parts of one answer that can be named later; more than an answer has. */
const partsMax = 256;
/** An answer with its request: a million tokens, or several images. */
const rowBytesMax = 16 * 1024 * 1024;
/** A short answer, with the parameters that it repeats. */
const answerBytesMin = 4 * 1024;
/** Answers in a row that a request goes on from. */
const historyMax = 1_000;
/** So many bytes of a project are kept before its oldest answers are looked at. */
/** SQLite takes some ten thousand parameters. */
const partsPerCall = 500;
/** So that what is read before the bound is noticed is little more than the bound. */
const holdersPerCall = 2;
const trimBytes = 16 * 1024 * 1024;
const trimEvery = 64;

/** Answers that are still to come. */
const unfinished = ["queued", "in_progress"] as const satisfies StoredStatus[];

type KeepingStore = Pick<
  Store,
  "keep" | "findKept" | "findKeptStatuses" | "findKeptChain" | "changeKept" | "endKept" | "deleteKept" | "sweepKept"
>;

/** Whose answer it is: ids are looked up within a project and a dialect. */
export interface AnswerOwner {
  project: string;
  dialect: Dialect;
}

/** What is kept with a new answer. */
interface NewAnswer extends Omit<StoredAnswer, "createdS"> {
  terms: StoredAnswerTerms;
  parts?: readonly string[] | undefined;
}

/**
 * Answers that are kept for clients that ask for them again, by project and id. Those made in the background are here before they
 * are made: queued → in_progress → completed | incomplete | failed | cancelled. Only the store decides which of these comes first,
 * since another process may cancel what this one works on.
 */
export class StoredAnswers {
  readonly #store: KeepingStore;
  readonly #keeps: GroupedKeeps;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #process: string;
  /** What each project has kept since its oldest were looked at. */
  readonly #kept = new Map<string, { rows: number; bytes: number }>();

  /** `process` names this process among those that share the store. */
  constructor({ store, log, clock }: { store: KeepingStore; log: Log; clock: Clock }, options: { process: string }) {
    this.#store = store;
    this.#keeps = new GroupedKeeps(store);
    this.#log = log;
    this.#clock = clock;
    this.#process = options.process;
  }

  /** The bound that all projects share; those of each are kept as answers come. */
  get bounds(): readonly KeptBound[] {
    return [ofAll, partsOfAll];
  }

  /** Undefined where there is none of this id, or none any more. */
  async find(owner: AnswerOwner, id: string): Promise<StoredAnswer | undefined> {
    const { project, dialect } = owner;
    const rows = await this.#store.findKept({
      kind,
      project,
      ids: [rowId(dialect, id)],
      nowMs: this.#clock.now(),
    });
    return rows[0] && decodeRow(rows[0]);
  }

  /**
   * The answers that have these parts; those of parts that nobody knows are missing. Throws `body_too_large` before it has read
   * much more than a request may go on from.
   */
  async findHolders(owner: AnswerOwner, parts: readonly string[]): Promise<StoredAnswer[]> {
    if (parts.length === 0) return [];
    const { project, dialect } = owner;
    const nowMs = this.#clock.now();
    const ids = [...new Set(parts)].map((id) => rowId(dialect, id));
    const holders = new Set<string>();
    for (let at = 0; at < ids.length; at += partsPerCall) {
      const some = ids.slice(at, at + partsPerCall);
      for (const { previous } of await this.#store.findKept({ kind: partKind, project, ids: some, nowMs }))
        holders.add(previous);
    }
    const names = [...holders];
    const found: StoredAnswer[] = [];
    let bytes = 0;
    for (let at = 0; at < names.length; at += holdersPerCall) {
      const rows = await this.#store.findKept({ kind, project, ids: names.slice(at, at + holdersPerCall), nowMs });
      for (const row of rows) {
        bytes += (row.request?.length ?? 0) + (row.answer?.length ?? 0);
        found.push(decodeRow(row));
      }
      if (bytes > limits.requestBodyBytesMax)
        throw new SahabError(
          "body_too_large",
          `The answers whose items the input names have ${bytes} bytes or more; at most ${limits.requestBodyBytesMax} are allowed`,
        );
    }
    return found;
  }

  /** The status alone, without reading the answer; undefined where there is none of this id. */
  async statusOf(owner: AnswerOwner, id: string): Promise<string | undefined> {
    const { project, id: row } = keyOf(owner, id);
    const rows = await this.#store.findKeptStatuses({ kind, project, ids: [row], nowMs: this.#clock.now() });
    return rows[0]?.status;
  }

  /** Which of these are still to come. */
  async findUnfinished(project: string, keys: readonly KeptKey[]): Promise<Set<string>> {
    const ids = keys.map(({ id }) => id);
    const rows = await this.#store.findKeptStatuses({ kind, project, ids, nowMs: this.#clock.now() });
    return new Set(rows.flatMap(({ id, status }) => (isUnfinished(status) ? [id] : [])));
  }

  /**
   * The answer of this id and those that it went on from, the oldest first. Throws `invalid_request` where one of them is not
   * there, or not complete: a part of a conversation would be another one.
   */
  async history(
    owner: AnswerOwner,
    { id, param }: { id: string; param: string },
    mayCall: (model: string) => boolean = () => true,
  ): Promise<StoredAnswer[]> {
    const rows = await this.#store.findKeptChain({
      ...keyOf(owner, id),
      nowMs: this.#clock.now(),
      rowsMax: historyMax,
      bytesMax: limits.requestBodyBytesMax,
    });
    const refuse = (problem: string) => new SahabError("invalid_request", `${param}: ${problem}`, { param });
    const answers = rows.map(decodeRow);
    // An answer of a model that the caller may not call is not there for it.
    if (answers.length === 0 || answers.some(({ model }) => !mayCall(model)))
      throw missingPrevious(owner.dialect, id, param);
    for (const { id: found, status, answer } of answers) {
      if (answer === undefined || (status !== "completed" && status !== "incomplete"))
        throw refuse(`the answer "${found.slice(0, 100)}" is ${status}; one that is completed is expected`);
    }
    const oldest = answers.at(-1)?.previousId;
    if (oldest !== undefined)
      throw refuse(
        `the conversation goes back to "${oldest.slice(0, 100)}", which is not kept any more, or is more than ${historyMax} answers or ${limits.requestBodyBytesMax} bytes away`,
      );
    return answers.toReversed();
  }

  /** Whether a request leaves room for its answer. */
  fits(request: string, terms: StoredAnswerTerms): boolean {
    return Buffer.byteLength(request) + answerBytesMin <= bytesMaxOf(terms);
  }

  /** Keeps an answer. Throws where the store cannot, or `invalid_request` where it is too large. */
  async keep(owner: AnswerOwner, { terms, request, answer, parts = [], ...fields }: NewAnswer): Promise<void> {
    const bytes = Buffer.byteLength(request) + Buffer.byteLength(answer ?? "");
    const bytesMax = bytesMaxOf(terms);
    if (bytes > bytesMax)
      throw new SahabError(
        "invalid_request",
        `The answer with its request has ${bytes} bytes; ${bytesMax} can be kept`,
      );
    const { status, model, previousId } = fields;
    const nowMs = this.#clock.now();
    const row: KeptRow = {
      ...keyOf(owner, fields.id),
      createdMs: nowMs,
      expiresMs: nowMs + terms.days * dayMs,
      status,
      owner: isUnfinished(status) ? this.#process : "",
      model,
      previous: previousId === undefined ? "" : rowId(owner.dialect, previousId),
      request,
      answer: answer ?? null,
    };
    await this.#keeps.keep([row, ...partRows(owner, row, parts)]);
    this.#trim(owner.project, terms, bytes);
  }

  /** The same for an answer that its client has: that it is not kept does not make it fail. */
  async keepIfPossible(owner: AnswerOwner, answer: NewAnswer): Promise<void> {
    try {
      await this.keep(owner, answer);
    } catch (error) {
      this.#log.warn({ err: error, project: owner.project }, "an answer could not be kept");
    }
  }

  /** Says that the work on a queued answer begins. False where it was cancelled or deleted meanwhile. */
  begin(owner: AnswerOwner, id: string): Promise<boolean> {
    const to = { status: "in_progress", owner: this.#process };
    return this.#store.changeKept(keyOf(owner, id), ["queued"], to);
  }

  /** Ends an answer that was made in the background; one that is too large has failed. False where it was cancelled or deleted meanwhile. */
  async end(
    owner: AnswerOwner,
    id: string,
    { status, answer, parts = [] }: Pick<StoredAnswer, "status" | "answer"> & Pick<KeptAnswer, "parts">,
    terms?: StoredAnswerTerms,
  ): Promise<boolean> {
    const bytes = Buffer.byteLength(answer ?? "");
    const isTooLarge = bytes > (terms ? bytesMaxOf(terms) : rowBytesMax);
    if (isTooLarge) this.#log.warn({ project: owner.project, bytes }, "an answer is too large to be kept");
    const to = isTooLarge
      ? { status: "failed" as const, owner: "", answer: null }
      : { status, owner: "", answer: answer ?? null };
    const isChanged = await this.#store.changeKept(keyOf(owner, id), ["in_progress"], to);
    if (!isChanged || isTooLarge || !terms) return isChanged;
    if (parts.length > 0) {
      const createdMs = this.#clock.now();
      const times = { createdMs, expiresMs: createdMs + terms.days * dayMs };
      await this.#keeps.keep(partRows(owner, { ...keyOf(owner, id), ...times }, parts));
    }
    this.#trim(owner.project, terms, bytes);
    return true;
  }

  /** False where there is nothing to be cancelled. */
  cancel(owner: AnswerOwner, id: string): Promise<boolean> {
    return this.#store.changeKept(keyOf(owner, id), unfinished, { status: "cancelled", owner: "" });
  }

  delete(owner: AnswerOwner, id: string): Promise<boolean> {
    return this.#store.deleteKept(keyOf(owner, id));
  }

  #trim(project: string, terms: StoredAnswerTerms, bytes: number): void {
    const kept = this.#kept.get(project) ?? { rows: 0, bytes: 0 };
    kept.rows++;
    kept.bytes += bytes;
    this.#kept.set(project, kept);
    if (kept.rows < trimEvery && kept.bytes < Math.min(trimBytes, terms.bytes / 2)) return;
    this.#kept.delete(project);
    this.#store
      .sweepKept(this.#clock.now(), [
        { kind, project, rowsMax, bytesMax: terms.bytes },
        { kind: partKind, project, rowsMax: partRowsMax, bytesMax: terms.bytes },
      ])
      .catch((error: unknown) => this.#log.warn({ err: error }, "kept answers could not be swept"));
  }
}

/**
 * Marks as failed what a process that has ended, or any where none is named, was working on. To be called before it, or all of
 * them, serve again.
 */
export function failUnfinished(store: Pick<Store, "endKept">, process?: string): Promise<number> {
  return store.endKept({ owner: process, from: unfinished, to: "failed" satisfies StoredStatus });
}

function missingPrevious({ stored }: Dialect, id: string, param: string): SahabError {
  const said = stored?.describeMissing?.(id.slice(0, 100), true);
  const message = said ?? `${param}: no answer "${id.slice(0, 100)}" is kept for this project`;
  return new SahabError("previous_response_not_found", message, { param });
}

/** What says that an answer has these parts. */
function partRows(
  { project, dialect }: AnswerOwner,
  { id, createdMs, expiresMs }: Pick<KeptRow, "id" | "createdMs" | "expiresMs">,
  parts: readonly string[],
): KeptRow[] {
  const rest = { kind: partKind, project, createdMs, expiresMs, status: "", owner: "", model: "" };
  return parts
    .slice(0, partsMax)
    .map((part) => ({ ...rest, id: rowId(dialect, part), previous: id, request: null, answer: null }));
}

function bytesMaxOf({ bytes }: StoredAnswerTerms): number {
  return Math.min(rowBytesMax, bytes);
}

function isUnfinished(status: string): boolean {
  return status === "queued" || status === "in_progress";
}

/** Names an answer in the store. Ids of one dialect are not found in another. */
export function keyOf({ project, dialect }: AnswerOwner, id: string): KeptKey {
  return { kind, project, id: rowId(dialect, id) };
}

function rowId({ name }: Dialect, id: string): string {
  return `${name} ${id}`;
}

function decodeRow({ id, status, model, createdMs, request, answer, previous }: KeptRow): StoredAnswer {
  const plain = (rowId: string) => rowId.slice(rowId.indexOf(" ") + 1);
  return {
    id: plain(id),
    status: status as StoredStatus,
    model,
    createdS: Math.floor(createdMs / 1000),
    request: request ?? "{}",
    answer: answer ?? undefined,
    previousId: previous === "" ? undefined : plain(previous),
  };
}
