import { sql, type Kysely } from "kysely";
import type { AlertStore } from "./alert-store.ts";
import type { SqlDriver } from "./sql-driver.ts";
import type { Tables } from "./tables.ts";

/** Alerts and their deliveries, in SQL for all databases. */
export function createSqlAlerts(db: Kysely<Tables>, driver: Pick<SqlDriver, "nowMs">): AlertStore {
  return {
    async raiseAlert({ id, meterId, percent, limit, endMs, body }, hooks, waitingMax) {
      const nowMs = await driver.nowMs(db);
      return db.transaction().execute(async (tx) => {
        const added = await tx
          .insertInto("alerts")
          .values({ id, meter_id: meterId, percent, bound: limit, end_ms: endMs, created_ms: nowMs, body })
          .onConflict((conflict) => conflict.columns(["meter_id", "percent", "bound"]).doNothing())
          .executeTakeFirst();
        if ((added.numInsertedOrUpdatedRows ?? 0n) === 0n) return { isFirst: false, isQueued: false };
        if (hooks.length === 0) return { isFirst: true, isQueued: true };
        const { count } = await tx
          .selectFrom("alert_deliveries")
          .select(({ fn }) => fn.countAll().as("count"))
          .executeTakeFirstOrThrow();
        if (Number(count) + hooks.length > waitingMax) return { isFirst: true, isQueued: false };
        const row = { alert_id: id, tries: 0, due_ms: nowMs, owner: "", lease_ms: 0 };
        await tx
          .insertInto("alert_deliveries")
          .values(hooks.map((hook) => ({ ...row, hook })))
          .execute();
        return { isFirst: true, isQueued: true };
      });
    },

    async claimDeliveries({ owner, leaseMs, countMax }) {
      const nowMs = await driver.nowMs(db);
      // Looked at first: where nothing is due, as nearly always, nothing is written.
      const due = await db
        .selectFrom("alert_deliveries")
        .select(["alert_id", "hook"])
        .where("due_ms", "<=", nowMs)
        .where("lease_ms", "<=", nowMs)
        .orderBy("due_ms")
        .limit(countMax)
        .execute();
      const claimed: { alert_id: string; hook: string; tries: number }[] = [];
      for (const { alert_id: id, hook } of due) {
        const row = await db
          .updateTable("alert_deliveries")
          .set({ owner, lease_ms: nowMs + leaseMs, tries: sql<number>`tries + 1` })
          .where("alert_id", "=", id)
          .where("hook", "=", hook)
          // Another process may have taken it meanwhile.
          .where("due_ms", "<=", nowMs)
          .where("lease_ms", "<=", nowMs)
          .returning(["alert_id", "hook", "tries"])
          .executeTakeFirst();
        if (row) claimed.push({ ...row, tries: Number(row.tries) });
      }
      if (claimed.length === 0) return [];
      const alerts = await db
        .selectFrom("alerts")
        .select(["id", "body", "created_ms"])
        .where("id", "in", [...new Set(claimed.map(({ alert_id: id }) => id))])
        .execute();
      const byId = new Map(alerts.map((alert) => [alert.id, alert]));
      return claimed.flatMap(({ alert_id: id, hook, tries }) => {
        const alert = byId.get(id);
        return alert ? [{ id, hook, tries: tries - 1, body: alert.body, createdMs: Number(alert.created_ms) }] : [];
      });
    },

    async endDelivery({ id, hook }, owner) {
      await db
        .deleteFrom("alert_deliveries")
        .where("alert_id", "=", id)
        .where("hook", "=", hook)
        .where("owner", "=", owner)
        .execute();
    },

    async deferDelivery({ id, hook }, owner, pauseMs) {
      const nowMs = await driver.nowMs(db);
      await db
        .updateTable("alert_deliveries")
        .set({ due_ms: nowMs + pauseMs, owner: "", lease_ms: 0 })
        .where("alert_id", "=", id)
        .where("hook", "=", hook)
        .where("owner", "=", owner)
        .execute();
    },

    async sweepAlerts(endedBeforeMs) {
      return db.transaction().execute(async (tx) => {
        const row = await tx.deleteFrom("alerts").where("end_ms", "<", endedBeforeMs).executeTakeFirst();
        await tx
          .deleteFrom("alert_deliveries")
          .where("alert_id", "not in", tx.selectFrom("alerts").select("id"))
          .execute();
        return Number(row.numDeletedRows);
      });
    },
  };
}
