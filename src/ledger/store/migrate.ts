import { sql, type Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { showList } from "../../base/show-list.ts";
import { migrationsFor } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/** The database has changes that this version does not know; nothing is wrong with it, and nothing was changed. */
export class NewerDatabaseError extends Error {}

/** Brings the tables up to date; of several machines that start together one does, and the others wait. Throws a NewerDatabaseError where a later version has been there. */
export async function migrate(db: Kysely<Tables>, bytesType: "blob" | "bytea"): Promise<void> {
  const known = migrationsFor(bytesType);
  // Nothing to do, so no other start is waited for.
  if (Bun.deepEquals(await namesOfDone(db), Object.keys(known).sort())) return;
  const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(known) } });
  const { error } = await migrator.migrateToLatest();
  if (!error) return;
  const foreign = (await namesOfDone(db)).filter((name) => !Object.hasOwn(known, name));
  if (foreign.length > 0)
    throw new NewerDatabaseError(
      `it was written by a newer Sahab than this one: it has ${showList(foreign)}, and this version knows changes up to ${Object.keys(known).sort().at(-1)}`,
      { cause: error },
    );
  throw error instanceof Error ? error : new Error("migration failed", { cause: error });
}

/** Empty where they cannot be read: the failure that came before is the one to tell. */
async function namesOfDone(db: Kysely<Tables>): Promise<string[]> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
    return rows.map(({ name }) => name);
  } catch {
    return [];
  }
}
