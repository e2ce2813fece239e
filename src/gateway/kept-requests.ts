import { SahabError } from "../base/errors.ts";
import { must } from "../base/assert.ts";
import { storedAnswersOf, type Snapshot } from "../config/index.ts";
import type { Operation } from "../call/index.ts";
import type { Dialect, EarlierAnswers, KeptAnswer, Keeping, StoredAction, StoredAnswer } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, noHeaders, type HttpRequest } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import { actingCallerOf } from "./acting-request.ts";
import type { BackgroundQueue } from "./background-queue.ts";
import { QueuedRequest } from "./queued-request.ts";
import type { AnswerKeeper } from "./relay.ts";
import { idHeaders } from "./respond.ts";
import type { AnswerOwner } from "./answer-rows.ts";
import { isUnfinished, type HistoryReader, type StoredAnswers } from "./stored-answers.ts";
import type { Visit } from "./visit.ts";

interface Deps {
  answers: StoredAnswers;
  background: BackgroundQueue;
  snapshot: () => Snapshot;
}

/** A request that has to do with kept answers. */
export interface KeptRequest {
  dialect: Dialect;
  caller: Caller;
  keeps: Keeping;
  /** As the client called it. */
  model: string;
}

/** What keeps the answer of a request; undefined where it is not to be kept, or cannot be for its size. To be asked for while the body is here. */
export function keeperOf({ answers, snapshot }: Deps, kept: KeptRequest): AnswerKeeper | undefined {
  const { dialect, caller, keeps, model } = kept;
  const terms = storedAnswersOf(snapshot(), caller.project);
  if (!keeps.isStored || !terms) return undefined;
  const request = keeps.requestText();
  if (!answers.fits(request, terms)) return undefined;
  const { storedBy, previous } = keeps;
  return async (answer: KeptAnswer) => {
    const all = { ...answer, terms, model, request, previousId: previous?.id };
    const isKept = await answers.keepIfPossible(ownerOf(dialect, caller), all);
    return isKept || storedBy === undefined ? [] : [storedBy];
  };
}

/** Whether a request needs kept answers before it can be served. */
export function isContinued({ previous, namedParts = [] }: Keeping): boolean {
  return previous !== undefined || namedParts.length > 0;
}

/**
 * The answers that a request goes on from, the oldest first, and those that have the parts which it, or one of these, only names.
 * Throws where an earlier answer is not there.
 */
export async function findEarlier(
  { answers }: Deps,
  { dialect, caller, keeps }: KeptRequest,
  reader: HistoryReader & { findNamedParts(requests: readonly string[]): Promise<readonly string[]> },
): Promise<EarlierAnswers> {
  const owner = ownerOf(dialect, caller);
  const earlier = keeps.previous ? await answers.history(owner, keeps.previous, reader) : [];
  const named = await reader.findNamedParts(earlier.map(({ request }) => request));
  const holders = await answers.findHolders(owner, [...(keeps.namedParts ?? []), ...named], reader);
  return { earlier, holders };
}

/** Keeps a request as queued, to be served in its turn. Returns its answer as it is now. */
export async function queue(
  { answers, background, snapshot }: Deps,
  { dialect, caller, keeps, model, operation }: KeptRequest & { operation: Operation },
  request: HttpRequest,
  reader: Pick<HistoryReader, "mayCall">,
): Promise<StoredAnswer> {
  const owner = ownerOf(dialect, caller);
  const terms = storedAnswersOf(snapshot(), caller.project);
  if (!terms)
    throw new SahabError(
      "unsupported_operation",
      `Project ${caller.project} keeps no answers, so none can be fetched later`,
    );
  if (keeps.previous) await answers.checkHistory(owner, keeps.previous, reader);
  const text = keeps.requestText();
  const body = Buffer.from(text);
  background.take(caller, body.length);
  const id = formOf(dialect).createId();
  const queued = new QueuedRequest(request, body, actingCallerOf(request));
  let isKept = false;
  try {
    const unsaid = { answer: undefined, previousId: keeps.previous?.id };
    const stored = await answers.keep(owner, { id, status: "queued", model, request: text, terms, ...unsaid });
    isKept = true;
    background.add({ owner, id, operation, tenant: caller, request: queued, terms });
    return stored;
  } catch (error) {
    background.release(caller, body.length);
    // Nobody has been told of it; where it cannot be deleted now, the next start marks it as failed.
    if (isKept) await answers.delete(owner, id).catch(() => undefined);
    throw error;
  }
}

/** What a client asks for with a kept answer. */
interface StoredRequest {
  dialect: Dialect;
  caller: Caller;
  action: StoredAction;
  id: string;
  query: URLSearchParams;
  requestId: string;
  /** Whether the caller may call a model; answers of others are not there for it. */
  mayCall(model: string): boolean;
}

/** What a client gets of a kept answer; `stored` is undefined where there is none, and that is no error. */
interface ShownAnswer {
  stored: StoredAnswer | undefined;
  /** Undefined where the status says all. */
  encode(): string | undefined;
  status: number;
}

/**
 * Does what a client asks for with a kept answer. Throws `not_found` where there is none of this id, `overloaded` where the caller
 * holds as many bytes of answers as it may.
 */
export async function actOnStored(
  { answers, background }: Deps,
  { dialect, caller, action, id, query: parameters, requestId, mayCall }: StoredRequest,
  visit: Visit,
): Promise<ShownAnswer> {
  const owner = ownerOf(dialect, caller);
  const found = await readHeld(answers, owner, id, visit);
  const form = formOf(dialect);
  if (!found || !mayCall(found.model)) {
    const shown = form.encodeMissing?.(action, id, requestId);
    if (shown) return { stored: undefined, encode: () => textOf(shown), status: 200 };
    const named = id.slice(0, 100);
    const said = form.describeMissing?.(named, false) ?? `No answer "${named}" is kept for this project`;
    throw new SahabError("not_found", said);
  }
  const show = (stored: StoredAnswer): ShownAnswer => {
    const pending = action === "show-stored" && isUnfinished(stored.status) ? form.pendingStatus : undefined;
    if (pending !== undefined) return { stored, encode: () => undefined, status: pending };
    return { stored, encode: () => textOf(form.encode(action, stored, parameters, requestId)), status: 200 };
  };
  if (action === "delete-stored") {
    await answers.delete(owner, id);
    background.end(owner, id);
  }
  if (action !== "cancel-stored") return show(found);
  if (await answers.cancel(owner, id)) {
    background.end(owner, id);
    return show({ ...found, status: "cancelled" });
  }
  // It may have ended since it was found.
  return show((await answers.find(owner, id)) ?? found);
}

/** Reads an answer once there is room for it among the answers that are held. Throws where there is none, or the visit is over. */
export async function readHeld(
  answers: StoredAnswers,
  owner: AnswerOwner,
  id: string,
  visit: Visit,
): Promise<StoredAnswer | undefined> {
  const head = await answers.head(owner, id);
  if (!head) return undefined;
  // Its text, and the same in what is sent.
  visit.holdAnswer(2 * head.bytes);
  visit.throwIfCancelled();
  return answers.find(owner, id);
}

/** What a client gets of an answer that is to come. */
export function showQueued(dialect: Dialect, stored: StoredAnswer, requestId: string): string {
  const form = formOf(dialect);
  return textOf(form.encodeQueued?.(stored) ?? form.encode("show-stored", stored, new URLSearchParams(), requestId));
}

export function answerStored(
  request: HttpRequest,
  dialect: Dialect,
  id: string,
  body: string | undefined,
  status = 200,
): void {
  const type = body === undefined ? noHeaders : headerLine("content-type", jsonType);
  request.answer(status, joinHeaders(idHeaders(dialect, id), type), body ?? "");
}

function ownerOf(dialect: Dialect, { project }: Caller): AnswerOwner {
  return { project, dialect };
}

function formOf({ stored }: Dialect) {
  return must(stored, "a dialect with kept answers says how they look");
}

function textOf(shown: object | string): string {
  return typeof shown === "string" ? shown : JSON.stringify(shown);
}
