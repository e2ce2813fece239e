import { createRoute, OpenAPIHono, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { messageFor, SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import {
  CloudConfigError,
  describeInsecure,
  describeOwnAddress,
  describePlain,
  findDoubts,
  readCloudYaml,
  readConfig,
  withEnvironment,
  withSecrets,
  withoutSecrets,
  type CloudConfig,
  type EnvironmentProviders,
} from "../config/index.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { explainKeyFault, presentedKey } from "../http/index.ts";
import type { KeyRing } from "../ledger/index.ts";
import { addAccountRoutes } from "./account-routes.ts";
import { addAlertRoutes, type AlertDeps } from "./alert-routes.ts";
import { addCatalogRoutes } from "./catalog-routes.ts";
import { encodeModel, encodeOffered } from "./encode.ts";
import { addProviderRoutes, type ProviderDeps } from "./provider-routes.ts";
import { addKeyRoutes, type KeyDeps } from "./key-routes.ts";
import { pullResponse, removeModel } from "./models.ts";
import { failure, json, type AdminApp, type AdminEnv } from "./route-parts.ts";
import * as schemas from "./schemas.ts";
import { tellAct } from "./tell-act.ts";
import { ownerHeader, takeOwnerProof } from "../base/owner-proof.ts";
import type { CatalogDeps } from "./update-catalog.ts";
import { applyConfig, type ConfigDeps } from "./update-config.ts";
import { addRequestRoutes } from "./request-routes.ts";
import { addUsageRoute } from "./usage-routes.ts";

/** A configuration of a hundred thousand lines fits. */
const configBytesMax = 8 * 1024 * 1024;
/** YAML takes a second for each megabyte, in which nothing else is served; JSON does not. */
const yamlCharsMax = 1024 * 1024;

export interface AdminDeps extends ConfigDeps, KeyDeps, CatalogDeps, ProviderDeps, AlertDeps {
  keys: KeyRing;
  clock: Clock;
  log: Log;
  version: string;
  /** Vendors whose keys are in the environment. */
  environmentProviders: EnvironmentProviders;
  /** The engines that run, wherever they were started. */
  engines(): Promise<FleetStatus>;
  /** Brings the store up to what the journal holds, so that reports include the last request. */
  drain(): Promise<void>;
  /** Aborted when the process is to end: what can be gone on with later ends at once. */
  stopping: AbortSignal;
}

const nameParam = z.object({ name: schemas.printable(200) });

/** The admin API as a fetch handler; every path needs a key of role admin. */
export function createAdmin(deps: AdminDeps): (request: Request, address: string) => Response | Promise<Response> {
  const app: AdminApp = new OpenAPIHono<AdminEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const problems = result.error.issues.map((issue) => `${issue.path.join(".") || "the body"}: ${issue.message}`);
      throw new SahabError("invalid_request", problems.join("; "));
    },
  });

  app.onError((thrown, context) => {
    const error =
      thrown instanceof CloudConfigError
        ? new SahabError("invalid_request", thrown.message, { cause: thrown })
        : explainKeyFault(toAdminError(thrown), context.req.raw.headers);
    const id = context.res.headers.get("x-request-id") ?? newId("adm");
    if (error.code === "internal_error")
      deps.log.error({ err: thrown, request: id }, "an admin request failed inside Sahab");
    const message = messageFor(error, id);
    const body = { error: { code: error.code, message, param: error.param ?? null, request_id: id } };
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
    if (context.req.path === "/admin/v1/openapi.json") return next();
    const { address } = context.env;
    const caller = await deps.keys.authenticate(presentedKey(context.req.raw.headers), address);
    if (caller.role !== "admin")
      throw new SahabError(
        "forbidden",
        `This key may ${caller.role === "metrics" ? "read /metrics" : "call models"}, not the admin API; send a key of role admin`,
      );
    context.set("caller", caller);
    // Read here and kept, since the checks of a route call every fault of a body malformed JSON.
    if (hasBody(context.req.method) && (await context.req.text()) === "")
      // Where a body may be left out, there is none to check.
      context.req.raw.headers.delete("content-type");
    await next();
    tellAct(deps, context);
    return undefined;
  });

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/apply",
      summary: "Make the configuration what the document says",
      request: {
        query: z.object({ dry_run: z.enum(["0", "1", "true", "false"]).optional() }),
        body: {
          content: {
            "application/yaml": { schema: z.string() },
            "application/json": { schema: z.record(z.string(), z.unknown()) },
          },
          description: "A whole cloud.yaml, as YAML or JSON",
        },
      },
      responses: { 200: json(schemas.applySchema, "The changes, made unless dry_run"), 400: failure, 409: failure },
    }),
    async (context) => {
      const dryRun = ["1", "true"].includes(context.req.query("dry_run") ?? "");
      const text = await context.req.text();
      if (text.length > configBytesMax)
        throw new SahabError(
          "body_too_large",
          `The configuration has ${text.length} characters; at most ${configBytesMax} are allowed`,
        );
      const { changes, config, warnings } = await applyConfig(
        depsFor(deps, context.req.raw),
        parseDocument(text),
        dryRun,
      );
      return context.json(
        {
          changes,
          dry_run: dryRun,
          warnings: [...warnings, ...warningsFor(config), ...describeOwnAddress(config, context.req.header("host"))],
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/config",
      summary: "The configuration, without its secrets",
      responses: { 200: json(z.record(z.string(), z.unknown()), "The same shape that apply takes") },
    }),
    async (context) => {
      const shown: Record<string, unknown> = withoutSecrets(await readConfig(deps.store));
      return context.json(shown, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/config/doubts",
      summary: "What is allowed in the configuration and most probably not meant, by the catalogue that is used now",
      responses: { 200: json(z.object({ doubts: z.array(z.string()) }), "A line each") },
    }),
    async (context) => context.json({ doubts: findDoubts(await readConfig(deps.store), deps.catalog.catalog) }, 200),
  );

  addKeyRoutes(app, deps);
  addCatalogRoutes(app, deps);
  addProviderRoutes(app, deps);
  addAlertRoutes(app, deps);

  addUsageRoute(app, deps);
  addRequestRoutes(app, deps);

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
      const config = await readConfig(deps.store);
      const { catalog } = deps.catalog;
      const declared = withEnvironment(config, deps.environmentProviders);
      const models = new Map(config.models.map((model) => [model.name, encodeModel(model, declared, catalog)]));
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
  // Made once, when somebody asks: it takes milliseconds, and may be read without a key.
  let document: string | undefined;
  app.get("/admin/v1/openapi.json", (context) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: { title: "Sahab admin API", version: deps.version },
        security: [{ admin: [] }],
      }),
    );
    return context.body(document, 200, { "content-type": "application/json" });
  });

  return (request, address) => app.fetch(withContentType(request), { address });
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

function parseDocument(text: string): unknown {
  try {
    return readCloudYaml(text, yamlCharsMax);
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `The configuration is neither YAML nor JSON: ${cause instanceof Error ? cause.message.slice(0, 500) : "unreadable"}`,
      { cause },
    );
  }
}

function warningsFor(config: CloudConfig): string[] {
  return [...describeInsecure(config), ...describePlain(withSecrets(config))];
}
