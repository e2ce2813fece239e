import { createRoute, z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import {
  readManagedConfig,
  withEnvironment,
  type CloudConfig,
  type EnvironmentProviders,
  type Managers,
  type Snapshot,
} from "../config/index.ts";
import type { Clock } from "../base/clock.ts";
import type { FleetStatus } from "../fleet/index.ts";
import { withAlias, withModelChanges, withoutAlias } from "./edit-models.ts";
import { encodeModel, encodeOffered } from "./encode.ts";
import { ModelLife } from "./model-life.ts";
import * as schemas from "./model-schemas.ts";
import { removeModel } from "./remove-model.ts";
import type { LiveDeps } from "./provider-routes.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import type { CatalogDeps } from "./update-catalog.ts";
import type { ConfigDeps } from "./update-config.ts";
import { updateResource } from "./update-resource.ts";

export interface ModelDeps extends ConfigDeps, LiveDeps, Pick<CatalogDeps, "catalog"> {
  clock: Pick<Clock, "now">;
  environmentProviders: EnvironmentProviders;
  snapshot(): Snapshot;
  /** The engines that run, wherever they were started. */
  engines(): Promise<FleetStatus>;
  /** Loads a local model, or lets it sleep. Rejects with `not_found`, and with `conflict` where that cannot be. */
  setLoaded(name: string, isLoaded: boolean): Promise<void>;
}

type Model = z.infer<typeof schemas.modelSchema>;

const nameParam = z.object({ name: printable(200) });

/** The models that clients may ask for, where their requests go, and other names for them. */
export function addModelRoutes(app: AdminApp, deps: ModelDeps): void {
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
    async (context) => context.json({ models: await listModels(deps) }, 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/models/{name}",
      summary: "A model that clients may ask for",
      request: { params: nameParam },
      responses: { 200: json(schemas.modelSchema, "As it is now"), 404: failure },
    }),
    async (context) => context.json(await showModel(deps, context.req.valid("param").name), 200),
  );

  for (const method of ["put", "patch"] as const)
    app.openapi(
      createRoute({
        method,
        path: "/admin/v1/models/{name}",
        summary:
          method === "put"
            ? "Make a model what the body says; its file stays, unless local is null"
            : "Change a model: its targets as a whole, and other fields one by one",
        request: {
          params: nameParam,
          body: { required: true, ...json(schemas.modelChangesSchema, "Its targets and settings") },
        },
        responses: {
          200: json(schemas.modelSchema, "As it is now"),
          400: failure,
          404: failure,
          409: failure,
        },
      }),
      async (context) => {
        const { name } = context.req.valid("param");
        const changes = context.req.valid("json");
        await updateResource(deps, { kind: "model", name }, (current) =>
          withModelChanges(current, name, { changes, replaced: method === "put" }),
        );
        return context.json(await showModel(deps, name), 200);
      },
    );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/models/{name}",
      summary:
        "Take a model away, even one that a cloud.yaml manages, as sahab rm does; its file, if Sahab holds it and no other model needs it, goes too",
      request: { params: nameParam },
      responses: {
        200: json(z.object({ name: z.string(), file_removed: z.boolean() }), "Removed"),
        404: failure,
        409: failure,
      },
    }),
    async (context) => context.json(await removeModel(deps, context.req.valid("param").name), 200),
  );

  addAliasRoutes(app, deps);

  for (const act of ["load", "unload"] as const)
    app.openapi(
      createRoute({
        method: "post",
        path: `/admin/v1/models/{name}/${act}`,
        summary:
          act === "load"
            ? "Load a local model that is loaded when it is asked for, before anybody asks"
            : "Let a local model sleep that is loaded when it is asked for",
        request: { params: nameParam },
        responses: { 200: json(schemas.enginesSchema, "The engines as they are then"), 404: failure, 409: failure },
      }),
      async (context) => {
        await deps.setLoaded(context.req.valid("param").name, act === "load");
        return context.json(encodeEngines(await deps.engines()), 200);
      },
    );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/ps",
      summary: "The engines of local models",
      responses: { 200: json(schemas.enginesSchema, "As they are now") },
    }),
    async (context) => context.json(encodeEngines(await deps.engines()), 200),
  );
}

function encodeEngines({ engines, memory }: FleetStatus): z.infer<typeof schemas.enginesSchema> {
  return {
    engines: engines.map(({ live, memory: place, ...status }) => ({
      ...status,
      live: live && { ...live },
      memory: place && { ...place },
    })),
    memory: memory && { ...memory },
  };
}

function addAliasRoutes(app: AdminApp, deps: ModelDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/aliases",
      summary: "Other names that lead to models",
      responses: { 200: json(z.object({ aliases: z.array(schemas.aliasSchema) }), "In the configuration's order") },
    }),
    async (context) => {
      const { config, managers } = await readManagedConfig(deps.store);
      const aliases = Object.keys(config.aliases ?? {}).map((name) => encodeAlias(config, managers, name));
      return context.json({ aliases }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "put",
      path: "/admin/v1/aliases/{name}",
      summary: "Let a name lead to a model",
      request: {
        params: nameParam,
        body: { required: true, ...json(z.strictObject({ model: printable(256).min(1) }), "The model's name") },
      },
      responses: { 200: json(schemas.aliasSchema, "As it is now"), 400: failure, 409: failure },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const { model } = context.req.valid("json");
      await updateResource(deps, { kind: "alias", name }, (current) => withAlias(current, name, model));
      const { config, managers } = await readManagedConfig(deps.store);
      return context.json(encodeAlias(config, managers, name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/aliases/{name}",
      summary: "Take an alias away",
      request: { params: nameParam },
      responses: { 200: json(z.object({ name: z.string() }), "Removed"), 404: failure, 409: failure },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      await updateResource(deps, { kind: "alias", name }, (current) => withoutAlias(current, name));
      return context.json({ name }, 200);
    },
  );
}

function encodeAlias({ aliases = {} }: CloudConfig, managers: Managers, name: string) {
  return { name, model: aliases[name] ?? "", managed_by: managers.of({ kind: "alias", name }) ?? null };
}

async function listModels(deps: ModelDeps): Promise<Model[]> {
  const { config, managers } = await readManagedConfig(deps.store);
  const { catalog } = deps.catalog;
  const declared = withEnvironment(config, deps.environmentProviders);
  const life = new ModelLife(deps, deps.clock.now());
  const models = new Map(
    config.models.map((model): [string, Model] => {
      const managedBy = managers.of({ kind: "model", name: model.name });
      return [model.name, { ...encodeModel(model, declared, catalog, life), managed_by: managedBy ?? null }];
    }),
  );
  const others = [...deps.snapshot().models].flatMap(([name, entry]): Model[] => {
    if (models.has(name) || name === entry.bareName || entry.targets.length === 0) return [];
    const known = models.get(entry.name);
    return known ? [{ ...known, name, leads_to: known.name }] : [encodeOffered(name, entry, life)];
  });
  return [...models.values(), ...others];
}

async function showModel(deps: ModelDeps, name: string): Promise<Model> {
  const found = (await listModels(deps)).find((model) => model.name === name);
  if (found) return found;
  throw new SahabError("not_found", `There is no model "${name}"`);
}
