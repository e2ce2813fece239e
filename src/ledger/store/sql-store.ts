import { sql, type Kysely, type Dialect, type Insertable, type Selectable } from "kysely";
import { assert } from "../../base/assert.ts";
import type { Sealer } from "../../base/seal.ts";
import type { Integer } from "../record/index.ts";
import { addToRollups } from "./add-to-rollups.ts";
import { findUsage } from "./find-usage.ts";
import { listUsage } from "./list-usage.ts";
import { withinScope } from "./within-scope.ts";
import type { SqlDriver } from "./sql-driver.ts";
import { metersLock, moveMeters } from "./move-meters.ts";
import { RepeatingKysely } from "./repeating-kysely.ts";
import { resealDataKeys } from "./data-keys.ts";
import { createSqlBatches } from "./sql-batches.ts";
import { createSqlFiles, FileSealer } from "./sql-files.ts";
import { createSqlConversations } from "./sql-conversations.ts";
import { createSqlAlerts } from "./sql-alerts.ts";
import { createSqlAccounts } from "./sql-accounts.ts";
import { createSqlRetention } from "./sql-retention.ts";
import { createSqlSessions } from "./sql-sessions.ts";
import { createSqlKept, forgetKept } from "./sql-kept.ts";
import { createUsageJson } from "./usage-json.ts";
import type { KeyChanges, KeyRow, OpenStore, Resource } from "./store.ts";
import type { Tables } from "./tables.ts";

/** Five parameters a row: far below what one statement may have. */
const rowsPerStatement = 500;
/**
 * The store in SQL that SQLite and PostgreSQL both understand; `driver` has what they do differently. The tables are up to date. `machine` names
 * this machine among those that share the database; empty where none does.
 */
export function openSqlStore(
  dialect: Dialect,
  sealer: Sealer,
  { driver, machine }: { driver: SqlDriver; machine: string },
): OpenStore {
  const db = new RepeatingKysely({ dialect });

  const bumpVersion = (tx: Kysely<Tables>) =>
    tx
      .updateTable("state")
      .set({ version: sql<number>`version + 1` })
      .where("id", "=", 1)
      .execute();

  const { kept, forgetDataKey } = createSqlKept(db, sealer, { machine });
  const { conversations, forgetConversationKey } = createSqlConversations(db, sealer, { driver });
  const fileSealer = new FileSealer(db, sealer);

  const store: Omit<OpenStore, "listUsageJson" | "sumUsageJson"> = {
    ...kept,
    ...conversations,
    ...createSqlFiles(db, fileSealer, { driver, machine }),
    ...createSqlBatches(db, fileSealer, { driver, machine }),
    ...createSqlAccounts(db, driver),
    ...createSqlAlerts(db, driver),
    ...createSqlRetention(db, driver),
    ...createSqlSessions(db),

    async version() {
      const row = await db.selectFrom("state").select("version").executeTakeFirstOrThrow();
      return Number(row.version);
    },

    async readResources() {
      const rows = await db.selectFrom("resources").selectAll().orderBy("kind").orderBy("position").execute();
      return rows.map((row) => decodeResource(row, sealer));
    },

    async writeResources(resources, expectedVersion) {
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that SQLite takes its write lock before anything is read.
        const moved = await tx
          .updateTable("state")
          .set({ version: sql<number>`version + 1` })
          .where("version", "=", expectedVersion)
          .executeTakeFirst();
        if (moved.numUpdatedRows === 0n) return false;
        await tx.deleteFrom("resources").execute();
        const rows = resources.map((resource) => encodeResource(resource, sealer));
        for (let at = 0; at < rows.length; at += rowsPerStatement)
          await tx
            .insertInto("resources")
            .values(rows.slice(at, at + rowsPerStatement))
            .execute();
        return true;
      });
    },

    async resealSecrets() {
      return db.transaction().execute(async (tx) => {
        // A process that has read the configuration before must not write it back, sealed with the old key.
        await bumpVersion(tx);
        const rows = await tx.selectFrom("resources").selectAll().where("secret", "is not", null).execute();
        for (const row of rows) {
          const { kind, name, secret } = encodeResource(decodeResource(row, sealer), sealer);
          await tx.updateTable("resources").set({ secret }).where("kind", "=", kind).where("name", "=", name).execute();
        }
        await resealDataKeys(tx, sealer);
        return rows.length;
      });
    },

    async forgetSecrets() {
      return db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        const rows = await tx
          .selectFrom("resources")
          .select(["kind", "name"])
          .where("secret", "is not", null)
          .execute();
        await tx.updateTable("resources").set({ secret: null }).execute();
        await forgetKept(tx);
        forgetDataKey();
        forgetConversationKey();
        fileSealer.forget();
        return rows;
      });
    },

    async insertKey(key) {
      await db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        await tx.insertInto("keys").values(encodeKey(key)).execute();
      });
    },

    async findKeysByHash(hashes) {
      const rows = await db.selectFrom("keys").selectAll().where("hash", "in", hashes).execute();
      return rows.map(decodeKey);
    },

    async listKeys(scope) {
      const rows = await db.selectFrom("keys").selectAll().where(withinScope(scope)).orderBy("id").execute();
      return rows.map(decodeKey);
    },

    async findKey(scope, id) {
      const found = db.selectFrom("keys").selectAll().where("id", "=", id).where(withinScope(scope));
      const row = await found.executeTakeFirst();
      return row && decodeKey(row);
    },

    async updateKey(id, changes) {
      return db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        const row = await tx
          .updateTable("keys")
          // A statement must set something.
          .set({ id, ...encodeKeyChanges(changes) })
          .where("id", "=", id)
          .executeTakeFirst();
        return row.numUpdatedRows > 0n;
      });
    },

    async replaceKey(id, next, expiresMs, { isByOther }) {
      return db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        const row = await tx
          .updateTable("keys")
          .set({
            expires_ms: sql<number>`case when expires_ms is null or expires_ms > ${expiresMs} then ${expiresMs} else expires_ms end`,
            replaced_by: next.id,
            replaced_by_other: isByOther ? 1 : null,
          })
          .where("id", "=", id)
          .where("revoked_ms", "is", null)
          .executeTakeFirst();
        if (row.numUpdatedRows === 0n) return false;
        const bounds = await tx
          .selectFrom("keys")
          .select(["models", "addresses"])
          .where("id", "=", id)
          .executeTakeFirst();
        await tx
          .insertInto("keys")
          .values({ ...encodeKey(next), ...bounds })
          .execute();
        return true;
      });
    },

    async noteKeyUses(uses) {
      await db.transaction().execute(async (tx) => {
        // In one order everywhere, so that transactions of several machines do not wait for each other in a circle.
        for (const { id, usedMs } of uses.toSorted((one, other) => (one.id < other.id ? -1 : 1)))
          await tx
            .updateTable("keys")
            .set({ used_ms: usedMs })
            .where("id", "=", id)
            .where((on) => on.or([on("used_ms", "is", null), on("used_ms", "<", usedMs)]))
            .execute();
      });
    },

    async revokeKey(id, timeMs) {
      return db.transaction().execute(async (tx) => {
        await bumpVersion(tx);
        const row = await tx
          .updateTable("keys")
          .set({ revoked_ms: sql<number>`coalesce(revoked_ms, ${timeMs})` })
          .where("id", "=", id)
          .executeTakeFirst();
        return row.numUpdatedRows > 0n;
      });
    },

    async insertUsage(rows, holder) {
      if (rows.length === 0) return 0;
      return db.transaction().execute(async (tx) => {
        await driver.lock(tx, metersLock, "shared");
        const added = await driver.insertUsage(tx, rows);
        assert(added.length <= rows.length, "at most one row is added for each record");
        if (added.length === 0) return 0;
        await moveMeters(tx, added, holder);
        await addToRollups(tx, added);
        return added.length;
      });
    },

    listUsage: (scope, listing) => listUsage(db, { ...listing, scope }, { tags: driver.tags }),

    findUsage: (scope, idStart, limit) => findUsage(db, scope, { idStart, limit }),

    sumUsage: (scope, query, { signal } = {}) => driver.sumUsage(db, { ...query, scope }, signal),

    async close() {
      await db.destroy();
      await driver.close?.();
    },
  };
  return { ...store, ...createUsageJson(store) };
}

function encodeResource(resource: Resource, sealer: Sealer): Insertable<Tables["resources"]> {
  const { kind, name, position, spec, secret, managedBy } = resource;
  return {
    kind,
    name,
    position,
    spec: JSON.stringify(spec),
    secret: secret === null ? null : sealer.seal(JSON.stringify(secret), secretContext(kind, name)),
    managed_by: managedBy ?? null,
  };
}

function decodeResource(row: Selectable<Tables["resources"]>, sealer: Sealer): Resource {
  const { kind, name, position, spec, secret, managed_by: managedBy } = row;
  return {
    kind,
    name,
    position: Number(position),
    spec: JSON.parse(spec) as object,
    secret: secret === null ? null : (JSON.parse(sealer.open(secret, secretContext(kind, name))) as object),
    ...(managedBy !== null && { managedBy }),
  };
}

/** Existing data folders have the secrets of providers sealed under the singular. */
function secretContext(kind: string, name: string): string {
  return `${kind === "providers" ? "provider" : kind}:${name}`;
}

function encodeKey(key: KeyRow): Insertable<Tables["keys"]> {
  const { createdMs, expiresMs, revokedMs, usedMs, replacedBy, models, addresses, ...same } = key;
  return {
    ...same,
    created_ms: createdMs,
    expires_ms: expiresMs,
    revoked_ms: revokedMs,
    used_ms: usedMs,
    replaced_by: replacedBy,
    models: encodeList(models),
    addresses: encodeList(addresses),
  };
}

function encodeKeyChanges({ name, expiresMs, revokedMs, models, addresses, terms }: KeyChanges) {
  return {
    ...(name !== undefined && { name }),
    ...(expiresMs !== undefined && { expires_ms: expiresMs }),
    ...(revokedMs !== undefined && { revoked_ms: revokedMs }),
    ...(terms !== undefined && { terms }),
    ...(models !== undefined && { models: encodeList(models) }),
    ...(addresses !== undefined && { addresses: encodeList(addresses) }),
  };
}

function decodeKey(row: Selectable<Tables["keys"]>): KeyRow {
  const {
    created_ms,
    expires_ms,
    revoked_ms,
    used_ms,
    replaced_by: replacedBy,
    replaced_by_other: _,
    role,
    models,
    addresses,
    ...same
  } = row;
  return {
    ...same,
    // A role of a later version may do nothing that this one knows of.
    role: role === "user" || role === "admin" ? role : "metrics",
    models: decodeList(models),
    addresses: decodeList(addresses),
    usedMs: optionalNumber(used_ms),
    replacedBy,
    createdMs: Number(created_ms),
    expiresMs: optionalNumber(expires_ms),
    revokedMs: optionalNumber(revoked_ms),
  };
}

const encodeList = (list: readonly string[] | null) => (list === null ? null : JSON.stringify(list));
const decodeList = (text: string | null) => (text === null ? null : (JSON.parse(text) as string[]));

function optionalNumber(value: Integer | null): number | null {
  return value === null ? null : Number(value);
}
