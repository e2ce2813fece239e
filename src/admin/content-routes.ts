import { createRoute, z } from "@hono/zod-openapi";
import { SahabError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { masksUsual } from "../base/mask-text.ts";
import { readConfig } from "../config/index.ts";
import { isInScope, type Scope, type Store } from "../ledger/index.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";

/** The text of a request as it is kept; masked before it was written. */
const contentSchema = z.object({
  id: z.string(),
  project: z.string(),
  time: z.string(),
  key_id: z.string(),
  model: z.string(),
  operation: z.string(),
  outcome: z.string(),
  request: z.unknown().describe("The body in the client's own format, with media as their types and sizes"),
  answer: z.unknown().describe("Its choices with their parts; null where there was none"),
});

type ShownContent = z.infer<typeof contentSchema>;

export interface ContentDeps {
  log: Log;
  /** Where prompts and answers are kept. */
  content: {
    read(scope: Scope, id: string): Promise<ShownContent | undefined>;
    sums(scope: Scope): { project: string; files: number; bytes: number }[];
  };
}

const logSchema = z.object({
  project: z.string(),
  is_on: z.boolean().describe("Whether text is kept now; else there is some of before"),
  retention_days: z.number().nullable(),
  mask: z.array(z.unknown()),
  sample: z.number(),
  files: z.number().describe("On the machine that answers"),
  bytes: z.number(),
});

export function addContentRoutes(app: AdminApp, deps: ContentDeps & { store: Pick<Store, "readResources"> }): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/content-log",
      summary: "The projects whose prompts and answers are kept, and how much of them there is",
      responses: { 200: json(z.object({ projects: z.array(logSchema) }), "In the order of their names") },
    }),
    async (context) => {
      const { scope } = context.get("actor");
      const { projects } = await readConfig(deps.store);
      const terms = new Map(projects.flatMap(({ name, content_log: log }) => (log ? [[name, log] as const] : [])));
      const sums = new Map(deps.content.sums(scope).map((sum) => [sum.project, sum]));
      const names = [...new Set([...terms.keys(), ...sums.keys()])].filter((name) => isInScope(scope, name)).sort();
      const shown = names.map((project) => {
        const log = terms.get(project);
        const { files = 0, bytes = 0 } = sums.get(project) ?? {};
        return {
          project,
          is_on: log !== undefined,
          retention_days: log?.retention_days ?? null,
          mask: [...(log?.mask ?? masksUsual)],
          sample: log?.sample ?? 1,
          files,
          bytes,
        };
      });
      return context.json({ projects: shown }, 200);
    },
  );

  // Written whatever SAHAB_LOG leaves out.
  const readings = deps.log.child({}, { level: "warn" });
  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/requests/{id}/content",
      summary: "Prompt and answer of a request, where its project keeps them. Each reading is logged",
      request: { params: z.object({ id: printable(200) }) },
      responses: { 200: json(contentSchema, "As it was written, with personal data masked"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { keyId, name, scope } = context.get("actor");
      const found = await deps.content.read(scope, id);
      // Before it is shown: who has read what must be known.
      readings.warn(
        {
          request: id,
          project: found?.project,
          key_id: keyId,
          key: name,
          client: context.env.address,
          found: found !== undefined,
        },
        "the text of a request was read",
      );
      if (found) return context.json(found, 200);
      throw new SahabError(
        "not_found",
        `No text is kept of request "${id}" on this machine: its project has no content_log in cloud.yaml, the request was not sampled, or its time is over`,
      );
    },
  );
}
