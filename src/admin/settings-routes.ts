import { createRoute, z } from "@hono/zod-openapi";
import {
  alertPercents,
  managerNames,
  readManagedConfig,
  type CloudConfig,
  type ManagedConfig,
} from "../config/index.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";
import type { ConfigDeps } from "./update-config.ts";
import { updateResources } from "./update-resource.ts";

const managedBy = z.enum(managerNames).nullable();

const settingsSchema = z
  .object({
    server: z
      .object({
        host: z.string(),
        port: z.int(),
        tls: z.boolean(),
        workers: z.int(),
        allowed_hosts: z.array(z.string()).nullable().describe("null for loopback names and the host"),
        data_folder: z.string(),
        database: z.string(),
        config_file: z.string().nullable().describe("The cloud.yaml that is applied at each start"),
      })
      .describe("What the server was started with; changed by its environment and a new start"),
    variables: z.array(z.string()).describe("Names of the variables that its environment has, without values"),
    retention: z.object({ usage_days: z.int().nullable().describe("null for ever"), managed_by: managedBy }),
    memory: z.object({ budget: z.string().nullable(), managed_by: managedBy }),
    batches: z.object({ requests_at_once: z.int().nullable(), managed_by: managedBy }),
    cors: z.object({ origins: z.array(z.string()), managed_by: managedBy }),
    console: z
      .object({
        ai_label: z.boolean(),
        conversation_days: z.int().nullable().describe("null for as long as people choose"),
        managed_by: managedBy,
      })
      .describe("What holds for everybody who uses the console's chat; their own choice can be stricter only"),
    alerts: z.array(z.object({ host: z.string(), at: z.array(z.int()), managed_by: managedBy })),
    content_logs: z
      .array(z.object({ project: z.string(), days: z.int(), managed_by: managedBy }))
      .describe("Projects whose prompts and answers are kept"),
  })
  .openapi("Settings");

const settingsChangesSchema = z
  .strictObject({
    retention: z.strictObject({ usage_days: z.int().nullable() }).optional(),
    memory: z.strictObject({ budget: printable(32).nullable() }).optional(),
    batches: z.strictObject({ requests_at_once: z.int().nullable() }).optional(),
    cors: z.strictObject({ origins: z.array(printable(256)).max(1000) }).optional(),
    console: z
      .strictObject({ ai_label: z.boolean().optional(), conversation_days: z.int().nullable().optional() })
      .optional(),
  })
  .openapi("SettingsChanges");

type Settings = z.infer<typeof settingsSchema>;

export interface SettingsDeps extends ConfigDeps {
  /** What the server was started with. */
  startedWith: Settings["server"] & { variables: string[] };
}

/** What is there once: how long records are kept, what local models may hold, and what the server was started with. */
export function addSettingsRoutes(app: AdminApp, deps: SettingsDeps): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/settings",
      summary: "How the server is set up; no secrets",
      responses: { 200: json(settingsSchema, "As it is now") },
    }),
    async (context) => context.json(encodeSettings(deps, await readManagedConfig(deps.store)), 200),
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/admin/v1/settings",
      summary: "Change settings of the configuration; null for what is usual",
      request: { body: { required: true, ...json(settingsChangesSchema, "What becomes different") } },
      responses: { 200: json(settingsSchema, "As it is now"), 400: failure, 409: failure },
    }),
    async (context) => {
      const changes = context.req.valid("json");
      const { retention, memory, batches, cors, console } = changes;
      await setAll(deps, Object.keys(changes), (current) => ({
        ...(retention && { retention: retention.usage_days === null ? undefined : retention }),
        ...(memory && { memory: memory.budget ?? undefined }),
        ...(batches && { batches: batches.requests_at_once === null ? undefined : batches }),
        ...(cors && { cors: cors.origins.length === 0 ? undefined : cors }),
        ...(console && { console: changeConsole(current.console, console) }),
      }));
      return context.json(encodeSettings(deps, await readManagedConfig(deps.store)), 200);
    },
  );
}

/** Changes all of them or, where one cannot be, none. Undefined takes a setting away, so that what is usual holds. */
async function setAll(
  deps: ConfigDeps,
  names: string[],
  change: (current: CloudConfig) => { [name in keyof CloudConfig]?: unknown },
): Promise<void> {
  const resources = names.map((name) => ({ kind: "setting" as const, name }));
  await updateResources(deps, resources, (current: CloudConfig) =>
    Object.fromEntries(Object.entries({ ...current, ...change(current) }).filter(([, value]) => value !== undefined)),
  );
}

type ConsoleChanges = NonNullable<z.infer<typeof settingsChangesSchema>["console"]>;

/** Only what differs from the usual is kept. */
function changeConsole(
  current: CloudConfig["console"],
  { ai_label = current?.ai_label, conversation_days = current?.conversation_days }: ConsoleChanges,
): CloudConfig["console"] {
  if (ai_label !== true && (conversation_days ?? null) === null) return undefined;
  return { ...(ai_label === true && { ai_label }), ...(conversation_days != null && { conversation_days }) };
}

function encodeSettings({ startedWith }: SettingsDeps, { config, managers }: ManagedConfig): Settings {
  const { variables, ...server } = startedWith;
  const by = (name: string) => managers.of({ kind: "setting", name }) ?? null;
  return {
    server,
    variables,
    retention: { usage_days: config.retention?.usage_days ?? null, managed_by: by("retention") },
    memory: { budget: config.memory ?? null, managed_by: by("memory") },
    batches: { requests_at_once: config.batches?.requests_at_once ?? null, managed_by: by("batches") },
    cors: { origins: [...(config.cors?.origins ?? [])], managed_by: by("cors") },
    console: {
      ai_label: config.console?.ai_label ?? false,
      conversation_days: config.console?.conversation_days ?? null,
      managed_by: by("console"),
    },
    alerts: (config.alerts ?? []).map(({ url, at }) => ({
      host: new URL(url).host,
      at: [...(at ?? alertPercents)],
      managed_by: managers.of({ kind: "alert", name: url }) ?? null,
    })),
    content_logs: config.projects.flatMap(({ name, content_log: log }) =>
      log
        ? [{ project: name, days: log.retention_days, managed_by: managers.of({ kind: "project", name }) ?? null }]
        : [],
    ),
  };
}
