import { describeDatabase } from "../../base/database-address.ts";
import type { Environment } from "../../base/environment.ts";

/** The database that the environment names: whether it can be used, and what is not as it should be. */
export async function checkSharedDatabase({ database }: Pick<Environment, "database">) {
  if (!database) return [];
  const check = "database";
  try {
    const { checkDatabase, describeDoubts } = await import("../../ledger/index.ts");
    const state = await checkDatabase(database);
    const doubts = describeDoubts(database, state);
    const secured = state.isEncrypted ? "encrypted" : "not encrypted";
    const detail = `${describeDatabase(database)}: PostgreSQL ${state.version}, ${secured}, its clock ${state.clockAheadMs} ms from this one`;
    return [
      { check, status: "ok" as const, detail },
      ...doubts.map((doubt) => ({ check, status: "warning" as const, detail: doubt })),
    ];
  } catch (error) {
    return [{ check, status: "problem" as const, detail: error instanceof Error ? error.message : String(error) }];
  }
}
