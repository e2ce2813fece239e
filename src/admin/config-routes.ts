import { createRoute, z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import {
  describeContentLogs,
  describeInsecure,
  describeOwnAddress,
  describePlain,
  findDoubts,
  onlyManagedBy,
  readCloudYaml,
  readManagedConfig,
  resourcesOf,
  withoutSecrets,
  withSecrets,
  type CloudConfig,
  type EnvironmentProviders,
} from "../config/index.ts";
import { stringify as writeYaml } from "yaml";
import type { ProviderReport } from "../vendor/index.ts";
import { applyConfig } from "./apply-config.ts";
import { describeDeadLoopback } from "./describe-dead-loopback.ts";
import * as schemas from "./apply-schemas.ts";
import { managedSchema } from "./change-schemas.ts";
import { encodeReport } from "./provider-routes.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import type { CatalogDeps } from "./update-catalog.ts";
import type { ConfigDeps } from "./update-config.ts";

/** A configuration of a hundred thousand lines fits. */
const configBytesMax = 8 * 1024 * 1024;
/** YAML takes a second for each megabyte, in which nothing else is served; JSON does not. */
const yamlCharsMax = 1024 * 1024;

export interface ConfigRouteDeps extends ConfigDeps, CatalogDeps {
  /** Vendors whose keys are in the environment. */
  environmentProviders: EnvironmentProviders;
  /** Tries the providers of a configuration that need not be stored. Throws `overloaded`. */
  probeConfig(
    config: CloudConfig,
    tester: { project: string; address: string; signal: AbortSignal },
  ): Promise<ProviderReport[]>;
}

/** The whole configuration; `depsFor` says what the sender of a request may name. */
export function addConfigRoutes<Deps extends ConfigRouteDeps>(
  app: AdminApp,
  deps: Deps,
  depsFor: (deps: Deps, request: Request) => Deps,
): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/apply",
      summary: "Make the configuration what the document says",
      description:
        "What others than a file manage and the document does not name stays. What a file managed before and the document does not name is deleted with prune only.",
      request: {
        query: schemas.applyQuerySchema,
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
      const { dry_run, prune, probe, plan } = context.req.valid("query");
      const dryRun = schemas.isOn(dry_run);
      const text = await context.req.text();
      if (text.length > configBytesMax)
        throw new SahabError(
          "body_too_large",
          `The configuration has ${text.length} characters; at most ${configBytesMax} are allowed`,
        );
      const applied = await applyConfig(depsFor(deps, context.req.raw), parseDocument(text), {
        dryRun,
        deletions: schemas.isOn(prune) ? "make" : "refuse",
        plan,
      });
      const { config } = applied;
      const tester = {
        project: context.get("caller").project,
        address: context.env.address,
        signal: context.req.raw.signal,
      };
      return context.json(
        {
          changes: applied.changes,
          dry_run: dryRun,
          warnings: [
            ...applied.warnings,
            ...describeContentLogs(config),
            ...describeInsecure(config),
            ...describePlain(withSecrets(config)),
            ...describeOwnAddress(config, context.req.header("host")),
            ...(await describeDeadLoopback(config)),
          ],
          kept: applied.kept.map(({ kind, name, managedBy }) => ({ kind, name, managed_by: managedBy })),
          plan: applied.plan,
          ...(schemas.isOn(probe) && { probes: (await deps.probeConfig(config, tester)).map(encodeReport) }),
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
      request: {
        query: z.object({
          managed_by: z.enum(["file"]).optional().describe("Only what a file manages; all of it by default"),
          format: z.enum(["json", "yaml"]).optional().describe("json by default"),
        }),
      },
      responses: {
        200: {
          content: {
            "application/json": { schema: z.record(z.string(), z.unknown()) },
            "application/yaml": { schema: z.string() },
          },
          description: "The same shape that apply takes",
        },
      },
    }),
    async (context) => {
      const stored = await readManagedConfig(deps.store);
      const { managed_by, format } = context.req.valid("query");
      const isAll = managed_by === undefined;
      const shown: Record<string, unknown> = withoutSecrets(isAll ? stored.config : onlyManagedBy(stored, "file"));
      if (format !== "yaml") return context.json(shown, 200);
      return context.body(writeYaml(shown), 200, { "content-type": "application/yaml; charset=utf-8" }) as never;
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/config/managers",
      summary: "Who manages what of the configuration",
      responses: {
        200: json(
          z.object({ resources: z.array(managedSchema) }),
          "All that is stored; null for a project default that nobody has named",
        ),
      },
    }),
    async (context) => {
      const { config, managers } = await readManagedConfig(deps.store);
      const resources = resourcesOf(config).map(({ kind, name }) => ({
        kind,
        name,
        managed_by: managers.of({ kind, name }) ?? null,
      }));
      return context.json({ resources }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/config/doubts",
      summary: "What is allowed in the configuration and most probably not meant, by the catalogue that is used now",
      responses: { 200: json(z.object({ doubts: z.array(z.string()) }), "A line each") },
    }),
    async (context) => {
      const { config } = await readManagedConfig(deps.store);
      return context.json({ doubts: findDoubts(config, deps.catalog.catalog) }, 200);
    },
  );
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
