import type { Kysely } from "kysely";
import { decodeUsageRow, type UsageRecord } from "../record/index.ts";
import type { Scope } from "./scope.ts";
import type { Tables } from "./tables.ts";
import { withinScope } from "./within-scope.ts";

/** The records whose ids begin with a text that is not empty, in the order of their ids, along the index of ids. */
export async function findUsage(
  db: Kysely<Tables>,
  scope: Scope,
  { idStart, limit }: { idStart: string; limit: number },
): Promise<UsageRecord[]> {
  const rows = await db
    .selectFrom("usage")
    .selectAll()
    .where("id", ">=", idStart)
    .where("id", "<", endOf(idStart))
    .where(withinScope(scope))
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(decodeUsageRow);
}

/** The first text, in the order of bytes, after all that begin with this one. */
function endOf(start: string): string {
  return `${start}\u{10ffff}`;
}
