import { sql, type Kysely, type Selectable } from "kysely";
import type { Sealer } from "../../base/seal.ts";
import { batchStatuses, type BatchRow, type BatchStatus, type BatchStore, type NewBatch } from "./batch-store.ts";
import { isUnfinished } from "./migrations.ts";
import type { SqlDriver } from "./sql-driver.ts";
import { encodeFile, type FileSealer } from "./sql-files.ts";
import type { Tables } from "./tables.ts";

/** Batches, in SQL for all databases. */
export function createSqlBatches(
  db: Kysely<Tables>,
  sealer: FileSealer,
  { driver, machine }: { driver: Pick<SqlDriver, "lock">; machine: string },
): BatchStore {
  const unfinished = sql<boolean>`${sql.raw(isUnfinished)}`;
  const decodeAll = async (rows: Selectable<Tables["batches"]>[]) => {
    const open = await sealer.open();
    return rows.map((row) => decodeBatch(row, open));
  };

  return {
    async insertBatch(batch, unfinishedMax) {
      const open = await sealer.open();
      return db.transaction().execute(async (tx) => {
        // The write comes first, so that SQLite takes its write lock before anything is counted.
        await tx
          .insertInto("batches")
          .values({
            id: batch.id,
            project: batch.project,
            key_id: batch.keyId,
            key_hash: batch.keyHash,
            input_file: batch.inputFile,
            status: "validating" satisfies BatchStatus,
            created_ms: batch.createdMs,
            expires_ms: batch.expiresMs,
            owner: "",
            lease_ms: 0,
            epoch: 0,
            machine,
            times: "{}",
            terms: open.seal(batch.terms, contextOf(batch, "terms")),
            progress: open.seal("", contextOf(batch, "progress")),
          })
          .execute();
        await driver.lock(tx, `batches ${batch.project}`);
        const { count } = await tx
          .selectFrom("batches")
          .select(({ fn }) => fn.countAll().as("count"))
          .where("project", "=", batch.project)
          .where(unfinished)
          .executeTakeFirstOrThrow();
        if (Number(count) <= unfinishedMax) return true;
        await tx.deleteFrom("batches").where("id", "=", batch.id).execute();
        return false;
      });
    },

    async findBatch({ project, id }) {
      const rows = await db
        .selectFrom("batches")
        .selectAll()
        .where("id", "=", id)
        .where("project", "=", project)
        .execute();
      return (await decodeAll(rows))[0];
    },

    async listBatches({ project, limit, after, order }) {
      let query = db.selectFrom("batches").selectAll().where("project", "=", project).orderBy("id", order).limit(limit);
      if (after !== undefined) query = query.where("id", order === "asc" ? ">" : "<", after);
      return decodeAll(await query.execute());
    },

    async cancelBatch({ project, id, nowMs }) {
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable("batches")
          .set({ status: "cancelling" satisfies BatchStatus })
          .where("id", "=", id)
          .where("project", "=", project)
          .where("status", "in", ["validating", "in_progress"] satisfies BatchStatus[])
          .executeTakeFirst();
        if (row.numUpdatedRows === 0n) return false;
        await setStatus(tx, { id, to: "cancelling", nowMs });
        return true;
      });
    },

    async claimBatches({ owner, nowMs, untilMs }) {
      const rows = await db
        .selectFrom("batches")
        .selectAll()
        .where("machine", "=", machine)
        .where(unfinished)
        .orderBy("id")
        .execute();
      if (rows.some((row) => row.owner !== "" && row.owner !== owner && Number(row.lease_ms) > nowMs)) return [];
      // Renewed when half of it is over, since each renewal is a write.
      const isDue = rows.some((row) => row.owner !== owner || Number(row.lease_ms) - nowMs < (untilMs - nowMs) / 2);
      if (!isDue) return decodeAll(rows);
      const isHeld = sql<boolean>`exists (select 1 from batches as held where held.machine = ${machine} and held.owner <> '' and held.owner <> ${owner} and held.lease_ms > ${nowMs} and held.${sql.raw(isUnfinished)})`;
      const claimed = await db.transaction().execute(async (tx) => {
        await driver.lock(tx, `claim of batches ${machine}`);
        return tx
          .updateTable("batches")
          .set({
            owner,
            lease_ms: untilMs,
            epoch: sql<number>`case when owner = ${owner} then epoch else epoch + 1 end`,
          })
          .where("machine", "=", machine)
          .where(unfinished)
          .where(sql<boolean>`not ${isHeld}`)
          .returningAll()
          .execute();
      });
      return decodeAll(claimed.toSorted((one, other) => (one.id < other.id ? -1 : 1)));
    },

    async releaseBatches(owner) {
      let query = db
        .updateTable("batches")
        .set({ owner: "", lease_ms: 0 })
        .where("machine", "=", machine)
        .where(unfinished);
      if (owner !== undefined)
        query = query.where((on) => on.or([on("owner", "=", owner), on("owner", "like", `${owner}.%`)]));
      await query.execute();
    },

    async changeBatch({ id, epoch, nowMs, from, to, progress, files = [] }) {
      const open = await sealer.open();
      return db.transaction().execute(async (tx) => {
        const row = await tx
          .updateTable("batches")
          .set({
            epoch,
            ...(progress !== undefined && { progress: open.seal(progress, contextOf({ id }, "progress")) }),
          })
          .where("id", "=", id)
          .where("epoch", "=", epoch)
          .where("status", "in", from)
          .executeTakeFirst();
        if (row.numUpdatedRows === 0n) return false;
        if (to) await setStatus(tx, { id, to, nowMs });
        for (const file of files)
          await tx
            .insertInto("files")
            .values(encodeFile(file, open, machine))
            .execute();
        return true;
      });
    },

    async sweepBatches(createdBeforeMs) {
      const row = await db
        .deleteFrom("batches")
        .where("created_ms", "<", createdBeforeMs)
        .where(sql<boolean>`not (${unfinished})`)
        .executeTakeFirst();
      return Number(row.numDeletedRows);
    },
  };
}

async function setStatus(tx: Kysely<Tables>, { id, to, nowMs }: { id: string; to: BatchStatus; nowMs: number }) {
  const row = await tx.selectFrom("batches").select("times").where("id", "=", id).executeTakeFirstOrThrow();
  const times = JSON.stringify({ ...(JSON.parse(row.times) as object), [to]: nowMs });
  await tx.updateTable("batches").set({ status: to, times }).where("id", "=", id).execute();
}

/** A sealed value cannot be put into another place. */
function contextOf({ id }: Pick<NewBatch, "id">, what: "terms" | "progress"): string {
  return JSON.stringify(["batch", id, what]);
}

function decodeBatch(row: Selectable<Tables["batches"]>, sealer: Sealer): BatchRow {
  return {
    id: row.id,
    project: row.project,
    keyId: row.key_id,
    keyHash: row.key_hash,
    inputFile: row.input_file,
    createdMs: Number(row.created_ms),
    expiresMs: Number(row.expires_ms),
    terms: sealer.open(row.terms, contextOf(row, "terms")),
    status: batchStatuses.find((status) => status === row.status) ?? "failed",
    epoch: Number(row.epoch),
    times: JSON.parse(row.times) as BatchRow["times"],
    progress: sealer.open(row.progress, contextOf(row, "progress")),
  };
}
