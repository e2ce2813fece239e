import { Kysely, type TransactionBuilder } from "kysely";
import { isRepeatable } from "./postgres/postgres-fault.ts";
import type { Tables } from "./tables.ts";

const attemptsMax = 5;
const pauseMsMax = 50;

/**
 * Runs a transaction again that the database has ended because it and another waited for each other. So its function must change nothing
 * but the database. SQLite has one writer at a time, and never does this.
 */
export class RepeatingKysely extends Kysely<Tables> {
  override transaction(): TransactionBuilder<Tables> {
    const builder = super.transaction();
    const execute = builder.execute.bind(builder);
    builder.execute = async (run) => {
      for (let attempt = 1; ; attempt++)
        try {
          return await execute(run);
        } catch (error) {
          if (attempt === attemptsMax || !isRepeatable(error)) throw error;
          await Bun.sleep(Math.random() * pauseMsMax);
        }
    };
    return builder;
  }
}
