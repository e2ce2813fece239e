import type { Clock } from "../base/clock.ts";
import { SahabError, toSahabError, type ErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { StoredAnswerTerms } from "../config/index.ts";
import type { Dialect, KeptAnswer, StoredAnswer, StoredStatus } from "../dialect/dialect.ts";
import type { KeptBound, KeptKey, NewKept, Store } from "../ledger/index.ts";
import {
  answerKind as kind,
  decodeHead,
  decodeRow,
  isAnswerId,
  keyOf,
  partKind,
  partRows,
  rowId,
  type AnswerHead,
  type AnswerOwner,
} from "./answer-rows.ts";
import { GroupedKeeps } from "./grouped-keeps.ts";
import { GroupedLooks } from "./grouped-looks.ts";

const dayMs = 24 * 3_600_000;
/** More than a person or an agent asks for again within a month; bytes are what a project is bounded by. */
const rowsMax = 100_000;
const partRowsMax = 4 * rowsMax;
const ofAll: KeptBound = { kind, rowsMax: 2_000_000, bytesMax: 16 * 1024 ** 3 };
const partsOfAll: KeptBound = { kind: partKind, rowsMax: 8_000_000, bytesMax: 8 * 1024 ** 3 };
/** An answer with its request: a million tokens, or several images. */
const rowBytesMax = 16 * 1024 * 1024;
/** A short answer, with the parameters that it repeats. */
const answerBytesMin = 4 * 1024;
/** Answers in a row that a request goes on from. */
const historyMax = 1_000;
/** SQLite takes some ten thousand parameters. */
const idsPerCall = 500;
/** A project's oldest answers are looked for when it has kept so many bytes, or so many answers, since the last time. */
const trimBytes = 16 * 1024 * 1024;
const trimEvery = 64;

/** States of answers that are still to come. */
const unfinished = ["queued", "in_progress"] as const satisfies StoredStatus[];

/** Why answers were not kept. The first says that the id is another answer's, the second that the answer is too large. */
export const notKeptCodes = [
  "conflict",
  "body_too_large",
  "overloaded",
  "store_unavailable",
  "internal_error",
] as const satisfies ErrorCode[];

type KeepingStore = Pick<
  Store,
  "keep" | "findKept" | "findKeptHeads" | "findKeptChain" | "changeKept" | "endKept" | "deleteKept" | "sweepKept"
>;

/** What is kept with a new answer. */
interface NewAnswer extends Omit<StoredAnswer, "createdS"> {
  terms: StoredAnswerTerms;
  parts?: readonly string[] | undefined;
}

/** For whom answers are read that a request goes on from. */
export interface HistoryReader {
  /** Answers of other models are not there for the caller. */
  mayCall(model: string): boolean;
  /** Told how many bytes are going to be read, before they are; what it throws ends the reading. */
  hold(bytes: number): void;
}

/**
 * Answers that are kept for clients that ask for them again, by project and id. An answer that is made in the background is kept
 * from the start: queued → in_progress → completed | incomplete | failed | cancelled. Another process may cancel what this one
 * works on, so each change names the states that it starts from, and the store makes the first one that comes.
 */
export class StoredAnswers {
  readonly #store: KeepingStore;
  readonly #keeps: GroupedKeeps;
  readonly #looks = new GroupedLooks((project, ids) => this.#heads(project, ids));
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #process: string;
  /** What each project has kept since its oldest were looked for. */
  readonly #kept = new Map<string, { rows: number; bytes: number }>();
  readonly #notKept = new Map<ErrorCode, number>();

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

  /** How many answers were not kept that should have been, for this reason. */
  notKept(code: (typeof notKeptCodes)[number]): number {
    return this.#notKept.get(code) ?? 0;
  }

  /** Undefined where there is none of this id, or none any more. */
  async find({ project, dialect }: AnswerOwner, id: string): Promise<StoredAnswer | undefined> {
    return (await this.#read(project, [rowId(dialect, id)]))[0];
  }

  /** What is known of an answer without reading it; undefined where there is none of this id. */
  async head({ project, dialect }: AnswerOwner, id: string): Promise<AnswerHead | undefined> {
    if (!isAnswerId(id)) return undefined;
    const [head] = await this.#heads(project, [rowId(dialect, id)]);
    return head && decodeHead(head);
  }

  /** The same for who waits for a change: a little later, and together with what others of the project wait for. */
  async look({ project, dialect }: AnswerOwner, id: string): Promise<AnswerHead | undefined> {
    const head = await this.#looks.find(project, rowId(dialect, id));
    return head && decodeHead(head);
  }

  /** Which of these are still to come. */
  async findUnfinished(project: string, keys: readonly KeptKey[]): Promise<Set<string>> {
    const rows = await this.#heads(
      project,
      keys.map(({ id }) => id),
    );
    return new Set(rows.flatMap(({ id, status }) => (isUnfinished(status) ? [id] : [])));
  }

  /**
   * The answers that have these parts and that the reader may see; those of parts that nobody knows are missing. Throws
   * `body_too_large` where they have more bytes than a request may go on from.
   */
  async findHolders(owner: AnswerOwner, parts: readonly string[], reader: HistoryReader): Promise<StoredAnswer[]> {
    const { project, dialect } = owner;
    const partIds = [...new Set(parts)].filter(isAnswerId).map((id) => rowId(dialect, id));
    const holders = new Set<string>();
    const nowMs = this.#clock.now();
    for (const ids of inGroups(partIds))
      for (const { previous } of await this.#store.findKeptHeads({ kind: partKind, project, ids, nowMs }))
        holders.add(previous);
    const heads = (await this.#heads(project, [...holders])).filter(({ model }) => reader.mayCall(model));
    const bytes = sumBytes(heads);
    if (bytes > limits.requestBodyBytesMax)
      throw new SahabError(
        "body_too_large",
        `The answers whose items the input names have ${bytes} bytes; at most ${limits.requestBodyBytesMax} are allowed`,
      );
    reader.hold(bytes);
    return this.#read(
      project,
      heads.map(({ id }) => id),
    );
  }

  /**
   * The answer of this id and those that it went on from, the oldest first. Throws `previous_response_not_found`, or
   * `invalid_request` where one before it is not there or not complete: a part of a conversation would be another one.
   */
  async history(
    owner: AnswerOwner,
    previous: { id: string; param: string },
    reader: HistoryReader,
  ): Promise<StoredAnswer[]> {
    const heads = await this.checkHistory(owner, previous, reader);
    reader.hold(sumBytes(heads));
    const answers = await this.#read(
      owner.project,
      heads.map(({ id }) => rowId(owner.dialect, id)),
    );
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    return heads.map(({ id }) => {
      const answer = byId.get(id);
      // It was deleted in the meantime, or cannot be opened.
      if (answer?.answer === undefined) throw missingPrevious(owner.dialect, id, previous.param);
      return answer;
    });
  }

  /** Finds, and refuses, as `history` does, without reading the answers. */
  async checkHistory(
    owner: AnswerOwner,
    { id, param }: { id: string; param: string },
    { mayCall }: Pick<HistoryReader, "mayCall">,
  ): Promise<AnswerHead[]> {
    const chain = isAnswerId(id)
      ? await this.#store.findKeptChain({
          ...keyOf(owner, id),
          nowMs: this.#clock.now(),
          rowsMax: historyMax,
          bytesMax: limits.requestBodyBytesMax,
        })
      : [];
    const refuse = (problem: string) => new SahabError("invalid_request", `${param}: ${problem}`, { param });
    const heads = chain.map(decodeHead);
    // An answer of a model that the caller may not call is not there for it.
    if (heads.length === 0 || heads.some(({ model }) => !mayCall(model)))
      throw missingPrevious(owner.dialect, id, param);
    for (const { id: found, status } of heads)
      if (status !== "completed" && status !== "incomplete")
        throw refuse(`the answer "${found.slice(0, 100)}" is ${status}; one that is completed is expected`);
    const oldest = heads.at(-1)?.previousId;
    if (oldest !== undefined)
      throw refuse(
        `the conversation goes back to "${oldest.slice(0, 100)}", which is not kept any more, or is more than ${historyMax} answers or ${limits.requestBodyBytesMax} bytes away`,
      );
    return heads.toReversed();
  }

  /** Whether a request leaves room for its answer. */
  fits(request: string, terms: StoredAnswerTerms): boolean {
    return Buffer.byteLength(request) + answerBytesMin <= bytesMaxOf(terms);
  }

  /**
   * Keeps an answer and returns it as it is found from now on. Throws where the store cannot, `body_too_large` where the answer is, and `conflict` where its id is that of an
   * answer that is kept: a vendor may give an id twice, and the first one's client counts on it.
   */
  async keep(owner: AnswerOwner, { terms, request, answer, parts = [], ...fields }: NewAnswer): Promise<StoredAnswer> {
    const { id, status, model, previousId } = fields;
    if (!isAnswerId(id)) throw new SahabError("conflict", "The answer has no id by which it could be found");
    const bytes = Buffer.byteLength(request) + Buffer.byteLength(answer ?? "");
    const bytesMax = bytesMaxOf(terms);
    if (bytes > bytesMax)
      throw new SahabError("body_too_large", `The answer with its request has ${bytes} bytes; ${bytesMax} can be kept`);
    const nowMs = this.#clock.now();
    const row: NewKept = {
      ...keyOf(owner, id),
      createdMs: nowMs,
      expiresMs: nowMs + terms.days * dayMs,
      status,
      owner: isUnfinished(status) ? this.#process : "",
      model,
      previous: previousId === undefined ? "" : rowId(owner.dialect, previousId),
      request,
      answer: answer ?? null,
      isUnique: true,
    };
    const [isKept] = await this.#keeps.keep(owner.project, [row, ...partRows(owner, row, parts)]);
    if (!isKept) throw new SahabError("conflict", `An answer "${id}" is kept already`);
    this.#trim(owner.project, terms, bytes);
    return decodeRow(row);
  }

  /** The same for an answer that its client gets in any case. Returns whether it is kept. */
  async keepIfPossible(owner: AnswerOwner, answer: NewAnswer): Promise<boolean> {
    try {
      await this.keep(owner, answer);
      return true;
    } catch (error) {
      const known = notKeptCodes.find((code) => code === toSahabError(error).code) ?? "internal_error";
      this.#notKept.set(known, this.notKept(known) + 1);
      this.#log.warn({ err: error, project: owner.project, answer: answer.id }, "an answer could not be kept");
      return false;
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
      await this.#keeps.keep(owner.project, partRows(owner, { ...keyOf(owner, id), ...times }, parts));
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

  async #heads(project: string, ids: readonly string[]) {
    const nowMs = this.#clock.now();
    const found = [];
    for (const some of inGroups(ids))
      found.push(...(await this.#store.findKeptHeads({ kind, project, ids: some, nowMs })));
    return found;
  }

  async #read(project: string, ids: readonly string[]): Promise<StoredAnswer[]> {
    const nowMs = this.#clock.now();
    const found: StoredAnswer[] = [];
    for (const some of inGroups(ids))
      found.push(...(await this.#store.findKept({ kind, project, ids: some, nowMs })).map(decodeRow));
    return found;
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

function bytesMaxOf({ bytes }: StoredAnswerTerms): number {
  return Math.min(rowBytesMax, bytes);
}

export function isUnfinished(status: string): boolean {
  return status === "queued" || status === "in_progress";
}

function sumBytes(heads: readonly { bytes: number }[]): number {
  return heads.reduce((sum, { bytes }) => sum + bytes, 0);
}

function* inGroups(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += idsPerCall) yield ids.slice(at, at + idsPerCall);
}
