import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { encodeModel, encodeModelList } from "../dialect/openai-chat/index.ts";
import type { Caller, Journal, KeyRing } from "../ledger/index.ts";
import type { Operation } from "../vendor/index.ts";
import { Exchange, type ClientConnection } from "./exchange.ts";
import type { InFlight } from "./in-flight.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { prepareRequest } from "./prepare-request.ts";
import { readBody } from "./read-body.ts";
import { answerHeaders, errorResponse, jsonType } from "./respond.ts";
import { serveFromEngine, type EngineFor } from "./serve-engine.ts";
import { serveFromProviders } from "./serve-provider.ts";
import type { ModelEntry, Snapshot } from "./snapshot.ts";

export interface GatewayDeps {
  keys: KeyRing;
  journal: Journal;
  metrics: GatewayMetrics;
  inFlight: InFlight;
  log: Log;
  /** The configuration as it is now. */
  snapshot: () => Snapshot;
  engineFor: EngineFor;
}

/** Models have no date of their own here; that of this process's start stands in, as clients expect one. */
const startedS = Math.floor(Date.now() / 1000);

const operations: Record<string, Operation> = {
  "/v1/chat/completions": "chat",
  "/v1/completions": "completion",
  "/v1/embeddings": "embedding",
};

/** Answers a request for one of the dialects' paths; undefined for a path that is none of them. */
export type Gateway = (request: Request, path: string, connection: ClientConnection) => Promise<Response> | undefined;

export function createGateway(deps: GatewayDeps): Gateway {
  return (request, path, connection) => {
    const operation = operations[path];
    if (operation)
      return request.method === "POST"
        ? serve(deps, request, operation, connection)
        : wrongMethod(request, path, "POST");
    if (path === "/v1/models" || path.startsWith("/v1/models/")) {
      return request.method === "GET" ? serveModels(deps, request, path) : wrongMethod(request, path, "GET");
    }
    return undefined;
  };
}

/** The request path: authenticate → admit → route → call → relay → settle. */
async function serve(
  deps: GatewayDeps,
  request: Request,
  operation: Operation,
  connection: ClientConnection,
): Promise<Response> {
  const id = newId("req");
  let exchange: Exchange | undefined;
  try {
    const known = deps.keys.authenticate(presentedKey(request));
    const caller = known instanceof Promise ? await known : known;
    if (deps.inFlight.size >= limits.requestsInFlightMax) {
      throw new SahabError(
        "overloaded",
        `Sahab has ${limits.requestsInFlightMax} requests under way, which is its limit; try again shortly`,
        { retryAfterS: 1 },
      );
    }
    exchange = new Exchange(deps, operation, caller, connection, id);
    exchange.follow = (own) => followClient(own, request.signal);
    const body = await receiveBody(exchange, request);
    const prepared = prepareRequest(operation, body);
    exchange.streamed = prepared.stream;
    exchange.promptBytes = prepared.promptBytes;
    const model = findModel(deps.snapshot(), caller, prepared.model);
    exchange.model = model.name;
    if (prepared.stream || model.local) exchange.followClient();
    exchange.price = model.price;
    const response = await (model.local
      ? serveFromEngine(exchange, prepared, model, deps.engineFor)
      : serveFromProviders(exchange, prepared, model));
    // A stream releases the connection when it ends.
    if (!prepared.stream) exchange.releaseConnection();
    return response;
  } catch (thrown) {
    exchange?.releaseConnection();
    return fail(deps, id, exchange, thrown);
  }
}

async function fail(deps: GatewayDeps, id: string, exchange: Exchange | undefined, thrown: unknown): Promise<Response> {
  let error = exchange?.ended ?? toSahabError(thrown);
  if (error.code === "internal_error")
    deps.log.error({ err: error.cause ?? error, request: id }, "a request failed inside Sahab");
  // Failed attempts at providers have been told one by one.
  else if (error.status >= 500 && !(exchange?.attempts && exchange.provider !== "local"))
    deps.log.warn(
      { request: id, code: error.code, reason: error.logMessage, model: exchange?.model, provider: exchange?.provider },
      "a request failed",
    );
  try {
    await exchange?.settle(error.status, error.code);
  } catch (unsettled) {
    error = toSahabError(unsettled);
    deps.log.error({ err: unsettled, request: id }, "a usage record could not be journalled");
  }
  const headers: Record<string, string> = exchange ? answerHeaders(exchange, jsonType) : {};
  // What may still come of the body is of no use to anyone.
  if (exchange?.received === false) headers["connection"] = "close";
  return errorResponse(error, id, headers);
}

/** A client that leaves ends its request: the provider's call is aborted and what was relayed is recorded. */
function followClient(exchange: Exchange, signal: AbortSignal): void {
  const onAbort = () => {
    const gone = new SahabError(
      "client_closed_request",
      "The client closed the connection before the answer was complete",
    );
    exchange.abort(gone);
    // The relay settles when it sees the abort; this is for a stream that nobody has begun to read. Settling twice is once.
    setTimeout(() => void exchange.settle(gone.status, gone.code).catch(() => undefined), 1_000);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort);
}

/** The key, sent the way any of the dialects sends it. */
function presentedKey(request: Request): string | undefined {
  const authorization = request.headers.get("authorization");
  if (authorization) {
    // The form that every SDK sends, without the cost of a pattern.
    if (authorization.startsWith("Bearer ") && !authorization.includes(" ", 7)) return authorization.slice(7);
    return /^Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? authorization;
  }
  return request.headers.get("x-api-key") ?? request.headers.get("x-goog-api-key") ?? undefined;
}

/** Reads the body within its time; a client that sends too slowly, or leaves, ends the reading. */
function receiveBody(exchange: Exchange, request: Request): Promise<Buffer> {
  exchange.allow(limits.uploadMsMax);
  return new Promise((resolve, reject) => {
    const end = () => {
      exchange.onAbort = undefined;
      exchange.deadlineMs = Number.POSITIVE_INFINITY;
    };
    exchange.onAbort = (reason) => {
      end();
      reject(reason);
    };
    const take = (body: Buffer) => {
      // One that comes after the request's end has no effect.
      if (exchange.onAbort === undefined) return;
      end();
      exchange.received = true;
      resolve(body);
    };
    const refuse = (cause: unknown) => {
      end();
      const cut = "The body ended before it was complete";
      reject(cause instanceof SahabError ? cause : new SahabError("client_closed_request", cut, { cause }));
    };
    readBody(request, {
      bytesMax: limits.requestBodyBytesMax,
      onBytes: (bytes) => exchange.holdBody(bytes),
    }).then(take, refuse);
  });
}

function findModel(snapshot: Snapshot, caller: Caller, name: string): ModelEntry {
  const model = snapshot.models.get(name);
  if (!model) {
    const names = visibleModels(snapshot, caller).map((visible) => visible.name);
    const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? ` and ${names.length - 10} more` : "");
    throw new SahabError(
      "model_not_found",
      `Model "${name.slice(0, 100)}" is not known here; available: ${shown || "none"}`,
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

function mayCall(snapshot: Snapshot, caller: Caller, model: string): boolean {
  if (caller.admin) return true;
  const allowed = snapshot.projects.get(caller.project);
  return allowed === null || (allowed?.has(model) ?? false);
}

function visibleModels(snapshot: Snapshot, caller: Caller): ModelEntry[] {
  return [...snapshot.models.values()].filter((model) => mayCall(snapshot, caller, model.name));
}

async function serveModels(deps: GatewayDeps, request: Request, path: string): Promise<Response> {
  const id = newId("req");
  try {
    const caller = await deps.keys.authenticate(presentedKey(request));
    const snapshot = deps.snapshot();
    const name = decodeName(path.slice("/v1/models/".length));
    const owner = (model: ModelEntry) => (model.local ? "sahab" : (model.targets[0]?.provider.name ?? "sahab"));
    const list = (name ? [findModel(snapshot, caller, name)] : visibleModels(snapshot, caller)).map((model) => ({
      id: model.name,
      createdS: startedS,
      ownedBy: owner(model),
    }));
    const [first] = list;
    return Response.json(name && first ? encodeModel(first) : encodeModelList(list), {
      headers: { "x-request-id": id },
    });
  } catch (thrown) {
    return fail(deps, id, undefined, thrown);
  }
}

/** A broken escape names no model; as it stands it says so in the error. */
function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function wrongMethod(request: Request, path: string, allowed: string): Promise<Response> {
  const error = new SahabError("method_not_allowed", `${request.method} is not allowed for ${path}; use ${allowed}`);
  return Promise.resolve(errorResponse(error, newId("req"), { allow: allowed }));
}
