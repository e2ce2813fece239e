import { createRoute } from "@hono/zod-openapi";
import { hostname } from "node:os";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import type { Snapshot } from "../config/index.ts";
import { presentedKey } from "../http/index.ts";
import {
  addSignInLink,
  createSignInLink,
  endOfSession,
  hashKey,
  namesOfKeys,
  type KeyRing,
  type Sessions,
  type SessionRow,
  type Store,
} from "../ledger/index.ts";
import { actorOf, expectAdmin, type Access, type Actor } from "./access.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { csrfOf, expectSameOrigin, sessionCookie } from "./session-cookie.ts";
import * as schemas from "./session-schemas.ts";

export interface SessionDeps {
  store: Store;
  keys: KeyRing;
  sessions: Sessions;
  clock: Clock;
  version: string;
  snapshot(): Snapshot;
  /** Whether this server itself speaks TLS. */
  isTls: boolean;
}

/** Where one signs in: the only path that needs neither key nor session. */
export function isSignIn(method: string, path: string): boolean {
  return method === "POST" && path === "/admin/v1/session";
}

export function addSessionRoutes(app: AdminApp, deps: SessionDeps): void {
  const { store, sessions, clock } = deps;
  const server = { version: deps.version, name: hostname() };
  const timeOf = (ms: number) => new Date(ms).toISOString();
  const describe = ({ actor, session, csrf }: Pick<Access, "actor" | "session" | "csrf">) => ({
    actor: { name: actor.name, role: actor.role },
    csrf: csrf ?? null,
    expires_at: session ? timeOf(endOfSession(session)) : null,
    server,
    signed_in_with: session?.signedInWith ?? null,
    chat: describeChat(deps.snapshot()),
  });
  const cookieOf = (headers: Headers, token: string, lifeMs: number) =>
    sessionCookie(token, { headers, isTls: deps.isTls, lifeMs });

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/session",
      summary: "Sign in: sets the cookie of a session",
      security: [],
      request: { body: { required: true, ...json(schemas.signInSchema, "A key of role admin, or a link") } },
      responses: { 200: json(schemas.sessionSchema, "Signed in"), 400: failure, 401: failure, 403: failure },
    }),
    async (context) => {
      const { headers } = context.req.raw;
      // Otherwise another page could sign a visitor in as somebody else.
      expectSameOrigin(context.req.method, headers);
      const given = context.req.valid("json");
      const { address } = context.env;
      const signedInWith = "link" in given ? "link" : "key";
      const { keyHash, sessionExpiresMs: expiresMs } =
        "link" in given
          ? await sessions.takeLink(given.link)
          : { keyHash: hashKey(readKey(given.key)), sessionExpiresMs: undefined };
      const caller = expectAdmin(await deps.keys.authenticateHash(keyHash, address));
      const userAgent = headers.get("user-agent") ?? "";
      const key = { keyId: caller.keyId, keyHash };
      const { token, session } = await sessions.begin(key, { signedInWith, address, userAgent, expiresMs });
      const csrf = csrfOf(token);
      const actor = actorOf(caller);
      context.set("access", { caller, actor, keyHash, session, csrf });
      context.set("caller", caller);
      context.set("actor", actor);
      context.header("set-cookie", cookieOf(headers, token, session.expiresMs - session.createdMs));
      return context.json(describe({ actor, session, csrf }), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/session",
      summary: "Who is signed in",
      responses: { 200: json(schemas.sessionSchema, "The session, or what stands for it"), 401: failure },
    }),
    (context) => context.json(describe(context.get("access")), 200),
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/session",
      summary: "Sign out here",
      responses: { 200: json(schemas.endedSchema, "The session is over"), 400: failure },
    }),
    async (context) => {
      const { session } = context.get("access");
      if (!session)
        throw new SahabError("invalid_request", "This request came with a key, and there is no session to end");
      const ended = await store.endSession(session.id);
      context.header("set-cookie", cookieOf(context.req.raw.headers, "", 0));
      return context.json({ ended: Number(ended) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/sessions",
      summary: "Sessions that may be seen, the newest first",
      responses: { 200: json(schemas.sessionsSchema, "Those that are not over") },
    }),
    async (context) => {
      const nowMs = clock.now();
      const rows = (await store.listSessions(ownOnly(context.get("actor")))).filter((row) => endOfSession(row) > nowMs);
      const names = await namesOfKeys(store, context.get("actor").scope, new Set(rows.map(({ keyId }) => keyId)));
      const current = context.get("access").session?.id;
      const encode = (row: SessionRow) => ({
        id: row.id,
        actor: { name: names.get(row.keyId) ?? row.keyId, role: "admin" as const },
        signed_in_with: row.signedInWith,
        address: row.address,
        user_agent: row.userAgent,
        created_at: timeOf(row.createdMs),
        last_used_at: timeOf(row.usedMs),
        expires_at: timeOf(endOfSession(row)),
        is_current: row.id === current,
      });
      return context.json({ sessions: rows.map(encode) }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/sessions",
      summary: "Sign out everywhere: end the sessions of one's own key, or all of them; this one too",
      description: "Links that have not been used are no longer good then either.",
      request: { query: schemas.endSessionsQuery },
      responses: { 200: json(schemas.endedSchema, "How many there were"), 403: failure },
    }),
    async (context) => {
      const actor = context.get("actor");
      const isForAll = context.req.valid("query").all === "1";
      if (isForAll && ownOnly(actor) !== undefined)
        throw new SahabError("forbidden", "Only who may see all projects may end the sessions of others");
      const ended = await store.endSessions(isForAll ? undefined : actor.keyId);
      context.header("set-cookie", cookieOf(context.req.raw.headers, "", 0));
      return context.json({ ended }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/sessions/{id}",
      summary: "End a session",
      request: { params: schemas.sessionIdParam },
      responses: { 200: json(schemas.endedSchema, "It is over"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      const own = ownOnly(context.get("actor"));
      const isSeen = own === undefined || (await store.listSessions(own)).some((row) => row.id === id);
      if (!isSeen || !(await store.endSession(id))) throw new SahabError("not_found", `There is no session ${id}`);
      return context.json({ ended: 1 }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/sign-in-links",
      summary: "Make a link that signs in once, within ten minutes, as whoever makes it",
      responses: { 200: json(schemas.signInLinkSchema, "Shown this once") },
    }),
    async (context) => {
      const { caller, keyHash, session } = context.get("access");
      const key = { keyId: caller.keyId, keyHash };
      const { token, link } = createSignInLink(key, { nowMs: clock.now(), by: session });
      await addSignInLink(store, link);
      return context.json({ link: token, expires_at: timeOf(link.expiresMs) }, 200);
    },
  );
}

function describeChat({ console }: Snapshot) {
  return { ai_label: console?.ai_label ?? false, conversation_days: console?.conversation_days ?? null };
}

/** The key whose sessions alone the actor may see and end; undefined for who may see all. */
function ownOnly({ scope, keyId }: Actor): string | undefined {
  return scope.projects === undefined ? undefined : keyId;
}

/** As it is read from a header: what is pasted has spaces, quotes or `Bearer` around it. Throws `invalid_api_key` where there is no key in it. */
function readKey(text: string): string {
  const key = presentedKey({ get: (name) => (name === "authorization" ? text : null) });
  if (key === undefined) throw new SahabError("invalid_api_key", "No key can be read in what was given");
  return key;
}
