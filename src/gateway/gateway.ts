import { must } from "../base/assert.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { isOperation, type Operation } from "../call/index.ts";
import type { Snapshot } from "../config/index.ts";
import { largeBytesMin, openLarge, type BodyThread } from "../dialect/aside/index.ts";
import {
  isFiling,
  isShowing,
  type Dialect,
  type FilingAction,
  type IncomingRequest,
  type KeptAnswer,
  type OpenedRequest,
  type Route,
  type StoredAction,
} from "../dialect/dialect.ts";
import { eventStreamType, jsonType } from "../dialect/media-types.ts";
import { explainKeyFault, headerLine, joinHeaders, presentedKey, type HttpRequest } from "../http/index.ts";
import {
  hashKey,
  type BalanceLeft,
  type Caller,
  type Journal,
  type KeyRing,
  type RefusalNote,
} from "../ledger/index.ts";
import type { ReplicaStates } from "../router/index.ts";
import { actingCallerOf } from "./acting-request.ts";
import type { Admission } from "./admission.ts";
import { BackgroundQueue, type BackgroundJob } from "./background-queue.ts";
import type { BatchRunner } from "./batches/batch-runner.ts";
import { createBatches, type Filing } from "./batches/create-batches.ts";
import { isOfMoment } from "./batches/line-policy.ts";
import { waitForTargets, type ServedLine } from "./batches/serve-line.ts";
import { findModel, listModels, mayCall, mayCallModels, showModel, soleLocalModel } from "./callable-models.ts";
import type { ContentLog } from "./content-log/index.ts";
import { countHops } from "./count-hops.ts";
import { answerOptions, openToOrigins } from "./cross-origin.ts";
import { Exchange } from "./exchange.ts";
import { serveFiling } from "./files/serve-filing.ts";
import type { InFlight } from "./in-flight.ts";
import { KeptLists } from "./kept-lists.ts";
import type { KeptReasoning } from "./kept-reasoning.ts";
import { followStored } from "./follow-stored.ts";
import { actOnStored, answerStored, isContinued, keeperOf } from "./kept-requests.ts";
import { LoopGuard } from "./loop-guard.ts";
import { createRouteTable } from "./match-route.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { pricedTargets } from "./priced-targets.ts";
import { relay, type AnswerKeeper } from "./relay.ts";
import { answerError, answerHeaders, idHeaders, statusOf } from "./respond.ts";
import { goOn, serveQueued } from "./serve-kept.ts";
import { slowLoops } from "./slow-loops.ts";
import type { RequestLog } from "./request-log.ts";
import type { StoredAnswers } from "./stored-answers.ts";
import { attributionOf, attributionOfCaller } from "./tags/attribution.ts";
import { providerKeysOf } from "./tags/provider-keys.ts";
import { readHeaderLabels } from "./tags/read-headers.ts";
import { tryTargets } from "./try-targets.ts";
import { Visit } from "./visit.ts";

export interface GatewayDeps {
  dialects: readonly Dialect[];
  keys: KeyRing;
  journal: Journal;
  metrics: GatewayMetrics;
  inFlight: InFlight;
  states: ReplicaStates;
  /** Reads large bodies. */
  bodies: BodyThread;
  /** What models thought in earlier turns. */
  reasoning: KeptReasoning;
  /** Writes a line for each request. */
  requestLog?: RequestLog | undefined;
  /** Keeps the text of projects that ask for it. */
  contentLog?: Pick<ContentLog, "begin"> | undefined;
  /** Answers that clients may ask for again. */
  answers: StoredAnswers;
  filing: Filing;
  /** Reserves what requests may cost and use; undefined where no accounts are kept. */
  admission?: Admission;
  /** What a caller may still spend; undefined where nothing bounds it. */
  readBalance?: (caller: Caller) => Promise<BalanceLeft | undefined>;
  /** Notes why requests were refused, for `key show`. */
  noteRefusal?: (refusal: RefusalNote) => void;
  log: Log;
  /** The configuration as it is now. */
  snapshot: () => Snapshot;
}

/** Models have no date of their own here; that of this process's start is given, since clients expect one. */
const startedS = Math.floor(Date.now() / 1000);

export interface Gateway {
  /** Answers a request for one of the dialects' paths; false for a path that is none of them, which is left alone. */
  handle(request: HttpRequest): boolean;
  /** Requests that are served without their clients. */
  background: BackgroundQueue;
  batches: BatchRunner;
  /** Deletes files that have expired, and batches that ended long ago. */
  sweepFiling(): Promise<void>;
}

/** What the gateway has of its own beside what it is given. */
type Parts = GatewayDeps & {
  background: BackgroundQueue;
  batches: BatchRunner;
  loops: LoopGuard;
  lists: KeptLists;
};

export function createGateway(outside: GatewayDeps): Gateway {
  const { answers, log } = outside;
  const background = new BackgroundQueue({ answers, log, serve: (job) => serveJob(deps, job) });
  const routes = createRouteTable(outside.dialects);
  const { batches, sweepFiling } = createBatches(outside, {
    routes,
    serve: ({ dialect, operation }, request, line) => serve(deps, dialect, operation, request.path, request, { line }),
  });
  const deps: Parts = { ...outside, background, batches, loops: new LoopGuard(), lists: new KeptLists() };
  const handle = (request: HttpRequest): boolean => {
    const { method, headers } = request;
    let { path } = request;
    let found = routes.match(method, path, headers);
    if (!found) {
      const mended = routes.mend(path);
      if (mended !== undefined) found = routes.match(method, (path = mended), headers);
      if (!found) return false;
    }
    const { dialect } = found;
    const { origins } = deps.snapshot();
    if ("allowed" in found) {
      const { allowed } = found;
      if (method === "OPTIONS") {
        answerOptions(request, allowed, origins);
        return true;
      }
      if (origins) openToOrigins(request, origins);
      const error = methodNotAllowed(request, path, allowed);
      const id = newId("req");
      const headers = joinHeaders(idHeaders(dialect, id), headerLine("allow", `${allowed}, OPTIONS`));
      noteRefused(deps, { id, operation: "", startedMs: performance.now() }, error, error.status, request);
      answerError(request, dialect, error, id, headers);
      return true;
    }
    const isActing = actingCallerOf(request) !== undefined;
    // Who comes without a key is no page of another origin.
    if (origins && !isActing) openToOrigins(request, origins);
    const { serves } = found.route;
    // A batch is gone on with by the key that it came with.
    if (isActing && isFiling(serves)) return false;
    const serving = isOperation(serves)
      ? serve(deps, dialect, serves, path, request)
      : isShowing(serves)
        ? serveModels(deps, dialect, found.route, path, request)
        : isFiling(serves)
          ? serveFiles(deps, dialect, serves, found.route, path, request)
          : serveStored(deps, dialect, serves, found.route, path, request);
    serving.catch((error: unknown) => {
      deps.log.error({ err: error }, "a request failed outside its handler");
      request.abort();
    });
    return true;
  };
  return { handle, background, batches, sweepFiling };
}

/** Codex asks for a WebSocket first, and takes HTTP at once after 426, where it repeats its attempt after other refusals. */
function methodNotAllowed({ method, headers }: HttpRequest, path: string, allowed: string): SahabError {
  const isUpgrade = headers.get("upgrade") !== null;
  const message = isUpgrade
    ? `${path} is served over plain HTTP only; use ${allowed}`
    : `${method} is not allowed for ${path}; use ${allowed}`;
  return new SahabError("method_not_allowed", message, isUpgrade ? { status: 426 } : {});
}

/** A request of the queue goes the way of all others, and its answer is returned as well. */
async function serveJob(deps: Parts, job: BackgroundJob): Promise<KeptAnswer | undefined> {
  let kept: KeptAnswer | undefined;
  const keep = (answer: KeptAnswer) => {
    kept = answer;
    return Promise.resolve([]);
  };
  const { request, owner, id, operation } = job;
  await serve(deps, owner.dialect, operation, request.path, request, { id, keep });
  return kept;
}

/** A request that comes from the queue, with the id and the keeper of its answer, or from a batch. */
interface Unwaited {
  id?: string;
  keep?: AnswerKeeper;
  line?: ServedLine;
}

/** The request path: authenticate → admit → route → attempt → relay → settle. */
async function serve(
  deps: Parts,
  dialect: Dialect,
  operation: Operation,
  path: string,
  request: HttpRequest,
  queued?: Unwaited,
): Promise<void> {
  const { headers } = request;
  const id = newId("req");
  const line = queued?.line;
  const startedMs = performance.now();
  let caller: Caller | undefined;
  let exchange: Exchange | undefined;
  try {
    const acting = line ? undefined : actingCallerOf(request);
    const key = line || acting ? undefined : keyOf(dialect, request);
    const known = line
      ? deps.keys.authenticateAgain(line.key, request.address.text)
      : (acting ?? deps.keys.authenticate(key, request.address.text));
    caller = known instanceof Promise ? await known : known;
    mayCallModels(caller);
    // What can't be recorded must not reach a vendor.
    if (deps.journal.fault) throw deps.journal.fault;
    exchange = new Exchange(deps, {
      id,
      operation,
      dialect: dialect.name,
      caller,
      address: request.address.text,
      hops: countHops(headers),
      memory: deps.snapshot().forgetful?.has(caller.project) ? undefined : deps.reasoning,
      hasClient: queued === undefined,
      unattended: line,
    });
    const providerKeys = providerKeysOf(deps.snapshot());
    const said = {
      headers: readHeaderLabels(headers),
      base: line?.attribution ?? attributionOfCaller(caller),
      key,
      providerKeys,
    };
    exchange.attribute(attributionOf(said));
    const receiving = exchange.receive(request);
    const body = receiving instanceof Promise ? await receiving : receiving;
    exchange.keepContent(deps.contentLog?.begin(caller.project, operation, body));
    const incoming = { operation, path, query: queryOf(request), headers, body, queuedId: queued?.id };
    const opening = open(deps, exchange, dialect, incoming);
    let call = opening instanceof Promise ? await opening : opening;
    const labels = call.labels?.();
    if (labels) exchange.attribute(attributionOf({ ...said, body: labels }));
    const name = call.model || soleLocalModel(deps.snapshot(), caller);
    const model = findModel(deps.snapshot(), caller, name, exchange);
    if (operation === "chat" && !queued)
      slowLoops(deps, { caller, attribution: exchange.attribution, bodyBytes: body.length });
    const targets = pricedTargets(model, call, exchange.time);
    if (line && !line.asksAtRest) waitForTargets(deps.states, targets);
    let prompt: Uint8Array = body;
    const kept = call.keeps && { dialect, caller, keeps: call.keeps, model: call.model };
    if (kept?.keeps.isBackground && !queued) {
      await serveQueued(deps, exchange, { ...kept, operation, stream: call.stream }, request);
      return;
    }
    const keep = queued?.keep ?? (kept && keeperOf(deps, kept));
    if (kept && isContinued(kept.keeps)) {
      const continued = await goOn(deps, exchange, kept, { incoming, call });
      call = await open(deps, exchange, dialect, continued);
      prompt = continued.body;
    }
    exchange.admit(call, model);
    const reserving = exchange.reserve(targets);
    if (reserving) await reserving;
    const opened = await tryTargets(deps, exchange, call, { model, targets, prompt });
    await relay(exchange, dialect, call, opened, request, keep);
    const sending = request.whenSent();
    if (sending) await sending;
  } catch (thrown) {
    if (line) {
      const error = exchange?.cancelled ?? toSahabError(thrown);
      line.onFailed(error, exchange?.attempts ?? []);
      // It is tried again, and nothing was asked of anybody: there is nothing to record, or to warn of.
      if (exchange?.attempts.length === 0 && isOfMoment(error)) {
        exchange.handOver();
        answerError(request, dialect, error, id);
        return;
      }
    }
    await fail(deps, dialect, { id, operation, startedMs, caller, exchange }, thrown, request);
  } finally {
    exchange?.leave();
    exchange?.releaseAnswers();
  }
}

/** At once, but for a large body. */
function open(
  { bodies }: Parts,
  exchange: Exchange,
  dialect: Dialect,
  incoming: IncomingRequest,
): OpenedRequest | Promise<OpenedRequest> {
  if (incoming.body.length < largeBytesMin || dialect.opensAtOnce?.(incoming)) return dialect.open(incoming);
  return exchange.unlessOver(openLarge({ thread: bodies, dialect }, incoming, exchange));
}

function keyOf({ keyParameter }: Dialect, request: HttpRequest): string | undefined {
  const key = presentedKey(request.headers);
  if (key !== undefined || keyParameter === undefined) return key;
  return keyInQuery(keyParameter, request);
}

function keyInQuery(keyParameter: string, request: HttpRequest): string | undefined {
  return new URLSearchParams(queryOf(request)).get(keyParameter) || undefined;
}

function queryOf({ target, path }: HttpRequest): string {
  const start = target.indexOf("?");
  return start === -1 || target.length === path.length ? "" : target.slice(start + 1);
}

/** A request that failed, as far as it had come. */
interface Failed {
  id: string;
  /** What its route serves. */
  operation: string;
  /** Monotonic. */
  startedMs: number;
  /** Whose key it came with, where that was found out. */
  caller?: Caller | undefined;
  /** Undefined where it was refused before, or calls no model. */
  exchange?: Exchange | undefined;
}

async function fail(
  deps: GatewayDeps,
  dialect: Dialect,
  failed: Failed,
  thrown: unknown,
  request: HttpRequest,
): Promise<void> {
  const { id, exchange } = failed;
  const name = dialect.keyParameter;
  const parameter = name === undefined ? undefined : { name, key: keyInQuery(name, request) };
  let error = exchange?.cancelled ?? explainKeyFault(toSahabError(thrown), request.headers, { parameter });
  if (exchange && (error.code === "budget_exceeded" || error.code === "rate_limit_exceeded")) {
    const { time, caller } = exchange;
    deps.noteRefusal?.({ keyId: caller.keyId, time, requestId: id, code: error.code, message: error.message });
  }
  if (error.code === "internal_error")
    deps.log.error({ err: error.cause ?? error, request: id }, "a request failed inside Sahab");
  // Failed attempts have been told one by one.
  else if (error.status >= 500 && !exchange?.attempt)
    deps.log.warn(
      { request: id, code: error.code, reason: error.logMessage, model: exchange?.model },
      "a request failed",
    );
  try {
    await exchange?.settle(statusOf(dialect, error), error.code, error);
  } catch (unsettled) {
    error = toSahabError(unsettled);
    deps.log.error({ err: unsettled, request: id }, "a usage record could not be journalled");
  }
  if (!exchange) noteRefused(deps, failed, error, statusOf(dialect, error), request);
  const { headers } = request;
  const stream =
    exchange && dialect.encodeFailedStream?.(error, { requestId: id, model: exchange.model ?? "", headers });
  if (exchange && stream !== undefined) {
    const type = headerLine("content-type", eventStreamType);
    request.answer(200, joinHeaders(answerHeaders(exchange, dialect), type), stream);
  } else answerError(request, dialect, error, id, exchange && answerHeaders(exchange, dialect));
}

function noteRefused(
  { requestLog }: Pick<GatewayDeps, "requestLog">,
  { id, operation, startedMs, caller }: Failed,
  error: SahabError,
  status: number,
  request: HttpRequest,
): void {
  const durationMs = performance.now() - startedMs;
  requestLog?.noteRefused({ id, operation, status, error, caller, durationMs, client: request.address.text });
}

async function serveModels(
  deps: Parts,
  dialect: Dialect,
  route: Route,
  path: string,
  request: HttpRequest,
): Promise<void> {
  const id = newId("req");
  const startedMs = performance.now();
  let caller: Caller | undefined;
  try {
    const known = (caller =
      actingCallerOf(request) ?? (await deps.keys.authenticate(keyOf(dialect, request), request.address.text)));
    mayCallModels(known);
    const snapshot = deps.snapshot();
    const query = queryOf(request);
    const list = () => JSON.stringify(dialect.encodeModelList(listModels(snapshot, known, startedS), query));
    const body =
      route.serves === "show-balance"
        ? JSON.stringify(dialect.encodeBalance?.(await deps.readBalance?.(known)))
        : route.serves === "show-model"
          ? JSON.stringify(dialect.encodeModel(showModel(snapshot, known, nameInPath(route, path), startedS)))
          : query === ""
            ? deps.lists.get({ snapshot, caller: known, form: dialect.name, nowMs: performance.now() }, list)
            : list();
    request.answer(200, joinHeaders(idHeaders(dialect, id), headerLine("content-type", jsonType)), body);
  } catch (thrown) {
    await fail(deps, dialect, { id, operation: route.serves, startedMs, caller }, thrown, request);
  }
}

/** What clients do with files and batches. */
function serveFiles(
  deps: Parts,
  dialect: Dialect,
  action: FilingAction,
  route: Route,
  path: string,
  request: HttpRequest,
): Promise<void> {
  return serveKeeping(deps, dialect, action, request, async ({ key, requestId, visit }) => {
    const { filing, batches, log, snapshot } = deps;
    const asked = {
      dialect,
      form: must(dialect.files, "a dialect with such routes has their form"),
      action,
      id: nameInPath(route, path, "id"),
      query: new URLSearchParams(queryOf(request)),
      caller: visit.caller,
      keyHash: hashKey(key ?? ""),
      requestId,
      visit,
    };
    await serveFiling({ ...filing, batches, log, snapshot }, asked, request);
  });
}

/** What clients do with answers that are kept for them. */
function serveStored(
  deps: Parts,
  dialect: Dialect,
  action: StoredAction,
  route: Route,
  path: string,
  request: HttpRequest,
): Promise<void> {
  return serveKeeping(deps, dialect, action, request, async ({ requestId, visit }) => {
    const { caller } = visit;
    const id = nameInPath(route, path, "id");
    const query = new URLSearchParams(queryOf(request));
    const may = (name: string) => mayCall(deps.snapshot(), caller, name);
    const asked = { dialect, caller, action, id, query, requestId, mayCall: may };
    const { stored, encode, status } = await actOnStored(deps, asked, visit);
    const isFollowed =
      stored !== undefined &&
      action === "show-stored" &&
      (await followStored(deps, { dialect, stored, query, requestId, visit }, request));
    if (!isFollowed) answerStored(request, dialect, requestId, encode(), status);
  });
}

/** A request for something that is kept here. It has a place among all that are under way, and no record, since it calls no model. */
async function serveKeeping(
  deps: Parts,
  dialect: Dialect,
  operation: string,
  request: HttpRequest,
  act: (asked: { key: string | undefined; requestId: string; visit: Visit }) => Promise<void>,
): Promise<void> {
  const requestId = newId("req");
  const startedMs = performance.now();
  let caller: Caller | undefined;
  let visit: Visit | undefined;
  try {
    const key = keyOf(dialect, request);
    caller = actingCallerOf(request) ?? (await deps.keys.authenticate(key, request.address.text));
    mayCallModels(caller);
    visit = new Visit(deps, { caller, address: request.address.text });
    request.watch(visit);
    await act({ key, requestId, visit });
    visit.leave();
    const sending = request.whenSent();
    if (sending) await sending;
  } catch (thrown) {
    await fail(deps, dialect, { id: requestId, operation, startedMs, caller }, visit?.cancelled ?? thrown, request);
  } finally {
    visit?.leave();
    visit?.releaseAnswers();
  }
}

/** A broken escape names no model; as it is, it says so in the error. */
function nameInPath(route: Route, path: string, group: "model" | "id" = "model"): string {
  const text = typeof route.path === "string" ? "" : (route.path.exec(path)?.groups?.[group] ?? "");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
