import { OpenAPIHono } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { messageFor, SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { describeReceived, describeWanted } from "../base/issue-words.ts";
import { tellingIssues } from "../base/telling-issues.ts";
import { CloudConfigError } from "../config/index.ts";
import { explainKeyFault } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import type { Admit } from "./access.ts";
import { addAccountRoutes } from "./account-routes.ts";
import { addAlertRoutes, type AlertDeps } from "./alert-routes.ts";
import { addCatalogRoutes } from "./catalog-routes.ts";
import { addEventRoute } from "./event-routes.ts";
import { addConversationRoutes } from "./conversation-routes.ts";
import { addConnectRoutes } from "./connect-routes.ts";
import { addContentRoutes, type ContentDeps } from "./content-routes.ts";
import { addProviderRoutes, type ProviderDeps } from "./provider-routes.ts";
import { addKeyRoutes, type KeyDeps } from "./key-routes.ts";
import { addHealthRoute, type HealthRouteDeps } from "./health-routes.ts";
import { addSettingsRoutes, type SettingsDeps } from "./settings-routes.ts";
import { addModelRoutes, type ModelDeps } from "./model-routes.ts";
import { addPullRoutes, type PullDeps } from "./pull-routes.ts";
import { addVendorRoutes } from "./vendor-routes.ts";
import type { AdminApp, AdminEnv } from "./route-parts.ts";
import { addProjectRoutes } from "./project-routes.ts";
import { addSessionRoutes, isSignIn, type SessionDeps } from "./session-routes.ts";
import { addStatusRoute, type StatusDeps } from "./status-routes.ts";
import { tellAct } from "./tell-act.ts";
import { ownerHeader, takeOwnerProof } from "../base/owner-proof.ts";
import type { CatalogDeps } from "./update-catalog.ts";
import { UnseenChanges } from "./apply-config.ts";
import { addConfigRoutes, type ConfigRouteDeps } from "./config-routes.ts";
import { addRequestRoutes } from "./request-routes.ts";
import { addUsageRoute } from "./usage-routes.ts";

export interface AdminDeps
  extends
    ConfigRouteDeps,
    KeyDeps,
    CatalogDeps,
    ProviderDeps,
    ModelDeps,
    PullDeps,
    HealthRouteDeps,
    SettingsDeps,
    AlertDeps,
    ContentDeps,
    SessionDeps,
    Omit<StatusDeps, "store"> {
  /** Lets requests in; see access.ts. */
  admit: Admit;
  clock: Clock;
  log: Log;
  version: string;
  /** Told of each request that ends with an error. */
  noteRefused?: (refused: RefusedAct) => void;
  /** Brings the store up to what the journal holds, so that reports include the last request. */
  drain(): Promise<void>;
}

/** A request of the admin API that was refused. */
export interface RefusedAct {
  id: string;
  status: number;
  error: SahabError;
  client: string;
  durationMs: number;
  /** Undefined where it came without a good key of role admin. */
  caller: Caller | undefined;
}

/** The admin API as a fetch handler; every path but the sign-in needs a key of role admin, or a session. */
export function createAdmin(deps: AdminDeps): (request: Request, address: string) => Response | Promise<Response> {
  const app: AdminApp = new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const problems = tellingIssues(result.error.issues).map(
        (issue) => `${issue.path.join(".") || "the body"}: ${describeWanted(issue)}${describeReceived(issue)}`,
      );
      throw new SahabError("invalid_request", problems.join("; "));
    },
  });

  app.onError((thrown, context) => {
    const error =
      thrown instanceof CloudConfigError
        ? new SahabError("invalid_request", thrown.message, { cause: thrown })
        : explainKeyFault(toAdminError(thrown), context.req.raw.headers, { kind: "admin" });
    const id = context.res.headers.get("x-request-id") ?? newId("adm");
    if (error.code === "internal_error")
      deps.log.error({ err: thrown, request: id }, "an admin request failed inside Sahab");
    const { startedMs, caller } = context.var;
    const client = context.env.address;
    const durationMs = performance.now() - startedMs;
    deps.noteRefused?.({ id, status: error.status, error, client, durationMs, caller });
    const message = messageFor(error, id);
    const body = {
      error: { code: error.code, message, param: error.param ?? null, request_id: id, ...configDetails(thrown) },
    };
    return context.json(body, error.status as 400, { "x-request-id": id });
  });
  app.notFound((context) => {
    throw new SahabError(
      "not_found",
      `${context.req.method} ${context.req.path} is not part of the admin API; its document is at /admin/v1/openapi.json`,
    );
  });

  app.use("/admin/v1/*", async (context, next) => {
    context.header("x-request-id", newId("adm"));
    context.set("startedMs", performance.now());
    if (context.req.path === "/admin/v1/openapi.json") return next();
    context.header("cache-control", "no-store");
    context.header("x-content-type-options", "nosniff");
    const { method, path } = context.req;
    if (!isSignIn(method, path)) {
      const { headers } = context.req.raw;
      const asked = { method, headers, address: context.env.address };
      const access = await deps.admit(asked);
      context.set("access", access);
      context.set("caller", access.caller);
      context.set("actor", access.actor);
      context.set("recheck", () => deps.admit({ ...asked, isAgain: true }));
    }
    // Read here and kept, since the checks of a route call every fault of a body malformed JSON.
    if (hasBody(context.req.method) && (await context.req.text()) === "")
      // Where a body may be left out, there is none to check.
      context.req.raw.headers.delete("content-type");
    await next();
    tellAct(deps, context);
    return undefined;
  });

  addSessionRoutes(app, deps);
  addConfigRoutes(app, deps, depsFor);
  addKeyRoutes(app, deps);
  addConnectRoutes(app, deps);
  addProjectRoutes(app, deps);
  addCatalogRoutes(app, deps);
  addProviderRoutes(app, deps);
  addAlertRoutes(app, deps);

  addUsageRoute(app, deps);
  addRequestRoutes(app, deps);
  addContentRoutes(app, deps);
  addEventRoute(app, deps);
  addConversationRoutes(app, deps);

  addStatusRoute(app, deps);
  addAccountRoutes(app, deps);

  addModelRoutes(app, deps);
  addPullRoutes(app, deps, depsFor);
  addVendorRoutes(app, deps);
  addSettingsRoutes(app, deps);
  addHealthRoute(app, deps);

  app.openAPIRegistry.registerComponent("securitySchemes", "admin", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "sahab_session",
    description:
      "The name goes on with the port of the address where it is not the usual one (sahab_session_8787), and over TLS it has __Host- before it.",
  });
  // Made once, when somebody asks: it takes milliseconds, and may be read without a key.
  let document: string | undefined;
  app.get("/admin/v1/openapi.json", (context) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: "Sahab admin API", version: deps.version },
        security: [{ admin: [] }, { session: [] }],
      }),
    );
    return context.body(document, 200, { "content-type": "application/json" });
  });

  return (request, address) => app.fetch(withContentType(request), { address });
}

/** What an error has beside its message where it is about a configuration. */
function configDetails(thrown: unknown): object {
  if (thrown instanceof CloudConfigError) return { problems: thrown.placed, problems_count: thrown.allProblems.length };
  return thrown instanceof UnseenChanges ? { changes: thrown.changes, plan: thrown.plan } : {};
}

const hasBody = (method: string) => method === "POST" || method === "PATCH" || method === "PUT";

/** The machine's owner may name files that others, with the same key, may not. */
function depsFor(deps: AdminDeps, request: Request): AdminDeps {
  const isOwner = takeOwnerProof(deps.sources.modelsDir, request.headers.get(ownerHeader));
  return isOwner ? { ...deps, sources: { ...deps.sources, isOwner } } : deps;
}

/** Bodies are what their path takes, whatever they are called: curl calls everything a form unless told otherwise. */
function withContentType(request: Request): Request {
  if (!hasBody(request.method)) return request;
  const isApply = new URL(request.url).pathname === "/admin/v1/apply";
  const headers = new Headers(request.headers);
  headers.set("content-type", isApply ? "application/yaml" : "application/json");
  return new Request(request, { headers });
}

/** Hono reports malformed JSON as an exception of its own. */
function toAdminError(thrown: unknown): SahabError {
  if (thrown instanceof SahabError) return thrown;
  if (thrown instanceof Error && "status" in thrown && Number(thrown.status) >= 400 && Number(thrown.status) < 500)
    return new SahabError("invalid_request", thrown.message || "The body is not JSON");
  return toSahabError(thrown);
}
