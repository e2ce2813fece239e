import type { Kysely, Selectable } from "kysely";
import type { SessionRow, SessionStore, SignInLink } from "./session-store.ts";
import type { Tables } from "./tables.ts";

/** Sessions and the links that begin them, in SQL for all databases. */
export function createSqlSessions(db: Kysely<Tables>): SessionStore {
  return {
    async insertSession(session, sessionsMax) {
      await db.transaction().execute(async (tx) => {
        await tx.insertInto("sessions").values(encodeSession(session)).execute();
        const kept = tx.selectFrom("sessions").select("id").orderBy("used_ms", "desc").orderBy("id", "desc");
        await tx.deleteFrom("sessions").where("id", "not in", kept.limit(sessionsMax)).execute();
      });
    },

    async findSessionsByHash(hashes) {
      const rows = await db.selectFrom("sessions").selectAll().where("hash", "in", hashes).execute();
      return rows.map(decodeSession);
    },

    async listSessions(keyId) {
      const rows = await db
        .selectFrom("sessions")
        .selectAll()
        .$if(keyId !== undefined, (query) => query.where("key_id", "=", keyId ?? ""))
        .orderBy("id", "desc")
        .execute();
      return rows.map(decodeSession);
    },

    async noteSessionUse(id, usedMs) {
      await db
        .updateTable("sessions")
        .set({ used_ms: usedMs })
        .where("id", "=", id)
        .where("used_ms", "<", usedMs)
        .execute();
    },

    async endSession(id) {
      const { numDeletedRows } = await db.deleteFrom("sessions").where("id", "=", id).executeTakeFirstOrThrow();
      return numDeletedRows > 0n;
    },

    endSessions(keyId) {
      return db.transaction().execute(async (tx) => {
        let [links, sessions] = [tx.deleteFrom("sign_in_links"), tx.deleteFrom("sessions")];
        if (keyId !== undefined) {
          links = links.where("key_id", "=", keyId);
          sessions = sessions.where("key_id", "=", keyId);
        }
        await links.execute();
        return Number((await sessions.executeTakeFirstOrThrow()).numDeletedRows);
      });
    },

    async insertSignInLink(link, linksMax) {
      await db.transaction().execute(async (tx) => {
        const row = encodeLink(link);
        await tx.insertInto("sign_in_links").values(row).execute();
        const kept = tx.selectFrom("sign_in_links").select("hash").orderBy("created_ms", "desc").orderBy("hash");
        await tx.deleteFrom("sign_in_links").where("hash", "not in", kept.limit(linksMax)).execute();
      });
    },

    async findSignInLinksByHash(hashes) {
      const rows = await db.selectFrom("sign_in_links").selectAll().where("hash", "in", hashes).execute();
      return rows.map(decodeLink);
    },

    async takeSignInLink(hash, nowMs) {
      const row = await db.deleteFrom("sign_in_links").where("hash", "=", hash).returningAll().executeTakeFirst();
      const link = row && decodeLink(row);
      return link && link.expiresMs > nowMs ? link : undefined;
    },

    async sweepSessions(nowMs, unusedSinceMs) {
      await db.deleteFrom("sign_in_links").where("expires_ms", "<=", nowMs).execute();
      await db
        .deleteFrom("sessions")
        .where((where) => where.or([where("expires_ms", "<=", nowMs), where("used_ms", "<=", unusedSinceMs)]))
        .execute();
    },
  };
}

function encodeSession(row: SessionRow) {
  return {
    id: row.id,
    hash: row.hash,
    key_id: row.keyId,
    key_hash: row.keyHash,
    signed_in_with: row.signedInWith,
    address: row.address,
    user_agent: row.userAgent,
    created_ms: row.createdMs,
    used_ms: row.usedMs,
    expires_ms: row.expiresMs,
  };
}

function decodeSession(row: Selectable<Tables["sessions"]>): SessionRow {
  return {
    id: row.id,
    hash: row.hash,
    keyId: row.key_id,
    keyHash: row.key_hash,
    signedInWith: row.signed_in_with === "link" ? "link" : "key",
    address: row.address,
    userAgent: row.user_agent,
    createdMs: Number(row.created_ms),
    usedMs: Number(row.used_ms),
    expiresMs: Number(row.expires_ms),
  };
}

function encodeLink(link: SignInLink) {
  return {
    hash: link.hash,
    key_id: link.keyId,
    key_hash: link.keyHash,
    created_ms: link.createdMs,
    expires_ms: link.expiresMs,
    session_expires_ms: link.sessionExpiresMs ?? null,
  };
}

function decodeLink(row: Selectable<Tables["sign_in_links"]>): SignInLink {
  return {
    hash: row.hash,
    keyId: row.key_id,
    keyHash: row.key_hash,
    createdMs: Number(row.created_ms),
    expiresMs: Number(row.expires_ms),
    sessionExpiresMs: row.session_expires_ms === null ? undefined : Number(row.session_expires_ms),
  };
}
