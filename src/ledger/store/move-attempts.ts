import { sql, type Kysely } from "kysely";
import {
  decodeAttempts,
  noTokens,
  tokenColumns,
  type AttemptRecord,
  type Integer,
  type UsageSum,
} from "../record/index.ts";
import { isMixed } from "./migrations.ts";
import type { UsageQuery } from "./store.ts";
import { usageWithin } from "./usage-within.ts";
import type { Tables } from "./tables.ts";

/**
 * What must be added to the sums by the provider in a request's row, so that each attempt counts for its own provider. What
 * comes to one provider is taken from another, so the sums over all of them stay.
 *
 * Lists of attempts are decoded here: databases differ in how they would, and the form of a list is known in one place.
 * An index has the requests that matter: others cost no time, and each of these 6 µs. Records of a version that listed no
 * attempts stay with the provider in their row.
 */
export async function moveAttempts(
  db: Kysely<Tables>,
  query: UsageQuery,
  options: { rowidMax?: Integer } = {},
): Promise<UsageSum[]> {
  const rows = await db
    .selectFrom("usage")
    .select(["provider", "currency", "attempt_list"])
    .where(sql.raw<boolean>(isMixed))
    .where(usageWithin(query, options))
    .execute();
  return rows.flatMap(({ provider, currency, attempt_list }) =>
    moves(provider, currency, decodeAttempts(attempt_list)),
  );
}

/** A request counts once for each provider that an attempt of it reached, and for the provider "" where it reached none. */
function moves(from: string, currency: string, attempts: readonly AttemptRecord[]): UsageSum[] {
  if (attempts.length === 0) return [];
  const emptySum = (group: string): UsageSum => ({ ...noTokens, group, currency, requests: 0, cost: 0n });
  const taken = emptySum(from);
  const parts = [taken];
  const reached = new Set<string>();
  for (const attempt of attempts) {
    const part = emptySum(attempt.provider);
    part.cost = attempt.cost;
    taken.cost -= attempt.cost;
    for (const { name } of tokenColumns) {
      part[name] = attempt[name];
      taken[name] -= attempt[name];
    }
    if (hasReached(attempt) && !reached.has(part.group)) {
      reached.add(part.group);
      part.requests = 1;
    }
    parts.push(part);
  }
  taken.requests = -1;
  if (reached.size === 0) parts.push({ ...emptySum(""), requests: 1 });
  return parts;
}

function hasReached({ sentMs, firstTextMs, outcome }: AttemptRecord): boolean {
  return sentMs !== null || firstTextMs !== null || outcome === "ok";
}
