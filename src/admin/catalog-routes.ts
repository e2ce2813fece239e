import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { inOrder } from "../base/price-in-force.ts";
import { readConfig, withEnvironment, type CloudConfig, type EnvironmentProviders } from "../config/index.ts";
import type { Store } from "../ledger/index.ts";
import { catalogPartOf, pricesOf, type Catalog, type CatalogModel } from "../vendor/index.ts";
import * as schemas from "./catalog-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import { resetCatalog, updateCatalog, type CatalogDeps } from "./update-catalog.ts";

/** What is known of vendors' models, and updates of it. */
export function addCatalogRoutes(
  app: AdminApp,
  deps: CatalogDeps & { store: Store; clock: Clock; environmentProviders: EnvironmentProviders },
): void {
  const { catalog } = deps.catalog;
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/catalog",
      summary: "Where the catalogue of models is from, and what is in it",
      responses: { 200: json(schemas.catalogStatusSchema, "Of the catalogue that is used now") },
    }),
    (context) => context.json(encodeStatus(catalog), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/catalog/models",
      summary: "The models that vendors have, whether they can be called here or not",
      request: { query: z.object({ vendor: printable(64).optional() }) },
      responses: {
        200: json(z.object({ models: z.array(schemas.catalogModelSchema) }), "Vendor by vendor"),
        400: failure,
      },
    }),
    async (context) => {
      const { vendor } = context.req.valid("query");
      const parts = [...catalog.parts.keys()].filter((part) => vendor === undefined || part === vendor);
      if (parts.length === 0)
        throw new SahabError(
          "invalid_request",
          `The catalogue has no vendor "${vendor}"; it has: ${[...catalog.parts.keys()].join(", ")}`,
        );
      const providers = providersByPart(withEnvironment(await readConfig(deps.store), deps.environmentProviders));
      const models = parts.flatMap((part) =>
        catalog.modelsOf(part).map((model) => encodeCatalogModel(model, providers.get(part) ?? [])),
      );
      return context.json({ models }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/catalog/update",
      summary: "Take over the models and prices of a document in the form of models.dev's api.json",
      request: {
        query: schemas.catalogUpdateQuerySchema,
        body: { required: true, ...json(z.record(z.string(), z.unknown()), "Vendors by their ids at models.dev") },
      },
      responses: {
        200: json(
          z.object({ changes: z.array(schemas.catalogChangeSchema), dry_run: z.boolean() }),
          "What has changed, or would",
        ),
        400: failure,
      },
    }),
    async (context) => {
      const { dry_run: dryRun = "0", source, accept = [] } = context.req.valid("query");
      const changes = await updateCatalog(deps, {
        text: await context.req.text(),
        source,
        date: new Date(deps.clock.now()).toISOString().slice(0, 10),
        accept: typeof accept === "string" ? [accept] : accept,
        dryRun: ["1", "true"].includes(dryRun),
      });
      const told = changes.map(({ action, part, model, details }) => ({ action, vendor: part, model, details }));
      return context.json({ changes: told, dry_run: ["1", "true"].includes(dryRun) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/catalog/update",
      summary: "Go back to the catalogue that comes with Sahab",
      responses: { 200: json(z.object({ removed: z.boolean() }), "Whether there was an update") },
    }),
    async (context) => context.json({ removed: await resetCatalog(deps) }, 200),
  );
}

function encodeStatus(catalog: Catalog): z.infer<typeof schemas.catalogStatusSchema> {
  const { source, sources } = catalog.stored;
  const vendors = [...catalog.parts].map(([id, name]) => ({ id, name, models: catalog.modelsOf(id) }));
  const models = vendors.flatMap((vendor) => vendor.models);
  const { isUsed, fault } = catalog.update;
  return {
    source: sources[source]?.name ?? source,
    date: sources[source]?.date ?? "",
    models: models.length,
    priced: models.filter(({ price }) => price !== undefined).length,
    vendors: vendors.map((vendor) => ({ ...vendor, models: vendor.models.length })),
    updated: isUsed,
    fault: fault ?? null,
  };
}

function encodeCatalogModel(model: CatalogModel, available: string[]): z.infer<typeof schemas.catalogModelSchema> {
  return {
    vendor: model.part,
    id: model.id,
    name: model.name,
    context: model.context ?? null,
    input: model.input ?? null,
    output: model.output ?? null,
    takes: [...model.takes],
    gives: [...model.gives],
    features: [...(model.features ?? [])],
    lacks: [...(model.lacks ?? [])],
    thinking: model.thinking ? { ...model.thinking } : null,
    interleaved: model.interleaved ?? null,
    knowledge: model.knowledge ?? null,
    released: model.released ?? null,
    status: model.status ?? null,
    prices: inOrder(pricesOf(model)).map((price) => ({ ...price })),
    converted_from: model.converted_from ?? null,
    source: model.source,
    available,
  };
}

/** Names of the providers that have the models of a part of the catalogue. */
function providersByPart(config: CloudConfig): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const provider of config.providers) {
    const part = catalogPartOf(provider);
    found.set(part, [...(found.get(part) ?? []), provider.name]);
  }
  return found;
}
