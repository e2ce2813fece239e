import { sql, type Kysely } from "kysely";
import { decodeUsageRow } from "../record/index.ts";
import type { RetentionStore } from "./retention-store.ts";
import type { SqlDriver } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";

export function createSqlRetention(db: Kysely<Tables>, driver: Pick<SqlDriver, "nowMs">): RetentionStore {
  return {
    async takeUpkeep(owner, leaseMs) {
      const nowMs = await driver.nowMs(db);
      const row = await db
        .updateTable("usage_upkeep")
        .set({ owner, lease_ms: nowMs + leaseMs })
        .where((on) => on.or([on("owner", "=", owner), on("lease_ms", "<", nowMs)]))
        .returning("records_from")
        .executeTakeFirst();
      return row && { recordsFromMs: row.records_from === null ? null : Number(row.records_from) };
    },

    async oldestUsageMs({ since, until }) {
      let query = db.selectFrom("usage").select("time").where("time", "<", until).orderBy("time").limit(1);
      if (since !== undefined) query = query.where("time", ">=", since);
      const row = await query.executeTakeFirst();
      return row && Number(row.time);
    },

    async readUsage({ since, until }, { limit, after }) {
      let query = db
        .selectFrom("usage")
        .selectAll()
        .where("time", ">=", after?.time ?? since)
        .where("time", "<", until)
        .orderBy("time")
        .orderBy("id")
        .limit(limit);
      if (after) query = query.where((on) => on.or([on("time", ">", after.time), on("id", ">", after.id)]));
      return (await query.execute()).map(decodeUsageRow);
    },

    async endRecordsBefore(timeMs) {
      await db
        .updateTable("usage_upkeep")
        .set({ records_from: timeMs })
        .where((on) => on.or([on("records_from", "is", null), on("records_from", "<", timeMs)]))
        .execute();
    },

    async deleteUsage(ids) {
      if (ids.length > 0) await sql`delete from usage where id in (${sql.join(ids)})`.execute(db);
    },
  };
}
