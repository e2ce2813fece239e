import { isSignIn, type Admit, type createAdmin } from "../admin/index.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Refusals } from "../base/refusals.ts";
import type { Snapshot } from "../config/index.ts";
import { Console, isConsolePath } from "../console/index.ts";
import {
  answerError,
  answerOptions,
  answerPreflight,
  openToOrigins,
  type createGateway,
  type RequestLog,
} from "../gateway/index.ts";
import {
  answerByFetch,
  explainKeyFault,
  headerLine,
  noHeaders,
  presentedKey,
  type HttpRequest,
} from "../http/index.ts";
import type { KeyRing } from "../ledger/index.ts";
import { createHostCheck, isFromHere } from "./allowed-hosts.ts";
import {
  dialectOf,
  hostNotAllowed,
  isForOperators,
  isNamedHere,
  isProbe,
  notServed,
  otherMethods,
} from "./other-paths.ts";
import { isServedAs, serveAs } from "./serve-as.ts";
import type { ServingOptions } from "./serving-options.ts";

/** Of the body of a sign-in: a key or a link. */
const signInBytesMax = 4 * 1024;

interface HandlerDeps {
  gateway: Pick<ReturnType<typeof createGateway>, "handle">;
  admin: ReturnType<typeof createAdmin>;
  admit: Admit;
  keys: Pick<KeyRing, "authenticate">;
  refusals: Refusals;
  requestLog: RequestLog | undefined;
  log: Log;
  snapshot(): Pick<Snapshot, "origins" | "projects">;
  /** Prometheus text over all processes. */
  metrics(): Promise<string>;
  /** Why this process cannot serve, for `/readyz`; undefined where it can. */
  problem(): string | undefined;
}

/** What happens to each request: the gateway takes those of models; the admin API, probes and all else are answered here. */
export function createHandler(
  deps: HandlerDeps,
  options: Pick<ServingOptions, "host" | "allowedHosts" | "tls">,
): (request: HttpRequest) => void {
  const { gateway, admin, admit, keys, refusals, requestLog, log, snapshot } = deps;
  const isAllowedHost = createHostCheck(options.host, options.allowedHosts);
  const noteRefused = (refused: {
    id: string;
    operation: string;
    error: SahabError;
    startedMs: number;
    request: HttpRequest;
  }) => {
    const { id, operation, error, startedMs, request } = refused;
    const client = request.address.text;
    const durationMs = performance.now() - startedMs;
    requestLog?.noteRefused({ id, operation, status: error.status, error, client, durationMs });
  };
  const answerText = (request: HttpRequest, status: number, text: string, type = "text/plain; charset=utf-8") =>
    request.answer(status, headerLine("content-type", type), text);
  const authenticateScraper = async (request: HttpRequest): Promise<void> => {
    const { role, keyId, project } = await keys.authenticate(presentedKey(request.headers), request.address.text);
    if (role !== "user") return;
    refusals.note("metrics_key", { keyId, project, address: request.address.text });
    throw new SahabError(
      "forbidden",
      "This key may call models, not read /metrics; send a key of role admin, or one made by: sahab key create NAME --role metrics",
    );
  };
  const webConsole = new Console();
  const answerAside = async (request: HttpRequest): Promise<void> => {
    const { method, path } = request;
    const methods = otherMethods(path);
    if (isProbe(request)) {
      request.answer(404, noHeaders, "");
      return;
    }
    if (isNamedHere(path) && !isAllowedHost(request.headers.host)) {
      refusals.note("host", { address: request.address.text });
      throw hostNotAllowed(request.headers.host);
    }
    if (methods && method === "OPTIONS") answerOptions(request, methods.join(", "));
    else if (methods && !methods.includes(method)) {
      // The platform's Request takes a method that it does not know for GET.
      request.addHeaders(headerLine("allow", `${methods.join(", ")}, OPTIONS`));
      throw new SahabError("method_not_allowed", `${method} is not allowed for ${path}; use ${methods.join(", ")}`);
    } else if (path === "/healthz") answerText(request, 200, "ok\n");
    else if (path === "/readyz") {
      const problem = deps.problem();
      answerText(request, problem ? 503 : 200, `${problem ?? "ok"}\n`);
    } else if (path === "/metrics") {
      if (!isFromHere(request, options.host)) await authenticateScraper(request);
      answerText(request, 200, await deps.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    } else if (isServedAs(path)) await serveAs({ admit, gateway, snapshot }, request);
    else if (path.startsWith("/admin/v1/"))
      // Who signs in is not known yet.
      await answerByFetch(request, admin, isSignIn(method, path) ? signInBytesMax : limits.requestBodyBytesMax);
    else if (method === "GET" && isConsolePath(path)) await webConsole.answer(request);
    else {
      const origins = isForOperators(path) ? undefined : snapshot().origins;
      // Without a preflight that succeeds, no page could read which path is right.
      if (origins && answerPreflight(request, "GET, HEAD, POST", origins)) return;
      if (origins) openToOrigins(request, origins);
      throw notServed(request, options.tls !== undefined);
    }
  };
  return (request) => {
    if (gateway.handle(request)) return;
    const startedMs = performance.now();
    answerAside(request).catch((thrown: unknown) => {
      const kind = isServedAs(request.path) ? "admin" : "client";
      const error = explainKeyFault(toSahabError(thrown), request.headers, { kind });
      const id = newId("req");
      noteRefused({ id, operation: request.path === "/metrics" ? "metrics" : "", error, startedMs, request });
      if (error.code === "internal_error")
        log.error({ err: thrown, request: id }, "a request failed outside its handler");
      answerError(request, dialectOf(request.path, request.headers), error, id);
    });
  };
}
