import { expect, test } from "bun:test";
import type { Kysely, KyselyPlugin } from "kysely";
import { Migrator } from "kysely/migration";
import { migrate } from "./migrate.ts";
import { migrationsFor } from "./migrations.ts";
import type { Tables } from "./tables.ts";

/** An empty database each time it is called; it is closed by the test. */
type OpenEmpty = () => Promise<{ db: Kysely<Tables>; bytesType: "blob" | "bytea"; plugin?: KyselyPlugin }>;

/** What every database promises: from each version that there has been it comes to the same tables as from none. */
export function testMigrations(name: string, openEmpty: OpenEmpty): void {
  test(`${name}: from every earlier version the tables become those of this one`, async () => {
    const describeTables = async (db: Kysely<Tables>) =>
      (await db.introspection.getTables()).map(({ name, columns }) => ({
        name,
        columns: columns.map(({ name, dataType, isNullable, hasDefaultValue }) => ({
          name,
          dataType,
          isNullable,
          hasDefaultValue,
        })),
      }));
    const names = Object.keys(migrationsFor("blob")).sort();
    let wanted: unknown;
    for (let count = 0; count < names.length; count++) {
      const { db, bytesType, plugin } = await openEmpty();
      const all = migrationsFor(bytesType);
      const earlier = Object.fromEntries(Object.entries(all).filter(([name]) => names.indexOf(name) < count));
      const migrating = plugin ? db.withPlugin(plugin) : db;
      const provider = { getMigrations: () => Promise.resolve(earlier) };
      expect((await new Migrator({ db: migrating, provider }).migrateToLatest()).error).toBeUndefined();
      await migrate(migrating, bytesType);
      const found = await describeTables(db);
      wanted ??= found;
      expect({ from: names[count - 1], found }).toEqual({ from: names[count - 1], found: wanted as typeof found });
      await db.destroy();
    }
    expect(JSON.stringify(wanted)).toContain('"usage"');
  }, 60_000);
}
