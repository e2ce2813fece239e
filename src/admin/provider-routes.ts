import { createRoute, z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import { readConfig, readManagedConfig, type CloudConfig, type Managers, type Snapshot } from "../config/index.ts";
import type { FailedReplica } from "../router/index.ts";
import type { KeyReport, Provider, ProviderReport } from "../vendor/index.ts";
import {
  draftProvider,
  encodeSettings,
  modelsOf,
  nameForProvider,
  withoutProvider,
  withProvider,
  withProviderChanges,
} from "./edit-providers.ts";
import * as schemas from "./provider-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import type { CatalogDeps } from "./update-catalog.ts";
import type { ConfigDeps } from "./update-config.ts";
import { updateResource } from "./update-resource.ts";

/** What is asked of a test, and who asks. */
type TestWish = { model?: string | undefined; token: boolean };
type Tester = { project: string; address: string; signal: AbortSignal };

/** How targets are, as the process that answers has seen. */
export interface LiveDeps {
  /** Replicas that failed and have not been found well since. */
  failed(): FailedReplica[];
  /** Open attempts, by provider and model with a line break between them. */
  attempts(): Map<string, number>;
}

export interface ProviderDeps extends ConfigDeps, LiveDeps, Pick<CatalogDeps, "catalog"> {
  /** The configuration as requests are served by it. */
  snapshot(): Snapshot;
  /** Tries a provider out as requests use it. Throws `not_found` and `overloaded`. */
  testProvider(name: string, wish: TestWish, tester: Tester): Promise<ProviderReport>;
  /** The same for a provider of a configuration that need not be stored. */
  tryProvider(config: CloudConfig, name: string, wish: TestWish, tester: Tester): Promise<ProviderReport>;
}

const nameParam = z.object({ name: printable(200) });

/** The providers that requests go to, and tests of them. */
export function addProviderRoutes(app: AdminApp, deps: ProviderDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/providers",
      summary: "The providers that requests go to, those of the environment included",
      responses: {
        200: json(z.object({ providers: z.array(schemas.providerSchema) }), "Those of the configuration come first"),
      },
    }),
    async (context) => {
      const { managers } = await readManagedConfig(deps.store);
      const snapshot = deps.snapshot();
      return context.json({ providers: servedProviders(snapshot).map((one) => withLife(deps, managers, one)) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/providers",
      summary: "Add a provider",
      request: { body: { required: true, ...json(schemas.newProviderSchema, "Its vendor, and what that needs") } },
      responses: {
        200: json(schemas.providerSettingsSchema, "The provider, without its secrets"),
        400: failure,
        409: failure,
      },
    }),
    async (context) => {
      const wanted = context.req.valid("json");
      // A name that is taken in between is a conflict, whoever was first.
      const name = nameForProvider(await readConfig(deps.store), wanted);
      await updateResource(deps, { kind: "provider", name }, (current) =>
        withProvider(current, nameForProvider(current, { ...wanted, name }), wanted, deps.catalog.catalog),
      );
      return context.json(await showSettings(deps, name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/providers/test",
      summary: "Try a provider out before it is added or changed; nothing is stored",
      request: { body: { required: true, ...json(schemas.draftTestSchema, "The provider as it would be") } },
      responses: {
        200: json(schemas.providerReportSchema, "What was found, also where it failed"),
        400: failure,
        503: failure,
      },
    }),
    async (context) => {
      const { model, token = false, ...wanted } = context.req.valid("json");
      const draft = draftProvider(await readConfig(deps.store), wanted);
      const { project } = context.get("caller");
      const tester = { project, address: context.env.address, signal: context.req.raw.signal };
      return context.json(
        encodeReport(await deps.tryProvider(draft.config, draft.name, { model, token }, tester)),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/providers/{name}",
      summary: "What the configuration says of a provider, without secrets",
      request: { params: nameParam },
      responses: { 200: json(schemas.providerSettingsSchema, "As it is stored"), 404: failure },
    }),
    async (context) => context.json(await showSettings(deps, context.req.valid("param").name), 200),
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/admin/v1/providers/{name}",
      summary: "Change a provider",
      request: {
        params: nameParam,
        body: { required: true, ...json(schemas.providerChangesSchema, "What becomes different; null for the usual") },
      },
      responses: {
        200: json(schemas.providerSettingsSchema, "As it is now"),
        400: failure,
        404: failure,
        409: failure,
      },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const changes = context.req.valid("json");
      await updateResource(deps, { kind: "provider", name }, (current) => withProviderChanges(current, name, changes));
      return context.json(await showSettings(deps, name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/providers/{name}",
      summary: "Take a provider and its secrets away",
      request: { params: nameParam },
      responses: { 200: json(z.object({ name: z.string() }), "Removed"), 404: failure, 409: failure },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      await updateResource(deps, { kind: "provider", name }, (current) => withoutProvider(current, name));
      return context.json({ name }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/providers/{name}/test",
      summary: "Try a provider out: reach it, show it each of its keys, list its models, ask one for a token",
      request: {
        params: nameParam,
        body: json(schemas.providerTestSchema, "What is tried; may be left out"),
      },
      responses: {
        200: json(schemas.providerReportSchema, "What was found, also where it failed"),
        400: failure,
        404: failure,
        503: failure,
      },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const { model, token = true } = context.req.valid("json");
      const { signal } = context.req.raw;
      const { project } = context.get("caller");
      const report = await deps.testProvider(name, { model, token }, { project, address: context.env.address, signal });
      return context.json(encodeReport(report), 200);
    },
  );
}

const managerOf = ({ environment }: Snapshot, managers: Managers, name: string) =>
  environment?.has(name) === true ? ("environment" as const) : (managers.of({ kind: "provider", name }) ?? null);

type ServedProvider = Omit<z.infer<typeof schemas.providerSchema>, "managed_by" | "resting" | "in_flight">;

function withLife(
  deps: Pick<ProviderDeps, "snapshot" | keyof LiveDeps>,
  managers: Managers,
  { name, ...provider }: ServedProvider,
): z.infer<typeof schemas.providerSchema> {
  const resting = deps.failed().filter((one) => one.isResting && one.provider === name);
  let open = 0;
  for (const [target, count] of deps.attempts()) if (target.startsWith(`${name}\n`)) open += count;
  return {
    name,
    managed_by: managerOf(deps.snapshot(), managers, name),
    ...provider,
    resting: new Set(resting.map(({ model }) => model)).size,
    in_flight: open,
  };
}

/** Throws `not_found`. */
async function showSettings(
  deps: Pick<ProviderDeps, "store" | "snapshot">,
  name: string,
): Promise<z.infer<typeof schemas.providerSettingsSchema>> {
  const stored = await readManagedConfig(deps.store);
  const own = encodeSettings(stored, name);
  if (own) return own;
  const { environment, providers } = deps.snapshot();
  const served = environment?.has(name) ? providers?.values().find((one) => one.name === name) : undefined;
  if (!served) throw new SahabError("not_found", `There is no provider "${name}"`);
  const used_by = modelsOf(stored.config, name);
  return { name, vendor: served.vendorName, managed_by: "environment", settings: null, used_by };
}

/** The providers that requests may go to, several keys of one together. */
export function servedProviders({ providers, models }: Snapshot): ServedProvider[] {
  const counts = new Map<string, { models: Set<string>; offered: number }>();
  const countsOf = (name: string) => {
    let found = counts.get(name);
    if (!found) counts.set(name, (found = { models: new Set(), offered: 0 }));
    return found;
  };
  for (const [name, entry] of models) {
    if (name !== entry.name) continue;
    if (entry.owner !== undefined) countsOf(entry.owner).offered++;
    else for (const target of entry.targets) countsOf(target.provider).models.add(name);
  }
  const keys = Map.groupBy(providers?.values() ?? [], ({ name }) => name);
  return [...keys].flatMap(([name, [first, ...others]]) => {
    if (!first) return [];
    const { models: declared, offered } = countsOf(name);
    return [
      {
        name,
        vendor: first.vendorName,
        address: first.addressFault === undefined ? first.address : null,
        region: first.region ?? null,
        apis: first.dialects.map(({ api }) => api),
        keys: first.hasKey ? 1 + others.length : 0,
        models: declared.size,
        offered,
        fault: faultOf([first, ...others]),
      },
    ];
  });
}

function faultOf(keys: readonly Provider[]): string | null {
  const fault = keys.find(({ addressFault }) => addressFault !== undefined)?.addressFault;
  if (fault !== undefined) return fault;
  return keys.every(({ lacksSecret }) => lacksSecret) ? "a secret that it refers to is missing" : null;
}

export function encodeReport({ keys, ...report }: ProviderReport): z.infer<typeof schemas.providerReportSchema> {
  return { ...report, keys: keys.map(encodeKey) };
}

function encodeKey({
  key,
  status,
  steps,
  models,
  token,
}: KeyReport): z.infer<typeof schemas.providerReportSchema>["keys"][number] {
  return {
    key,
    status,
    steps: steps.map(({ step, status: found, detail, ms }) => ({ step, status: found, detail, ms: ms ?? null })),
    models: models && {
      listed: models.count,
      ids: [...models.ids],
      missing: [...models.missing],
      missing_offered: [...models.missingOffered],
    },
    token: token && {
      request: token.request,
      model: token.model,
      tokens: { input: token.inputTokens, output: token.outputTokens },
      cost: token.cost,
      currency: token.currency,
      latency_ms: token.latencyMs,
    },
  };
}
