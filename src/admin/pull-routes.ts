import { createRoute, z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { describeSource } from "../fleet/index.ts";
import { pullResponse } from "./pull-response.ts";
import * as schemas from "./pull-schemas.ts";
import type { Pulls } from "./pulls.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import type { ConfigDeps } from "./update-config.ts";

export interface PullDeps extends ConfigDeps {
  log: Log;
  /** Aborted when the process is to end. */
  stopping: AbortSignal;
  /** Those of this process. */
  pulls: Pulls;
  /** Those of all processes, newest first. */
  allPulls(): Promise<schemas.PullView[]>;
  /** Wherever it runs; undefined where there is no such pull. */
  cancelPull(id: string): Promise<schemas.PullView | undefined>;
}

const idParam = z.object({ id: printable(64) });

/** Fetching models; `depsFor` says what the sender of a request may name. */
export function addPullRoutes<Deps extends PullDeps>(
  app: AdminApp,
  deps: Deps,
  depsFor: (deps: Deps, request: Request) => Deps,
): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/models/pull",
      summary: "Fetch a model in GGUF from a hub, an address or a file, and serve it",
      description:
        "The answer goes on until the model is there; who leaves ends the pull. POST /admin/v1/pulls goes on by itself.",
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
      method: "post",
      path: "/admin/v1/pulls",
      summary: "Begin to fetch a model, which goes on by itself",
      request: { body: { required: true, ...json(schemas.pullSchema, "Where from") } },
      responses: {
        202: json(schemas.pullViewSchema, "As it is at its beginning"),
        400: failure,
        503: failure,
      },
    }),
    (context) => {
      const wanted = context.req.valid("json");
      return context.json(deps.pulls.start(depsFor(deps, context.req.raw), wanted, describeSource(wanted.source)), 202);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/pulls",
      summary: "The pulls that go on by themselves, and how the last ones ended",
      responses: { 200: json(z.object({ pulls: z.array(schemas.pullViewSchema) }), "Newest first") },
    }),
    async (context) => context.json({ pulls: await deps.allPulls() }, 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/pulls/{id}",
      summary: "How far a pull is",
      request: { params: idParam },
      responses: { 200: json(schemas.pullViewSchema, "As it is now"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const found = (await deps.allPulls()).find((pull) => pull.id === id);
      if (!found) throw unknownPull(id);
      return context.json(found, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/pulls/{id}",
      summary: "End a pull that runs, or forget one that has ended",
      description: "What has come is kept for the next pull of the same model.",
      request: { params: idParam },
      responses: { 200: json(schemas.pullViewSchema, "As it was left"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const left = await deps.cancelPull(id);
      if (!left) throw unknownPull(id);
      return context.json(left, 200);
    },
  );
}

const unknownPull = (id: string) =>
  new SahabError("not_found", `There is no pull "${id}"; the last 50 are remembered until Sahab is started again`);
