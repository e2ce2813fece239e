import { createRoute, z } from "@hono/zod-openapi";
import type { Clock } from "../base/clock.ts";
import { SahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import { readConfig, type Snapshot } from "../config/index.ts";
import { isInScope, type ConversationRow, type MessageRow, type MessagesPut, type Store } from "../ledger/index.ts";
import * as schemas from "./conversation-schemas.ts";
import type { Actor } from "./access.ts";
import { failure, json, type AdminApp } from "./route-parts.ts";
import { printable } from "./schemas.ts";

/** Bounds of what people keep; each is far above what reading by eye can use. */
const conversationsMax = 5_000;
const bounds = { messagesMax: 2_000, bytesMax: 128 * 1024 * 1024, ownerBytesMax: 2 * 1024 ** 3 };
/** Of one page of messages; images come along. */
const pageBytesMax = 16 * 1024 * 1024;

const one = z.object({ id: printable(100) });
const oneMessage = one.extend({ message: printable(100) });

const dayMs = 24 * 3_600_000;

interface ConversationDeps {
  store: Store;
  snapshot(): Snapshot;
  clock: Clock;
}

/** What people keep of their conversations with models. Each sees their own alone, whatever else they may administer. */
export function addConversationRoutes(app: AdminApp, { store, clock, snapshot }: ConversationDeps): void {
  const daysMax = () => snapshot().console?.conversation_days;
  const encode = (row: ConversationRow) => encodeConversation(row, daysMax());
  /** A list is read often, and a prompt may be long. */
  const encodeListed = (row: ConversationRow) => {
    const { system: _, ...listed } = encode(row);
    return listed;
  };
  const readerOf = ({ id, scope }: Actor) => {
    const days = daysMax();
    return { owner: id, scope, unusedSinceMs: days === undefined ? undefined : clock.now() - days * dayMs };
  };
  const expectProject = async ({ scope }: Actor, project: string) => {
    const { projects } = await readConfig(store);
    if (isInScope(scope, project) && projects.some(({ name }) => name === project)) return;
    const known = projects.map(({ name }) => name).filter((name) => isInScope(scope, name));
    throw new SahabError(
      "invalid_request",
      `project: there is no project "${project}"; there are ${known.slice(0, 20).join(", ")}`,
      { param: "project" },
    );
  };
  const find = async (actor: Actor, id: string) => {
    const row = await store.findConversation(readerOf(actor), { id, nowMs: clock.now() });
    if (row) return row;
    throw noConversation(id);
  };

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/conversations",
      summary: "Your conversations, pinned ones first, then those that were used last; or a search in them",
      request: { query: schemas.conversationsQuerySchema },
      responses: { 200: json(schemas.conversationsSchema, "A page"), 400: failure },
    }),
    async (context) => {
      const { search = "", limit, cursor } = context.req.valid("query");
      const reader = readerOf(context.get("actor"));
      const listing = { limit, cursor, nowMs: clock.now() };
      if (search.trim() === "") {
        const { conversations, next } = await store.listConversations(reader, listing);
        return context.json({ conversations: conversations.map(encodeListed), next }, 200);
      }
      const { found, searched, next } = await store.searchConversations(reader, { ...listing, text: search });
      const conversations = found.map(({ conversation, excerpt }) => ({
        ...encodeListed(conversation),
        excerpt,
      }));
      return context.json({ conversations, searched, next }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/conversations",
      summary: "Begin a conversation",
      request: { body: { required: true, ...json(schemas.newConversationSchema, "What it is about, and who pays") } },
      responses: { 200: json(schemas.conversationSchema, "The conversation"), 400: failure, 409: failure },
    }),
    async (context) => {
      const actor = context.get("actor");
      const { keep_days: keepDays, pinned: isPinned, ...same } = context.req.valid("json");
      await expectProject(actor, same.project);
      const nowMs = clock.now();
      const id = newId("con", nowMs);
      const row = { ...same, id, owner: actor.id, createdMs: nowMs, keepDays, isPinned };
      if (!(await store.insertConversation(row, { conversationsMax })))
        throw new SahabError(
          "conflict",
          `There are ${conversationsMax} conversations, which is the limit for one person; delete some that you need no more`,
        );
      return context.json(encode(await find(actor, id)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/conversations",
      summary: "Delete all of your conversations",
      responses: { 200: json(z.object({ deleted: z.int() }), "How many there were") },
    }),
    async (context) => context.json({ deleted: await store.deleteConversations(readerOf(context.get("actor"))) }, 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/conversations/{id}",
      summary: "A conversation without its messages",
      request: { params: one },
      responses: { 200: json(schemas.conversationSchema, "The conversation"), 404: failure },
    }),
    async (context) => context.json(encode(await find(context.get("actor"), context.req.valid("param").id)), 200),
  );

  app.openapi(
    createRoute({
      method: "patch",
      path: "/admin/v1/conversations/{id}",
      summary: "Rename a conversation, pin it, or change how long it is kept and what it is asked with",
      request: { params: one, body: { required: true, ...json(schemas.conversationChangesSchema, "What changes") } },
      responses: { 200: json(schemas.conversationSchema, "As it is now"), 400: failure, 404: failure },
    }),
    async (context) => {
      const actor = context.get("actor");
      const { id } = context.req.valid("param");
      const { keep_days: keepDays, pinned: isPinned, ...same } = context.req.valid("json");
      if (same.project !== undefined) await expectProject(actor, same.project);
      const changes = {
        ...definedOf(same),
        ...(keepDays !== undefined && { keepDays }),
        ...(isPinned !== undefined && { isPinned }),
      };
      const changed = await store.changeConversation(readerOf(actor), { id, nowMs: clock.now() }, changes);
      if (!changed) throw noConversation(id);
      return context.json(encode(changed), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/conversations/{id}",
      summary: "Delete a conversation with its messages",
      request: { params: one },
      responses: { 200: json(z.object({ id: z.string() }), "Deleted"), 404: failure },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      if (!(await store.deleteConversation(readerOf(context.get("actor")), id))) throw noConversation(id);
      return context.json({ id }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/admin/v1/conversations/{id}/messages",
      summary: "Messages of a conversation, oldest first; their parents make them a tree",
      request: { params: one, query: schemas.messagesQuerySchema },
      responses: {
        200: json(schemas.messagesSchema, "A page; fewer than asked for where they are large"),
        400: failure,
        404: failure,
      },
    }),
    async (context) => {
      const { id } = context.req.valid("param");
      await find(context.get("actor"), id);
      const { limit, cursor } = context.req.valid("query");
      const page = await store.listMessages({ conversation: id, limit, cursor, bytesMax: pageBytesMax });
      return context.json({ messages: page.messages.map(encodeMessage), next: page.next }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/admin/v1/conversations/{id}/messages",
      summary: "Keep messages, all of them or none",
      request: { params: one, body: { required: true, ...json(schemas.newMessagesSchema, "The messages") } },
      responses: {
        200: json(schemas.conversationSchema, "The conversation"),
        400: failure,
        404: failure,
        409: failure,
      },
    }),
    async (context) => {
      const actor = context.get("actor");
      const { id } = context.req.valid("param");
      const nowMs = clock.now();
      const { messages } = context.req.valid("json");
      // One millisecond apart, so that they stay in this order.
      const rows = messages.map((message, at) => decodeMessage(message, nowMs + at));
      expectPut(await store.putMessages(readerOf(actor), { id, nowMs }, rows, bounds), id);
      return context.json(encode(await find(actor, id)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/admin/v1/conversations/{id}/messages/{message}",
      summary: "Delete a message and all that follow from it",
      request: { params: oneMessage },
      responses: { 200: json(z.object({ deleted: z.int() }), "How many were deleted"), 404: failure },
    }),
    async (context) => {
      const { id, message } = context.req.valid("param");
      const reader = readerOf(context.get("actor"));
      const deleted = await store.deleteMessage(reader, { id, message, nowMs: clock.now() });
      if (deleted === 0)
        throw new SahabError("not_found", `There is no message ${message} in a conversation ${id} of yours`);
      return context.json({ deleted }, 200);
    },
  );
}

function noConversation(id: string): SahabError {
  return new SahabError("not_found", `You have no conversation ${id}; it may have been deleted, or have expired`);
}

function expectPut(outcome: MessagesPut, id: string): void {
  switch (outcome) {
    case "put":
      return;
    case "none":
      throw noConversation(id);
    case "parent":
      throw new SahabError("invalid_request", "parent: expected a message of this conversation that came before", {
        param: "parent",
      });
    case "messages":
      throw new SahabError(
        "conflict",
        `The conversation has ${bounds.messagesMax} messages, which is the limit; begin a new one`,
      );
    case "bytes":
      throw new SahabError(
        "conflict",
        `The conversation would have more than ${bounds.bytesMax} bytes, which is the limit; begin a new one`,
      );
    case "owner bytes":
      throw new SahabError(
        "conflict",
        `Your conversations would have more than ${bounds.ownerBytesMax} bytes together, which is the limit; delete some that you need no more`,
      );
  }
}

function encodeConversation(
  row: ConversationRow,
  daysMax: number | undefined,
): z.infer<typeof schemas.conversationSchema> {
  const expiresMs = Math.min(
    row.expiresMs ?? Infinity,
    daysMax === undefined ? Infinity : row.updatedMs + daysMax * dayMs,
  );
  const { id, title, project, models, system, parameters, keepDays, isPinned, messages, bytes } = row;
  return {
    id,
    title,
    project,
    models: [...models],
    system,
    messages,
    bytes,
    parameters: { ...parameters },
    keep_days: keepDays as 1 | 7 | 30 | null,
    pinned: isPinned,
    created_at: new Date(row.createdMs).toISOString(),
    updated_at: new Date(row.updatedMs).toISOString(),
    expires_at: expiresMs === Infinity ? null : new Date(expiresMs).toISOString(),
  };
}

type NewMessage = z.infer<typeof schemas.newMessagesSchema>["messages"][number];

function decodeMessage(message: NewMessage, createdMs: number): MessageRow {
  const { id, parent, role, status, content, reasoning, ...details } = message;
  return { id, parent: parent ?? "", createdMs, role, status, content, reasoning, details };
}

/** One that could not be opened has no details. */
function encodeMessage(row: MessageRow): z.infer<typeof schemas.messageSchema> {
  const { id, parent, createdMs, role, status, content, reasoning, details } = row;
  const {
    model = null,
    request_id = null,
    usage = null,
    timings = null,
    error = null,
    finish = null,
  } = details as Partial<NewMessage>;
  return {
    id,
    content: [...content],
    reasoning,
    model,
    request_id,
    usage,
    timings,
    error,
    finish,
    parent: parent === "" ? null : parent,
    role: role as NewMessage["role"],
    status: status as NewMessage["status"],
    created_at: new Date(createdMs).toISOString(),
  };
}

/** An undefined field would replace what is there. */
function definedOf<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
