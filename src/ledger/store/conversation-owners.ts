import { sql, type Kysely, type RawBuilder } from "kysely";
import type { Tables } from "./tables.ts";

/**
 * Whose conversations somebody sees who signed in with the key of this id. A key that its holder rotates and those that take its place are one
 * person, known by the id of the first; so nothing has to be sealed anew, and both keys of an overlap see the same. Who rotates another's key
 * has seen the new one, which is a new person's therefore.
 */
export async function findRootOwner(db: Kysely<Tables>, owner: string): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    with recursive earlier(id) as (
      select id from keys where replaced_by = ${owner} and replaced_by_other is null
      union
      select keys.id from keys join earlier on keys.replaced_by = earlier.id and keys.replaced_by_other is null
    )
    select id from earlier
    where not exists (select 1 from keys where keys.replaced_by = earlier.id and keys.replaced_by_other is null)`.execute(
    db,
  );
  return rows[0]?.id ?? owner;
}

/** A subquery: owners by a key of the store, of whose keys the last had ended by then, revoked or expired. */
export function ownersGone(endedMs: number): RawBuilder<string> {
  return sql<string>`(
    with recursive held(owner, id) as (
      select owner, owner from conversations
      union
      select held.owner, keys.replaced_by from held join keys on keys.id = held.id
      where keys.replaced_by is not null and keys.replaced_by_other is null
    )
    select held.owner from held join keys on keys.id = held.id
    group by held.owner
    having max(case
      when keys.revoked_ms < coalesce(keys.expires_ms, keys.revoked_ms + 1) then keys.revoked_ms
      when keys.expires_ms is not null then keys.expires_ms
      else cast(${Number.MAX_SAFE_INTEGER} as bigint)
    end) <= cast(${endedMs} as bigint))`;
}
