import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { listInstead } from "../base/no-such.ts";
import { showText } from "../base/printable.ts";
import { showList } from "../base/show-list.ts";
import { findUnknownModel, projectAccounts, readConfig, type CloudConfig } from "../config/index.ts";
import { adminKeyId, createKey, isInScope, type KeyRow, type Scope } from "../ledger/index.ts";
import { readAccountViews, readSpending } from "./account-views.ts";
import { encodeKey, encodeRefusal, keyStatusOf } from "./encode.ts";
import { findKeyMeant, noSuchKey, ownerOfKey } from "./find-account.ts";
import * as schemas from "./key-schemas.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import type { ConfigDeps } from "./update-config.ts";

/** What a rotation of the generated admin key has made. The old one is a key of role admin like any other, until it expires. */
export interface RotatedAdminKey {
  key: string;
  old: { id: string; expiresMs: number };
}

export interface KeyDeps extends Pick<ConfigDeps, "store" | "changed"> {
  clock: Clock;
  /** Brings the store up to what the journal holds, so that what is told includes the last request. */
  drain(): Promise<void>;
  /** Brings it up to when keys were last used at this process. */
  noteKeyUses(): Promise<void>;
  /** Seals everything with a new master key; returns how many secrets there were. */
  rotateMasterKey(): Promise<number>;
  /** Replaces the generated admin key. Throws `conflict` where it comes from the environment. */
  rotateAdminKey(overlapMs: number): Promise<RotatedAdminKey>;
}

const overlapSecondsDefault = 86_400;

export function addKeyRoutes(app: AdminApp, deps: KeyDeps): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/rotate/master",
      summary: "Seal all secrets with a new master key, while requests go on",
      responses: { 200: json(schemas.rotatedSchema, "How many secrets were sealed anew"), 409: failure },
    }),
    async (context) => context.json({ resealed: await deps.rotateMasterKey() }, 200),
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/rotate/admin",
      summary: "Write a new admin key into admin.key, while requests go on",
      request: { body: { required: false, ...json(schemas.rotateAdminSchema, "How long the old one stays good") } },
      responses: { 200: json(schemas.rotatedAdminSchema, "The new key, and what the old one is now"), 409: failure },
    }),
    async (context) => {
      const { key, old } = await deps.rotateAdminKey((context.req.valid("json").overlap_seconds ?? 0) * 1000);
      const isHolder = context.get("actor").keyId === adminKeyId;
      return context.json({ key: isHolder ? key : null, old: { id: old.id, expires_at: timeOf(old.expiresMs) } }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/keys",
      summary: "Create a key",
      request: { body: { required: true, ...json(schemas.newKeySchema, "Who the key is for") } },
      responses: { 200: json(schemas.createdKeySchema, "The key, shown this once"), 400: failure },
    }),
    async (context) => {
      const wanted = context.req.valid("json");
      const { name, project, role, models = null, addresses = null } = wanted;
      const config = await readConfig(deps.store);
      expectProject(context.get("actor").scope, config, project);
      const expiresMs = parseExpiry(wanted.expires_at, deps.clock.now()) ?? null;
      const terms = changeTerms("{}", wanted);
      const others = await deps.store.listKeys(context.get("actor").scope);
      const { key, row } = createKey({ name, project, role, expiresMs, terms, models, addresses }, deps.clock.now());
      await deps.store.insertKey(row);
      await deps.changed();
      const warnings = [
        ...describeUnknownModels(config, models, "models"),
        ...describeUnknownModels(config, Object.keys(wanted.limits?.models ?? {}), "limits.models"),
        ...describeTwins(name, others, deps.clock.now()),
      ];
      return context.json({ id: row.id, key, warnings }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/keys",
      summary: "All keys, without their secret",
      responses: { 200: json(z.object({ keys: z.array(schemas.listedKeySchema) }), "Oldest first") },
    }),
    async (context) => {
      const nowMs = deps.clock.now();
      const { scope } = context.get("actor");
      await deps.noteKeyUses();
      const rows = await deps.store.listKeys(scope);
      const projects = projectAccounts(await readConfig(deps.store));
      const owners = rows.flatMap((row) => {
        const accounts = projects.get(row.project);
        return accounts && row.revokedMs === null && row.terms.includes('"budget"') ? [ownerOfKey(row, accounts)] : [];
      });
      const spending = await readSpending(deps.store, scope, owners, nowMs);
      const keys = rows.map((row) => ({ ...encodeKey(row, nowMs), spending: spending.get(`key:${row.id}`) ?? [] }));
      return context.json({ keys }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/keys/{id}",
      summary: "A key, without its secret, what it may still spend and what last stopped it",
      request: { params: schemas.keyMeantParam },
      responses: { 200: json(schemas.shownKeySchema, "All that is known of it"), 400: failure, 404: failure },
    }),
    async (context) => {
      const nowMs = deps.clock.now();
      const { scope } = context.get("actor");
      await deps.noteKeyUses();
      const row = await findKeyMeant(deps.store, scope, context.req.valid("param").id, nowMs);
      const accounts = projectAccounts(await readConfig(deps.store)).get(row.project);
      await deps.drain();
      const refusal = await deps.store.findRefusal(scope, row.id);
      const shown = {
        ...encodeKey(row, nowMs),
        accounts: accounts ? await readAccountViews(deps.store, scope, ownerOfKey(row, accounts), nowMs) : [],
        last_refusal: refusal ? encodeRefusal(refusal) : null,
      };
      return context.json(shown, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/admin/v1/keys/{id}",
      summary: "Change a key's name and bounds",
      request: {
        params: schemas.keyIdParam,
        body: { required: true, ...json(schemas.keyChangesSchema, "What becomes different") },
      },
      responses: { 200: json(schemas.keySchema, "The key as it is now"), 400: failure, 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const { scope } = context.get("actor");
      const wanted = context.req.valid("json");
      const { name, expires_at, models, addresses } = wanted;
      const before = await findKey(deps, scope, id);
      const terms = termsNames.some((field) => wanted[field] !== undefined)
        ? changeTerms(before.terms, wanted)
        : undefined;
      const changes = {
        ...(name !== undefined && { name }),
        ...(expires_at !== undefined && { expiresMs: parseExpiry(expires_at, deps.clock.now()) ?? null }),
        ...(models !== undefined && { models }),
        ...(addresses !== undefined && { addresses }),
        ...(terms !== undefined && { terms }),
      };
      if (Object.keys(changes).length === 0)
        throw new SahabError(
          "invalid_request",
          "Nothing to change was given; allowed are name, expires_at, models, addresses, budget, limits and session_budget",
        );
      if (!(await deps.store.updateKey(id, changes))) throw noSuchKey(id);
      await deps.changed();
      return context.json(encodeKey(await findKey(deps, scope, id), deps.clock.now()), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/keys/{id}/rotate",
      summary: "Create a key like this one, which then expires",
      request: {
        params: schemas.keyIdParam,
        body: { required: false, ...json(schemas.rotateKeySchema, "How long both are good") },
      },
      responses: {
        200: json(schemas.rotatedKeySchema, "The new key, shown this once"),
        400: failure,
        404: failure,
        409: failure,
      },
    }),
    async (context) => {
      const { overlap_seconds: overlapSeconds = overlapSecondsDefault, expires_at } = context.req.valid("json");
      const nowMs = deps.clock.now();
      const old = await findKey(deps, context.get("actor").scope, context.req.valid("param").id);
      const { status } = encodeKey(old, nowMs);
      if (status !== "active") throw notActive(old.id, status);
      const { name, project, role, terms, models, addresses } = old;
      const expiresMs = expires_at === undefined ? old.expiresMs : (parseExpiry(expires_at, nowMs) ?? null);
      const { key, row } = createKey({ name, project, role, expiresMs, terms, models, addresses }, nowMs);
      const isByOther = context.get("actor").keyId !== old.id;
      if (!(await deps.store.replaceKey(old.id, row, nowMs + overlapSeconds * 1000, { isByOther })))
        throw notActive(old.id, "revoked");
      await deps.changed();
      const oldExpiresMs = Math.min(old.expiresMs ?? Infinity, nowMs + overlapSeconds * 1000);
      const answer = {
        id: row.id,
        key,
        expires_at: expiresMs === null ? null : timeOf(expiresMs),
        old: { id: old.id, expires_at: timeOf(oldExpiresMs) },
      };
      return context.json(answer, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/keys/{id}",
      summary: "Revoke a key",
      request: { params: schemas.keyIdParam },
      responses: { 200: json(z.object({ id: z.string(), revoked: z.literal(true) }), "Revoked"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      await findKey(deps, context.get("actor").scope, id);
      if (!(await deps.store.revokeKey(id, deps.clock.now()))) throw noSuchKey(id);
      await deps.changed();
      return context.json({ id, revoked: true as const }, 200);
    },
  );
}

const timeOf = (ms: number) => new Date(ms).toISOString();

const termsNames = ["budget", "limits", "session_budget"] as const;

/** The terms of a key as JSON, with what is different of them. */
function changeTerms(before: string, changes: schemas.TermsChanges): string {
  const terms = JSON.parse(before) as Record<string, unknown>;
  for (const field of termsNames) {
    const value = changes[field];
    if (value === null) delete terms[field];
    else if (value !== undefined) terms[field] = value;
  }
  return JSON.stringify(terms);
}

async function findKey(deps: KeyDeps, scope: Scope, id: string): Promise<KeyRow> {
  const row = await deps.store.findKey(scope, id);
  if (!row) throw noSuchKey(id);
  return row;
}

function notActive(id: string, status: string): SahabError {
  return new SahabError("conflict", `The key ${id} is ${status}; create another with: sahab key create`);
}

/** Of a key that is to be good for some time yet. */
function parseExpiry(text: string | null | undefined, nowMs: number): number | null | undefined {
  if (text === undefined || text === null) return text;
  const expiresMs = Date.parse(text);
  if (expiresMs > nowMs) return expiresMs;
  throw new SahabError("invalid_request", `expires_at: ${text} is in the past`, { param: "expires_at" });
}

/** A model may come later, so these are taken. */
function describeUnknownModels(config: CloudConfig, models: readonly string[] | null, place: string): string[] {
  return (models ?? []).flatMap((model) => {
    const fault = findUnknownModel(config, model);
    return fault === undefined ? [] : [`${place}: ${fault}`];
  });
}

/** Keys may share a name, and whoever did not mean it can still choose another. */
function describeTwins(name: string, keys: readonly KeyRow[], nowMs: number): string[] {
  const good = keys.filter((key) => key.name === name && keyStatusOf(key, nowMs) === "active");
  if (good.length === 0) return [];
  const shown = showList(good.map(({ id }) => id));
  return [`name: ${showText(name)} is also the name of ${shown}; commands now need the id of the key that is meant`];
}

function expectProject(scope: Scope, config: CloudConfig, name: string): void {
  const projects = config.projects.filter((project) => isInScope(scope, project.name));
  if (projects.some((project) => project.name === name)) return;
  throw new SahabError(
    "invalid_request",
    `project: ${showText(name)} does not exist; ${listInstead(
      name,
      projects.map((project) => project.name),
    )}`,
    { param: "project" },
  );
}
