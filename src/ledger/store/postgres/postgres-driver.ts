import { sql, type Kysely } from "kysely";
import { usageColumns, type UsageValues } from "../../record/index.ts";
import type { InsertUsage, SqlDriver } from "../sql-driver.ts";
import { UnfitRecordError } from "../store.ts";
import { sumInSlices } from "../sum-in-slices.ts";
import type { Tables } from "../tables.ts";
import { isUnfit } from "./postgres-fault.ts";

/** `reports` has connections of its own, so that reports take none from other calls. */
export function createPostgresDriver(reports: Kysely<Tables>): SqlDriver {
  return {
    bytesType: "bytea",
    insertUsage,

    async nowMs(db) {
      const { rows } = await sql<{ now: bigint }>`
        select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(db);
      return Number(rows[0]?.now);
    },

    // All slices are of one moment, and each is a statement that ends in time, so a report ends between two.
    sumUsage: (_, query, signal) =>
      reports
        .transaction()
        .setIsolationLevel("repeatable read")
        .setAccessMode("read only")
        .execute((tx) => sumInSlices(tx, query, { signal, tags, sliceRows: 20_000 })),

    async lock(tx, name, mode) {
      const take = sql.raw(mode === "shared" ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock");
      await sql`select ${take}(hashtextextended(${`sahab ${name}`}, 0))`.execute(tx);
    },

    tags,
    close: () => reports.destroy(),
  };
}

/**
 * Tags are compared as they are written in JSON, which `JSON.stringify` does in one way only: the functions of the database refuse whole
 * texts for one escape that they do not take.
 */
const tags: SqlDriver["tags"] = {
  valueOf: (name) => {
    const pattern = `[{,]${escapePattern(JSON.stringify(name))}:"((?:[^"\\\\]|\\\\.)*)"`;
    return sql<string>`case when tags = '{}' then '' else coalesce(substring(tags from ${pattern}::text), '') end`;
  },
  encode: (value) => JSON.stringify(value).slice(1, -1),
  decode: (text) => JSON.parse(`"${text}"`) as string,
};

function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** One statement for all rows, with a list for each column: a statement of its own for each number of rows would be planned anew. */
const insertUsage: InsertUsage = async (tx, rows) => {
  const lists = usageColumns.map(
    ({ kind }, at) => sql`${rows.map((row) => row[at] ?? null)}::${sql.raw(kind.sqlType)}[]`,
  );
  const names = sql.join(usageColumns.map((column) => sql.ref(column.sql)));
  try {
    const added = await sql<{ id: string }>`
      insert into usage (${names}) select * from unnest(${sql.join(lists)}) on conflict (id) do nothing returning id`.execute(
      tx,
    );
    return firstOfEach(rows, new Set(added.rows.map(({ id }) => id)));
  } catch (cause) {
    throw isUnfit(cause) ? new UnfitRecordError(cause.message, { cause }) : cause;
  }
};

/** The rows of these ids, in their order; of an id that is there twice, the first one was added. */
function firstOfEach(rows: readonly UsageValues[], added: Set<string>): UsageValues[] {
  return rows.filter((row) => added.delete(String(row[0])));
}
