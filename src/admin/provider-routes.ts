import { createRoute, z } from "@hono/zod-openapi";
import { readManagedConfig, type Managers, type Snapshot } from "../config/index.ts";
import type { Store } from "../ledger/index.ts";
import type { KeyReport, Provider, ProviderReport } from "../vendor/index.ts";
import * as schemas from "./provider-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";

export interface ProviderDeps {
  store: Store;
  /** The configuration as requests are served by it. */
  snapshot(): Snapshot;
  /** Tries a provider out as requests use it. Throws `not_found` and `overloaded`. */
  testProvider(
    name: string,
    wish: { model?: string | undefined; token: boolean },
    tester: { project: string; address: string; signal: AbortSignal },
  ): Promise<ProviderReport>;
}

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
      const managed = ({ name, ...provider }: ServedProvider) => ({
        name,
        managed_by: managerOf(snapshot, managers, name),
        ...provider,
      });
      return context.json({ providers: servedProviders(snapshot).map(managed) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/providers/{name}/test",
      summary: "Try a provider out: reach it, show it each of its keys, list its models, ask one for a token",
      request: {
        params: z.object({ name: printable(200) }),
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

type ServedProvider = Omit<z.infer<typeof schemas.providerSchema>, "managed_by">;

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
