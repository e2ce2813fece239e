import { isLoopback } from "../../base/address-ranges.ts";
import type { DatabaseAddress } from "../../base/database-address.ts";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import { createSealer } from "../../base/seal.ts";
import type { DatabaseState } from "./postgres/open-postgres.ts";
import { openSqliteStore } from "./sqlite.ts";
import type { OpenStore } from "./store.ts";

/** Which database: a file of SQLite, or one of PostgreSQL that this machine shares with others. */
export type StoreLocation = ({ path: string } | { postgres: DatabaseAddress; machine: string }) & {
  /** Seals secrets; see base/seal.ts. */
  masterKey: string | MasterKeyPlace;
};

/** Opens it on this thread. The error says what is wrong and what to do. */
export async function openStore(location: StoreLocation): Promise<OpenStore> {
  const sealer = createSealer(location.masterKey);
  if ("path" in location) return openSqliteStore(location.path, sealer);
  // Loaded here, so that SQLite's users have no second driver in memory.
  const { openPostgresStore } = await import("./postgres/open-postgres.ts");
  return openPostgresStore(location.postgres, sealer, location);
}

/** What is known of a database of PostgreSQL that was just looked at; nothing is changed. The error is that of `openStore`. */
export async function checkDatabase(address: DatabaseAddress): Promise<DatabaseState> {
  const { checkPostgres } = await import("./postgres/open-postgres.ts");
  return checkPostgres(address);
}

/** Windows of budgets and leases of batches go by the machines' clocks, and a request's record by the one that served it. */
const clockMsMax = 2_000;

/** What is not as it should be with a database that can be used. */
export function describeDoubts({ host }: DatabaseAddress, { isEncrypted, clockAheadMs }: DatabaseState): string[] {
  const doubts: string[] = [];
  if (!isEncrypted && !host.startsWith("/") && !isLoopback(host))
    doubts.push(
      "the connection to the database is not encrypted: whoever is in between can read and change what is kept there. Switch TLS on there, and set sslmode=verify-full in SAHAB_DATABASE_URL",
    );
  if (Math.abs(clockAheadMs) > clockMsMax)
    doubts.push(
      `the clock of the database is ${Math.abs(clockAheadMs / 1000).toFixed(1)} s ${clockAheadMs > 0 ? "ahead of" : "behind"} this machine's; keep both by the network's time (NTP)`,
    );
  return doubts;
}
