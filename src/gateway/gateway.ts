import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { escapeUnprintable } from "../base/printable.ts";
import type { Log } from "../base/log.ts";
import { hopsHeader, type Operation } from "../call/index.ts";
import { localProvider, type ModelEntry, type Snapshot } from "../config/index.ts";
import { largeBytesMin, openLarge, type BodyThread } from "../dialect/aside/index.ts";
import type { Dialect, Route } from "../dialect/dialect.ts";
import { jsonType } from "../dialect/media-types.ts";
import { explainKeyFault, headerLine, joinHeaders, presentedKey, type HttpRequest } from "../http/index.ts";
import type { Caller, Journal, KeyRing } from "../ledger/index.ts";
import type { ReplicaStates } from "../router/index.ts";
import { answerOptions, openToOrigins } from "./cross-origin.ts";
import { Exchange } from "./exchange.ts";
import type { InFlight } from "./in-flight.ts";
import type { KeptReasoning } from "./kept-reasoning.ts";
import { createRouteTable } from "./match-route.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { relay } from "./relay.ts";
import { answerError, answerHeaders, idHeaders, statusOf } from "./respond.ts";
import { tryTargets } from "./try-targets.ts";

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
  log: Log;
  /** The configuration as it is now. */
  snapshot: () => Snapshot;
}

/** Models have no date of their own here; that of this process's start is given, since clients expect one. */
const startedS = Math.floor(Date.now() / 1000);

/** Answers a request for one of the dialects' paths; false for a path that is none of them, which is left alone. */
export type Gateway = (request: HttpRequest) => boolean;

export function createGateway(deps: GatewayDeps): Gateway {
  const routes = createRouteTable(deps.dialects);
  return (request) => {
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
      const message = `${method} is not allowed for ${path}; use ${allowed}`;
      const error = new SahabError("method_not_allowed", message);
      const id = newId("req");
      const headers = joinHeaders(idHeaders(dialect, id), headerLine("allow", `${allowed}, OPTIONS`));
      answerError(request, dialect, error, id, headers);
      return true;
    }
    if (origins) openToOrigins(request, origins);
    const { serves } = found.route;
    const serving =
      serves === "list-models" || serves === "show-model"
        ? serveModels(deps, dialect, found.route, path, request)
        : serve(deps, dialect, serves, path, request);
    serving.catch((error: unknown) => {
      deps.log.error({ err: error }, "a request failed outside its handler");
      request.abort();
    });
    return true;
  };
}

/** The request path: authenticate → admit → route → attempt → relay → settle. */
async function serve(
  deps: GatewayDeps,
  dialect: Dialect,
  operation: Operation,
  path: string,
  request: HttpRequest,
): Promise<void> {
  const { headers } = request;
  const id = newId("req");
  let exchange: Exchange | undefined;
  try {
    const known = deps.keys.authenticate(keyOf(dialect, request));
    const caller = mayCallModels(known instanceof Promise ? await known : known);
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
    });
    const receiving = exchange.receive(request);
    const body = receiving instanceof Promise ? await receiving : receiving;
    const incoming = { operation, path, query: queryOf(request), headers, body };
    const call =
      body.length < largeBytesMin
        ? dialect.open(incoming)
        : await exchange.unlessOver(openLarge({ thread: deps.bodies, dialect }, incoming, exchange));
    const model = findModel(deps.snapshot(), caller, call.model);
    exchange.admit(call, model);
    await relay(exchange, dialect, call, await tryTargets(deps, exchange, call, model), request);
    const sending = request.whenSent();
    if (sending) await sending;
  } catch (thrown) {
    await fail(deps, dialect, id, exchange, thrown, request);
  } finally {
    exchange?.releaseAnswers();
  }
}

function keyOf({ keyParameter }: Dialect, request: HttpRequest): string | undefined {
  const key = presentedKey(request.headers);
  if (key !== undefined || keyParameter === undefined) return key;
  return new URLSearchParams(queryOf(request)).get(keyParameter) || undefined;
}

function queryOf({ target, path }: HttpRequest): string {
  const start = target.indexOf("?");
  return start === -1 || target.length === path.length ? "" : target.slice(start + 1);
}

/** Sahabs in a row: a team's, its company's and a region's are three. */
const hopsMax = 5;

/** How many Sahabs the request has gone through. Throws `loop_detected` for more than anybody puts in a row. */
function countHops(headers: HttpRequest["headers"]): number {
  const said = headers.get(hopsHeader);
  if (said === null) return 0;
  const hops = /^\d{1,3}$/.test(said) ? Number(said) : 0;
  if (hops < hopsMax) return hops;
  throw new SahabError(
    "loop_detected",
    `The request has gone through ${hops} Sahabs; at most ${hopsMax} are allowed. A provider's base_url leads back to a Sahab before it`,
  );
}

async function fail(
  deps: GatewayDeps,
  dialect: Dialect,
  id: string,
  exchange: Exchange | undefined,
  thrown: unknown,
  request: HttpRequest,
): Promise<void> {
  let error = exchange?.cancelled ?? explainKeyFault(toSahabError(thrown), request.headers);
  if (error.code === "internal_error")
    deps.log.error({ err: error.cause ?? error, request: id }, "a request failed inside Sahab");
  // Failed attempts have been told one by one.
  else if (error.status >= 500 && !exchange?.attempt)
    deps.log.warn(
      { request: id, code: error.code, reason: error.logMessage, model: exchange?.model },
      "a request failed",
    );
  try {
    await exchange?.settle(statusOf(dialect, error), error.code);
  } catch (unsettled) {
    error = toSahabError(unsettled);
    deps.log.error({ err: unsettled, request: id }, "a usage record could not be journalled");
  }
  answerError(request, dialect, error, id, exchange && answerHeaders(exchange, dialect));
}

function findModel(snapshot: Snapshot, caller: Caller, name: string): ModelEntry {
  const model = snapshot.models.get(name);
  if (!model) {
    const names = visibleModels(snapshot, caller).map((visible) => visible.name);
    const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ` and ${names.length - 10} more` : "");
    throw new SahabError(
      "model_not_found",
      `Model "${escapeUnprintable(name.slice(0, 100))}" is not known here; available: ${shown || "none"}`,
      { param: "model" },
    );
  }
  if (!mayCall(snapshot, caller, name)) {
    throw new SahabError(
      "model_not_allowed",
      `Project ${caller.project} may not call model "${name}"; ask an administrator to add it to the project's models`,
      { param: "model" },
    );
  }
  return model;
}

function mayCallModels(caller: Caller): Caller {
  if (caller.role !== "metrics") return caller;
  throw new SahabError(
    "forbidden",
    "This key may read /metrics, and call no models; create one with: sahab key create",
  );
}

function mayCall(snapshot: Snapshot, caller: Caller, model: string): boolean {
  if (caller.role === "admin") return true;
  const allowed = snapshot.projects.get(caller.project);
  return allowed === null || (allowed?.has(model) ?? false);
}

function visibleModels(snapshot: Snapshot, caller: Caller): ModelEntry[] {
  return [...snapshot.models.values()].filter((model) => mayCall(snapshot, caller, model.name));
}

async function serveModels(
  deps: GatewayDeps,
  dialect: Dialect,
  route: Route,
  path: string,
  request: HttpRequest,
): Promise<void> {
  const id = newId("req");
  try {
    const caller = mayCallModels(await deps.keys.authenticate(keyOf(dialect, request)));
    const snapshot = deps.snapshot();
    const listed = (model: ModelEntry) => ({ id: model.name, createdS: startedS, ownedBy: ownerOf(model) });
    const body =
      route.serves === "show-model"
        ? dialect.encodeModel(listed(findModel(snapshot, caller, nameInPath(route, path))))
        : dialect.encodeModelList(visibleModels(snapshot, caller).map(listed));
    request.answer(
      200,
      joinHeaders(idHeaders(dialect, id), headerLine("content-type", jsonType)),
      JSON.stringify(body),
    );
  } catch (thrown) {
    await fail(deps, dialect, id, undefined, thrown, request);
  }
}

function ownerOf(model: ModelEntry): string {
  const provider = model.targets[0]?.provider;
  return provider === undefined || provider === localProvider ? "sahab" : provider;
}

/** A broken escape names no model; as it is, it says so in the error. */
function nameInPath(route: Route, path: string): string {
  const text = typeof route.path === "string" ? "" : (route.path.exec(path)?.groups?.["model"] ?? "");
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
