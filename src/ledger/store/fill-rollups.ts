import type { Kysely } from "kysely";
import { usageColumns, type UsageValues } from "../record/index.ts";
import { addToRollups } from "./add-to-rollups.ts";
import type { Tables } from "./tables.ts";

/** Records that are read at once. */
const sliceRows = 20_000;

/**
 * Sums up the records of a database that was made before there were roll-ups: once, whole or not at all. It is no migration, since it
 * needs the columns of today.
 */
export async function fillRollups(db: Kysely<Tables>): Promise<void> {
  const { filled } = await db.selectFrom("usage_upkeep").select("filled").executeTakeFirstOrThrow();
  if (Number(filled) === 1) return;
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable("usage_upkeep")
      .set({ filled: 1 })
      .where("filled", "=", 0)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await tx.deleteFrom("usage_sums").execute();
    let after: { time: number; id: string } | undefined;
    for (;;) {
      let query = tx.selectFrom("usage").selectAll().orderBy("time").orderBy("id").limit(sliceRows);
      if (after) {
        const { time, id } = after;
        query = query.where("time", ">=", time).where((on) => on.or([on("time", ">", time), on("id", ">", id)]));
      }
      const rows = await query.execute();
      const last = rows.at(-1);
      if (!last) return;
      await addToRollups(
        tx,
        rows.map((row): UsageValues => usageColumns.map(({ sql }) => row[sql])),
      );
      after = { time: Number(last.time), id: last.id };
    }
  });
}
