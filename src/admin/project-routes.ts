import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { parseCloudConfig, projectAccounts, readManagedConfig, type ManagedConfig } from "../config/index.ts";
import { isInScope, wholeScope, type KeyRow, type Scope } from "../ledger/index.ts";
import { readAccountViews } from "./account-views.ts";
import { findProject, withNewProject, withoutProject, withProjectChanges } from "./edit-projects.ts";
import { keyStatusOf } from "./encode.ts";
import * as schemas from "./project-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { updateConfig, type ConfigDeps } from "./update-config.ts";
import { updateResource } from "./update-resource.ts";

interface ProjectDeps extends ConfigDeps {
  clock: Clock;
  /** Brings the store up to what the journal holds, so that what is told includes the last request. */
  drain(): Promise<void>;
}

type Project = z.infer<typeof schemas.projectSchema>;

export function addProjectRoutes(app: AdminApp, deps: ProjectDeps): void {
  const { store } = deps;
  const show = async (scope: Scope, managed: ManagedConfig, names: readonly string[]): Promise<Project[]> => {
    const nowMs = deps.clock.now();
    await deps.drain();
    const keys = await store.listKeys(scope);
    const accounts = projectAccounts(managed.config);
    return Promise.all(
      names.map(async (name) => {
        const own = accounts.get(name);
        const views = own
          ? await readAccountViews(store, scope, { account: `project:${name}`, accounts: own }, nowMs)
          : [];
        return encodeProject(managed, name, { keys, views, nowMs });
      }),
    );
  };
  const showOne = async (scope: Scope, name: string): Promise<Project> => {
    const managed = await readManagedConfig(store);
    const [shown] = await show(scope, managed, [findProject(managed.config, name, scope).name]);
    if (!shown) throw new SahabError("not_found", `There is no project "${name}"`);
    return shown;
  };
  /** Before it is told who manages it. */
  const expectSeen = async (scope: Scope, name: string) =>
    void findProject((await readManagedConfig(store)).config, name, scope);

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/projects",
      summary: "All projects, with what they may spend and have spent",
      responses: { 200: json(schemas.projectListSchema, "In the configuration's order") },
    }),
    async (context) => {
      const managed = await readManagedConfig(store);
      const { scope } = context.get("actor");
      const names = managed.config.projects.map(({ name }) => name).filter((name) => isInScope(scope, name));
      return context.json({ projects: await show(scope, managed, names) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/projects/{name}",
      summary: "A project, with what it may spend and has spent",
      request: { params: schemas.projectParam },
      responses: { 200: json(schemas.projectSchema, "As it is now"), 404: failure },
    }),
    async (context) => context.json(await showOne(context.get("actor").scope, context.req.valid("param").name), 200),
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/projects",
      summary: "Create a project",
      request: { body: { required: true, ...json(schemas.newProjectSchema, "What it is to be") } },
      responses: { 200: json(schemas.projectSchema, "As it is now"), 400: failure, 409: failure },
    }),
    async (context) => {
      const wanted = context.req.valid("json");
      const { scope } = context.get("actor");
      // It changes nothing that is there, whoever manages that.
      await updateConfig(
        deps,
        (current) => parseCloudConfig(withNewProject(current, wanted, scope), current),
        "console",
      );
      return context.json(await showOne(scope, wanted.name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/admin/v1/projects/{name}",
      summary: "Change a project that no cloud.yaml manages",
      request: {
        params: schemas.projectParam,
        body: { required: true, ...json(schemas.projectChangesSchema, "What becomes different") },
      },
      responses: { 200: json(schemas.projectSchema, "As it is now"), 400: failure, 404: failure, 409: failure },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const { scope } = context.get("actor");
      const changes = context.req.valid("json");
      if (Object.keys(changes).length === 0) throw new SahabError("invalid_request", "Nothing to change was given");
      await expectSeen(scope, name);
      await updateResource(deps, { kind: "project", name }, (current) =>
        withProjectChanges(current, { name, scope }, changes),
      );
      return context.json(await showOne(scope, name), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/projects/{name}",
      summary: "Take a project away that no cloud.yaml manages; what it has used stays in reports",
      request: { params: schemas.projectParam },
      responses: {
        200: json(z.object({ name: z.string() }), "It is gone"),
        404: failure,
        409: failure,
      },
    }),
    async (context) => {
      const { name } = context.req.valid("param");
      const { scope } = context.get("actor");
      await expectSeen(scope, name);
      await updateResource(deps, { kind: "project", name }, (current) => withoutProject(current, name, scope));
      return context.json({ name }, 200);
    },
  );
}

function encodeProject(
  { config, managers }: ManagedConfig,
  name: string,
  { keys, views, nowMs }: { keys: readonly KeyRow[]; views: Project["accounts"]; nowMs: number },
): Project {
  // Whoever calls has looked at the scope.
  const project = findProject(config, name, wholeScope);
  const { organisation, currency, prepaid, models, output, budget, limits, session_budget } = project;
  const terms = { budget, limits, session_budget };
  return {
    name,
    organisation: organisation ?? null,
    currency,
    time_zone: views[0]?.time_zone ?? project.time_zone ?? "UTC",
    prepaid: prepaid ?? false,
    models: models ?? null,
    terms: Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== undefined)),
    output: output ?? null,
    keys: keys.filter((key) => key.project === name && keyStatusOf(key, nowMs) === "active").length,
    managed_by: managers.of({ kind: "project", name }) ?? null,
    accounts: views,
  };
}
