import { sql, type Kysely } from "kysely";
import type { Integer } from "../record/index.ts";
import { segmentsOf } from "./report-segments.ts";
import { costUnit } from "./rollup-columns.ts";
import type { Tables } from "./tables.ts";

/** What records of an account say was spent from `startMs` until `endMs`, of one moment: whole days and hours by roll-ups, the edges by records. */
export async function spentByAccount(
  tx: Kysely<Tables>,
  account: { column: "organisation" | "project" | "key_id"; name: string; currency: string },
  { startMs, endMs }: { startMs: number; endMs: number },
): Promise<bigint> {
  const { column, name, currency } = account;
  let spent = 0n;
  for (const { from, since, until, isLess } of segmentsOf({ since: startMs, until: endMs, groupBy: [], currency })) {
    if (from === "records") {
      const row = await tx
        .selectFrom("usage")
        .select(sql<Integer | null>`sum(coalesce(account_cost, cost))`.as("spent"))
        .where(column, "=", name)
        .where("time", ">=", since)
        .where("time", "<", until)
        .where(sql`coalesce(account_currency, currency)`, "=", currency)
        .executeTakeFirstOrThrow();
      spent += BigInt(row.spent ?? 0);
      continue;
    }
    const row = await tx
      .selectFrom("usage_sums")
      .select([
        sql<Integer | null>`sum(account_cost)`.as("units"),
        sql<Integer | null>`sum(account_cost_rest)`.as("rest"),
      ])
      .where("span", "=", from)
      .where(column, "=", name)
      .where("time", ">=", since)
      .where("time", "<", until)
      .where("currency", "=", currency)
      .executeTakeFirstOrThrow();
    const amount = BigInt(row.units ?? 0) * BigInt(costUnit) + BigInt(row.rest ?? 0);
    spent += isLess ? -amount : amount;
  }
  return spent;
}
