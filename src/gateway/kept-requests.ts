import { SahabError } from "../base/errors.ts";
import { must } from "../base/assert.ts";
import { storedAnswersOf, type Snapshot } from "../config/index.ts";
import type { Operation } from "../call/index.ts";
import type { Dialect, KeptAnswer, Keeping, StoredAction, StoredAnswer } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, type HttpRequest } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import type { BackgroundQueue } from "./background-queue.ts";
import { QueuedRequest } from "./queued-request.ts";
import type { AnswerKeeper } from "./relay.ts";
import { idHeaders } from "./respond.ts";
import type { AnswerOwner, StoredAnswers } from "./stored-answers.ts";

interface Deps {
  answers: StoredAnswers;
  background: BackgroundQueue;
  snapshot: () => Snapshot;
}

/** A request that has to do with kept answers. */
interface KeptRequest {
  dialect: Dialect;
  caller: Caller;
  keeps: Keeping;
  /** As the client called it. */
  model: string;
}

/** What keeps the answer of a request; undefined where it is not to be kept, or cannot be for its size. `requestText` is the request as it came. */
export function keeperOf({ answers, snapshot }: Deps, kept: KeptRequest): AnswerKeeper | undefined {
  const { dialect, caller, keeps, model } = kept;
  const terms = storedAnswersOf(snapshot(), caller.project);
  if (!keeps.isStored || !terms) return undefined;
  const request = keeps.requestText();
  if (!answers.fits(request, terms)) return undefined;
  return (answer: KeptAnswer) =>
    answers.keepIfPossible(ownerOf(dialect, caller), {
      ...answer,
      terms,
      model,
      request,
      previousId: keeps.previous?.id,
    });
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
  mayCall: (model: string) => boolean,
): Promise<{ earlier: StoredAnswer[]; holders: StoredAnswer[] }> {
  const owner = ownerOf(dialect, caller);
  const earlier = keeps.previous ? await answers.history(owner, keeps.previous, mayCall) : [];
  const named = earlier.flatMap(({ request }) => dialect.stored?.namedParts?.(request) ?? []);
  const holders = await answers.findHolders(owner, [...(keeps.namedParts ?? []), ...named]);
  return { earlier, holders: holders.filter(({ model: of }) => mayCall(of)) };
}

/** Keeps a request as queued, to be served in its turn. Returns its answer as it is now. */
export async function queue(
  { answers, background, snapshot }: Deps,
  { dialect, caller, keeps, model, operation }: KeptRequest & { operation: Operation },
  request: HttpRequest,
): Promise<StoredAnswer> {
  const owner = ownerOf(dialect, caller);
  const terms = storedAnswersOf(snapshot(), caller.project);
  if (!terms)
    throw new SahabError(
      "unsupported_operation",
      `Project ${caller.project} keeps no answers, so none can be fetched later`,
    );
  if (keeps.previous) await answers.history(owner, keeps.previous);
  const body = Buffer.from(keeps.requestText());
  background.take(caller, body.length);
  const id = formOf(dialect).createId();
  let stored: StoredAnswer | undefined;
  try {
    const unsaid = { answer: undefined, previousId: keeps.previous?.id };
    await answers.keep(owner, { id, status: "queued", model, request: body.toString(), terms, ...unsaid });
    stored = must(await answers.find(owner, id), "what was kept is there");
  } catch (error) {
    background.release(caller, body.length);
    throw error;
  }
  background.add({ owner, id, operation, tenant: caller, request: new QueuedRequest(request, body), terms });
  return stored;
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

/** Does what a client asks for with a kept answer. Throws `not_found` where there is none of this id. */
export async function actOnStored(
  { answers, background }: Deps,
  { dialect, caller, action, id, query: parameters, requestId, mayCall }: StoredRequest,
): Promise<{ shown: string; stored?: StoredAnswer }> {
  const owner = ownerOf(dialect, caller);
  const found = await answers.find(owner, id);
  const form = formOf(dialect);
  if (!found || !mayCall(found.model)) {
    const shown = form.encodeMissing?.(action, id, requestId);
    if (shown) return { shown: textOf(shown) };
    const named = id.slice(0, 100);
    const said = form.describeMissing?.(named, false) ?? `No answer "${named}" is kept for this project`;
    throw new SahabError("not_found", said);
  }
  const show = (stored: StoredAnswer) => ({
    shown: textOf(form.encode(action, stored, parameters, requestId)),
    stored,
  });
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

/** What a client gets of an answer that is to come. */
export function showQueued(dialect: Dialect, stored: StoredAnswer, requestId: string): string {
  return textOf(formOf(dialect).encode("show-stored", stored, new URLSearchParams(), requestId));
}

export function answerStored(request: HttpRequest, dialect: Dialect, id: string, body: string): void {
  request.answer(200, joinHeaders(idHeaders(dialect, id), headerLine("content-type", jsonType)), body);
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
