import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../base/environment.ts";
import { openStore } from "../ledger/index.ts";
import { lockDataFolder, openDataFolder } from "./data-folder.ts";
import { storeLocation } from "./store-location.ts";

/**
 * Deletes all secrets of a data folder, and its master key; no Sahab may run on it, or on another machine with the same database. Returns the names of their resources. Throws
 * StartErrors.
 */
export async function forgetSecrets(environment: Pick<Environment, "dataDir" | "database">): Promise<string[]> {
  const folder = openDataFolder(environment.dataDir);
  const unlock = lockDataFolder(folder);
  try {
    const store = await openStore(storeLocation(environment, folder, { keys: [] }));
    const forgotten = await store.forgetSecrets();
    await store.close();
    for (const name of ["master.key", "master.key.old"]) rmSync(join(folder.path, name), { force: true });
    return forgotten.map(({ name }) => name);
  } finally {
    unlock();
  }
}
