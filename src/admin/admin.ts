import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { messageFor, SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { tellingIssues } from "../base/telling-issues.ts";
import { CloudConfigError, readManagedConfig, withEnvironment } from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { explainKeyFault } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import type { Admit } from "./access.ts";
import { addAccountRoutes } from "./account-routes.ts";
import { addAlertRoutes, type AlertDeps } from "./alert-routes.ts";
import { addCatalogRoutes } from "./catalog-routes.ts";
import { encodeModel, encodeOffered } from "./encode.ts";
import { addConversationRoutes } from "./conversation-routes.ts";
import { addConnectRoutes } from "./connect-routes.ts";
import { addContentRoutes, type ContentDeps } from "./content-routes.ts";
import { addProviderRoutes, type ProviderDeps } from "./provider-routes.ts";
import { addKeyRoutes, type KeyDeps } from "./key-routes.ts";
import { pullResponse, removeModel } from "./models.ts";
import { failure, json, type AdminApp, type AdminEnv } from "./route-parts.ts";
import * as schemas from "./schemas.ts";
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
    AlertDeps,
    ContentDeps,
    SessionDeps,
    Omit<StatusDeps, "store"> {
  /** Lets requests in; see access.ts. */
  admit: Admit;
  clock: Clock;
  log: Log;
  version: string;
  /** The engines that run, wherever they were started. */
  engines(): Promise<FleetStatus>;
  /** Told of each request that ends with an error. */
  noteRefused?: (refused: RefusedAct) => void;
  /** Brings the store up to what the journal holds, so that reports include the last request. */
  drain(): Promise<void>;
  /** Aborted when the process is to end: what can be gone on with later ends at once. */
  stopping: AbortSignal;
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

const nameParam = z.object({ name: schemas.printable(200) });

/** The admin API as a fetch handler; every path but the sign-in needs a key of role admin, or a session. */
export function createAdmin(deps: AdminDeps): (request: Request, address: string) => Response | Promise<Response> {
  const app: AdminApp = new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const problems = tellingIssues(result.error.issues).map(
        (issue) => `${issue.path.join(".") || "the body"}: ${issue.message}`,
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
      const access = await deps.admit({ method, headers, address: context.env.address });
      context.set("access", access);
      context.set("caller", access.caller);
      context.set("actor", access.actor);
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
  addConversationRoutes(app, deps);

  addStatusRoute(app, deps);
  addAccountRoutes(app, deps);

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/models",
      summary: "The models that clients may ask for",
      responses: {
        200: json(
          z.object({ models: z.array(schemas.modelSchema) }),
          "Those of the configuration in its order, then aliases and what providers have beside them",
        ),
      },
    }),
    async (context) => {
      const { config, managers } = await readManagedConfig(deps.store);
      const { catalog } = deps.catalog;
      const declared = withEnvironment(config, deps.environmentProviders);
      const models = new Map(
        config.models.map((model) => {
          const managedBy = managers.of({ kind: "model", name: model.name });
          return [model.name, { ...encodeModel(model, declared, catalog), managed_by: managedBy ?? null }];
        }),
      );
      const others = [...deps.snapshot().models].flatMap(([name, entry]) => {
        if (models.has(name) || name === entry.bareName || entry.targets.length === 0) return [];
        const known = models.get(entry.name);
        return known ? [{ ...known, name, leads_to: known.name }] : [encodeOffered(name, entry)];
      });
      return context.json({ models: [...models.values(), ...others] }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/models/{name}",
      summary: "Take a model away; its file, if Sahab holds it and no other model needs it, goes too",
      request: { params: nameParam },
      responses: {
        200: json(z.object({ name: z.string(), file_removed: z.boolean() }), "Removed"),
        404: failure,
        409: failure,
      },
    }),
    async (context) => context.json(await removeModel(deps, context.req.valid("param").name), 200),
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/models/pull",
      summary: "Fetch a model in GGUF from a hub, an address or a file, and serve it",
      request: { body: { required: true, ...json(schemas.pullSchema, "Where from") } },
      responses: {
        200: {
          description: "Lines of JSON: what a hub has, progress, then the model or an error",
          content: { "application/x-ndjson": { schema: z.string() } },
        },
        400: failure,
      },
    }),
    // The typed answer of a route cannot be a stream of lines.
    (context) =>
      pullResponse(depsFor(deps, context.req.raw), context.req.valid("json"), {
        requestId: context.res.headers.get("x-request-id") ?? newId("adm"),
        signal: context.req.raw.signal,
      }) as never,
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/ps",
      summary: "The engines of local models",
      responses: {
        200: json(
          z.object({
            engines: z.array(z.record(z.string(), z.unknown())),
            memory: z.record(z.string(), z.unknown()).nullable(),
          }),
          "As they are now",
        ),
      },
    }),
    async (context) => {
      const { engines, memory } = await deps.engines();
      return context.json({ engines: engines.map((status) => ({ ...status })), memory: memory && { ...memory } }, 200);
    },
  );

  app.openAPIRegistry.registerComponent("securitySchemes", "admin", { type: "http", scheme: "bearer" });
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: "sahab_session",
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

const hasBody = (method: string) => method === "POST" || method === "PATCH";

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
