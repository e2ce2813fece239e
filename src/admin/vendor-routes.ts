import { createRoute, z } from "@hono/zod-openapi";
import { catalogPartOf, signsOf, vendorNames, vendors, vendorTitles } from "../vendor/index.ts";
import { json, type AdminApp } from "./route-parts.ts";
import type { CatalogDeps } from "./update-catalog.ts";

const vendorSchema = z
  .object({
    name: z.string().describe("What a provider names as its vendor"),
    title: z.string().describe("What people call it"),
    key: z
      .enum(["needed", "optional", "machine"])
      .describe("machine: without one, the credentials of the server's machine are used"),
    key_variable: z.string().nullable().describe("The variable of the server's environment that makes it available"),
    base_url: z
      .string()
      .nullable()
      .describe("Its own address, in which {name} has to be filled in; null where a provider must give one"),
    regions: z.array(z.object({ name: z.string(), base_url: z.string() })),
    region_example: z.string().nullable().describe("What its regions look like, where they are too many to list"),
    apis: z.array(z.string()).describe("The wire formats that it offers, the preferred first"),
    models: z.int().describe("Models that the catalogue has of it, in its usual region"),
  })
  .openapi("Vendor");

/** What can be added as a provider. */
export function addVendorRoutes(app: AdminApp, { catalog: { catalog } }: Pick<CatalogDeps, "catalog">): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/vendors",
      summary: "The vendors that a provider may be of, and what is needed to add one",
      responses: { 200: json(z.object({ vendors: z.array(vendorSchema) }), "By name") },
    }),
    (context) => {
      const listed = vendorNames.map((name) => {
        const { keyVariables = [], machineVariables, baseUrl, regions = {}, regionForm, apis } = vendors[name];
        const key = machineVariables
          ? ("machine" as const)
          : keyVariables.length > 0
            ? ("needed" as const)
            : ("optional" as const);
        return {
          name,
          title: vendorTitles[name],
          key,
          key_variable: signsOf(name)[0] ?? null,
          base_url: baseUrl ?? null,
          regions: Object.entries(regions).map(([region, address]) => ({ name: region, base_url: address })),
          region_example: regionForm?.example ?? null,
          apis: [...apis],
          models: catalog.modelsOf(catalogPartOf({ vendor: name })).length,
        };
      });
      return context.json({ vendors: listed }, 200);
    },
  );
}
