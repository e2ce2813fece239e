import { sql, type ExpressionBuilder, type Kysely, type Selectable } from "kysely";
import { SahabError } from "../../base/errors.ts";
import { createKeySealer, type Sealer } from "../../base/seal.ts";
import type {
  ConversationKey,
  ConversationReader,
  ConversationRow,
  ConversationStore,
  MessageBounds,
  MessagesPut,
} from "./conversation-store.ts";
import { findRootOwner, ownersGone } from "./conversation-owners.ts";
import { openDataKey } from "./data-keys.ts";
import { headBytes, openConversation, openMessage, rowBytes, sealHead, sealMessage } from "./seal-conversation.ts";
import { searchConversations } from "./search-conversations.ts";
import type { SqlDriver } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";

const keyName = "conversations";
const dayMs = 86_400_000;
/** Those of one call have few enough messages that others wait some ten milliseconds for them. */
const sweptAtOnce = 50;
/** Of one sweep; the next one is a minute later. */
const sweptMax = 1_000;
/** Kept for so long after its owner's last key has ended: an expiry may be put off. */
const ownerlessMs = 30 * dayMs;

/** Conversations in SQL for all databases. `forgetConversationKey` is to be called when the data key was deleted. */
export function createSqlConversations(
  db: Kysely<Tables>,
  sealer: Sealer,
  { driver }: { driver: Pick<SqlDriver, "lock"> },
): { conversations: ConversationStore; forgetConversationKey: () => void } {
  let opening: Promise<Sealer> | undefined;
  /** Its key is made when the first conversation is kept. */
  const rowSealer = () =>
    (opening ??= openDataKey(db, sealer, keyName)
      .then(createKeySealer)
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      }));

  const own = async (reader: ConversationReader) => ({ ...reader, owner: await findRootOwner(db, reader.owner) });
  const find = async (from: Kysely<Tables>, reader: ConversationReader, { id, nowMs }: ConversationKey) => {
    const row = await ofReader(from, reader, nowMs).where("id", "=", id).executeTakeFirst();
    return row && openConversation(row, await rowSealer());
  };

  const conversations: ConversationStore = {
    async insertConversation(given, { conversationsMax }) {
      const row = { ...given, owner: await findRootOwner(db, given.owner) };
      const head = sealHead(row, await rowSealer());
      const { id, owner, project, createdMs, keepDays, isPinned } = row;
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that SQLite takes its write lock before anything is counted.
        await tx
          .insertInto("conversations")
          .values({
            id,
            owner,
            project,
            head,
            messages: 0,
            bytes: headBytes(head),
            keep_days: keepDays,
            pinned: isPinned ? 1 : 0,
            created_ms: createdMs,
            updated_ms: createdMs,
            expires_ms: expiryOf(createdMs, keepDays),
          })
          .execute();
        await driver.lock(tx, `conversations ${owner}`);
        const { count } = await tx
          .selectFrom("conversations")
          .select(({ fn }) => fn.countAll().as("count"))
          .where("owner", "=", owner)
          .executeTakeFirstOrThrow();
        const isBeyond = Number(count) > conversationsMax;
        if (isBeyond) await tx.deleteFrom("conversations").where("id", "=", id).execute();
        return !isBeyond;
      });
    },

    findConversation: async (reader, key) => find(db, await own(reader), key),

    async listConversations(reader, { limit, cursor, nowMs }) {
      let query = ofReader(db, await own(reader), nowMs)
        .orderBy("pinned", "desc")
        .orderBy("updated_ms", "desc")
        .orderBy("id", "desc")
        .limit(limit + 1);
      if (cursor !== undefined) {
        const [pinned, updatedMs, id] = parseCursor(cursor);
        query = query.where(sql<boolean>`(pinned, updated_ms, id) < (${pinned}, ${updatedMs}, ${id})`);
      }
      const rows = await query.execute();
      const page = rows.slice(0, limit);
      return {
        conversations: await openAll(page, rowSealer),
        next: rows.length > limit ? cursorOf(page.at(-1)) : null,
      };
    },

    async searchConversations(given, search) {
      const reader = await own(given);
      const from = search.cursor === undefined ? undefined : parseCursor(search.cursor);
      const after = from && { updatedMs: from[1], id: from[2] };
      const read = (last: typeof after, limit: number) => {
        const all = ofReader(db, reader, search.nowMs).orderBy("updated_ms", "desc").orderBy("id", "desc").limit(limit);
        const rest = last ? all.where(sql<boolean>`(updated_ms, id) < (${last.updatedMs}, ${last.id})`) : all;
        return rest.execute();
      };
      return searchConversations({ db, sealer: await rowSealer(), read, cursorOf }, search, after);
    },

    async changeConversation(given, key, changes) {
      const reader = await own(given);
      const open = await rowSealer();
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that nobody else changes it in between.
        await tx
          .updateTable("conversations")
          .set({ id: key.id })
          .where("id", "=", key.id)
          .where("owner", "=", reader.owner)
          .execute();
        const found = await find(tx, reader, key);
        if (!found) return undefined;
        const next = { ...found, ...changes };
        next.expiresMs = expiryOf(next.updatedMs, next.keepDays);
        const head = sealHead(next, open);
        next.bytes += headBytes(head) - headBytes(sealHead(found, open));
        await tx
          .updateTable("conversations")
          .set({
            project: next.project,
            keep_days: next.keepDays,
            expires_ms: next.expiresMs,
            pinned: next.isPinned ? 1 : 0,
            head,
            bytes: next.bytes,
          })
          .where("id", "=", key.id)
          .execute();
        return next;
      });
    },

    async deleteConversation(reader, id) {
      const row = await db
        .deleteFrom("conversations")
        .where(isOf(await own(reader)))
        .where("id", "=", id)
        .executeTakeFirst();
      return row.numDeletedRows > 0n;
    },

    async deleteConversations(reader) {
      const mine = isOf(await own(reader));
      const row = await db.deleteFrom("conversations").where(mine).executeTakeFirst();
      return Number(row.numDeletedRows);
    },

    async putMessages(given, key, messages, bounds) {
      const reader = await own(given);
      const open = await rowSealer();
      const rows = messages.map((message) => sealMessage(key.id, message, open));
      try {
        return await db.transaction().execute(async (tx) => {
          const found = await use(tx, reader, key);
          if (!found) return "none" as const;
          for (const row of rows) {
            if (row.parent !== "" && !(await hasMessage(tx, key.id, row.parent))) throw new NotPut("parent");
            const { role, status, bytes, body, media } = row;
            await tx
              .insertInto("conversation_messages")
              .values(row)
              .onConflict((conflict) =>
                conflict.columns(["conversation", "id"]).doUpdateSet({ role, status, bytes, body, media }),
              )
              .execute();
          }
          await count(tx, key.id);
          const bound = await findBound(tx, reader.owner, key.id, bounds);
          if (bound) throw new NotPut(bound);
          return "put" as const;
        });
      } catch (error) {
        if (error instanceof NotPut) return error.reason;
        throw error;
      }
    },

    async listMessages({ conversation, limit, cursor, bytesMax }) {
      let query = db
        .selectFrom("conversation_messages")
        .select(["id", "created_ms", "bytes"])
        .where("conversation", "=", conversation)
        .orderBy("created_ms")
        .orderBy("id")
        .limit(limit + 1);
      if (cursor !== undefined) {
        const [, createdMs, id] = parseCursor(cursor);
        query = query.where(sql<boolean>`(created_ms, id) > (${createdMs}, ${id})`);
      }
      const heads = await query.execute();
      let bytes = 0;
      const fitting = heads.slice(0, limit).filter((head, at) => (bytes += Number(head.bytes)) <= bytesMax || at === 0);
      const ids = fitting.map(({ id }) => id);
      if (ids.length === 0) return { messages: [], next: null };
      const rows = await db
        .selectFrom("conversation_messages")
        .selectAll()
        .where("conversation", "=", conversation)
        .where("id", "in", ids)
        .orderBy("created_ms")
        .orderBy("id")
        .execute();
      const open = await rowSealer();
      const last = fitting.at(-1);
      const next = last && fitting.length < heads.length ? `0-${Number(last.created_ms)}-${last.id}` : null;
      return { messages: rows.map((row) => openMessage(row, open)), next };
    },

    async deleteMessage(given, { message, ...key }) {
      const reader = await own(given);
      return db.transaction().execute(async (tx) => {
        if (!(await use(tx, reader, key))) return 0;
        const { numAffectedRows } = await sql`
          with recursive branch(id) as (
            select id from conversation_messages where conversation = ${key.id} and id = ${message}
            union
            select one.id from conversation_messages as one join branch on one.parent = branch.id
            where one.conversation = ${key.id}
          )
          delete from conversation_messages where conversation = ${key.id} and id in (select id from branch)`.execute(
          tx,
        );
        await count(tx, key.id);
        return Number(numAffectedRows ?? 0);
      });
    },

    async sweepConversations(nowMs, unusedSinceMs) {
      const unused = db
        .selectFrom("conversations")
        .select("id")
        .where("updated_ms", "<=", unusedSinceMs ?? 0);
      const expired = db.selectFrom("conversations").select("id").where("expires_ms", "<=", nowMs);
      const ownerless = db
        .selectFrom("conversations")
        .select("id")
        .where("owner", "in", ownersGone(nowMs - ownerlessMs));
      let deleted = 0;
      for (const which of [expired, ownerless, ...(unusedSinceMs === undefined ? [] : [unused])])
        for (let last = sweptAtOnce; last === sweptAtOnce && deleted < sweptMax; deleted += last) {
          const some = which.limit(sweptAtOnce);
          const row = await db.deleteFrom("conversations").where("id", "in", some).executeTakeFirst();
          last = Number(row.numDeletedRows);
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
      return deleted;
    },
  };
  return { conversations, forgetConversationKey: () => (opening = undefined) };
}

/** Ends a transaction in which messages cannot be put. */
class NotPut extends Error {
  readonly reason: Exclude<MessagesPut, "put">;

  constructor(reason: Exclude<MessagesPut, "put">) {
    super(reason);
    this.reason = reason;
  }
}

function expiryOf(usedMs: number, keepDays: number | null): number | null {
  return keepDays === null ? null : usedMs + keepDays * dayMs;
}

/** A condition: what is the reader's. */
function isOf({ owner, scope: { projects }, unusedSinceMs }: ConversationReader) {
  return (on: ExpressionBuilder<Tables, "conversations">) => {
    // An empty list is no SQL.
    if (projects?.length === 0) return on(sql`1`, "=", 0);
    return on.and([
      on("owner", "=", owner),
      ...(projects === undefined ? [] : [on("project", "in", projects)]),
      ...(unusedSinceMs === undefined ? [] : [on("updated_ms", ">", unusedSinceMs)]),
    ]);
  };
}

/** A condition: what has not expired. */
function isThere(nowMs: number) {
  return (on: ExpressionBuilder<Tables, "conversations">) =>
    on.or([on("expires_ms", "is", null), on("expires_ms", ">", nowMs)]);
}

function ofReader(db: Kysely<Tables>, reader: ConversationReader, nowMs: number) {
  return db.selectFrom("conversations").selectAll().where(isOf(reader)).where(isThere(nowMs));
}

async function openAll(
  rows: Selectable<Tables["conversations"]>[],
  rowSealer: () => Promise<Sealer>,
): Promise<ConversationRow[]> {
  if (rows.length === 0) return [];
  const open = await rowSealer();
  return rows.flatMap((row) => openConversation(row, open) ?? []);
}

/** Notes a use of the conversation, so that its expiry begins anew; false where the reader has none of this id. */
async function use(tx: Kysely<Tables>, reader: ConversationReader, { id, nowMs }: ConversationKey) {
  const row = await tx
    .updateTable("conversations")
    .set({
      updated_ms: nowMs,
      expires_ms: sql<
        number | null
      >`case when keep_days is null then null else cast(${nowMs} as bigint) + keep_days * cast(${dayMs} as bigint) end`,
    })
    .where("id", "=", id)
    .where(isOf(reader))
    .where(isThere(nowMs))
    .executeTakeFirst();
  return row.numUpdatedRows > 0n;
}

async function hasMessage(tx: Kysely<Tables>, conversation: string, id: string): Promise<boolean> {
  const row = await tx
    .selectFrom("conversation_messages")
    .select("id")
    .where("conversation", "=", conversation)
    .where("id", "=", id)
    .executeTakeFirst();
  return row !== undefined;
}

async function count(tx: Kysely<Tables>, conversation: string): Promise<void> {
  const of = sql`from conversation_messages where conversation = ${conversation}`;
  await tx
    .updateTable("conversations")
    .set({
      messages: sql<number>`(select count(*) ${of})`,
      bytes: sql<number>`${rowBytes} + length(head) + (select coalesce(sum(bytes), 0) ${of})`,
    })
    .where("id", "=", conversation)
    .execute();
}

async function findBound(
  tx: Kysely<Tables>,
  owner: string,
  id: string,
  { messagesMax, bytesMax, ownerBytesMax }: MessageBounds,
): Promise<"messages" | "bytes" | "owner bytes" | undefined> {
  const one = await tx
    .selectFrom("conversations")
    .select(["messages", "bytes"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  if (Number(one.messages) > messagesMax) return "messages";
  if (Number(one.bytes) > bytesMax) return "bytes";
  const all = await tx
    .selectFrom("conversations")
    .select(({ fn }) => fn.sum("bytes").as("bytes"))
    .where("owner", "=", owner)
    .executeTakeFirstOrThrow();
  return Number(all.bytes ?? 0) > ownerBytesMax ? "owner bytes" : undefined;
}

function cursorOf(row: Pick<Selectable<Tables["conversations"]>, "pinned" | "updated_ms" | "id"> | undefined) {
  return row ? `${Number(row.pinned)}-${Number(row.updated_ms)}-${row.id}` : null;
}

function parseCursor(cursor: string): [number, number, string] {
  const found = /^([01])-(\d{1,16})-(.+)$/.exec(cursor);
  if (!found)
    throw new SahabError("invalid_request", "cursor: expected the `next` of the page before", { param: "cursor" });
  const [, pinned = "", timeMs = "", id = ""] = found;
  return [Number(pinned), Number(timeMs), id];
}
