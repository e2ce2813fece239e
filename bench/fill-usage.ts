import { Database } from "bun:sqlite";
import { join } from "node:path";

/**
 * Adds usage records to the database of a Sahab that does not run. Each is a copy of a record that is there, with an id,
 * a time and a model of its own, so that this needs to know no other column.
 */
export function fillUsage(data: string, records: number): void {
  const database = new Database(join(data, "sahab.db"));
  try {
    const columns = database.query<{ name: string }, []>("PRAGMA table_info(usage)").all();
    const values: Record<string, string> = {
      id: "'0-bench-' || i",
      // Over the thirty days before the record that is copied.
      time: `time - i * (30 * 86400000 / ${records})`,
      model: "'model-' || (i % 20)",
    };
    const names = columns.map(({ name }) => `"${name}"`).join(", ");
    const selected = columns.map(({ name }) => values[name] ?? `template."${name}"`).join(", ");
    const { changes } = database.run(
      `WITH RECURSIVE number(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < ${records})
       INSERT INTO usage (${names}) SELECT ${selected} FROM number, (SELECT * FROM usage LIMIT 1) AS template`,
    );
    // A Sahab that has roll-ups makes them when it starts.
    if (database.query("SELECT 1 FROM sqlite_master WHERE name = 'usage_upkeep'").get())
      database.run("UPDATE usage_upkeep SET filled = 0");
    if (changes !== records) throw new Error(`Filled the database with ${changes} usage records instead of ${records}`);
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
}
