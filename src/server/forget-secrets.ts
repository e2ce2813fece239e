import { rmSync } from "node:fs";
import { join } from "node:path";
import { createSealer } from "../base/seal.ts";
import { openSqliteStore } from "../ledger/index.ts";
import { lockDataFolder, openDataFolder } from "./data-folder.ts";

/**
 * Deletes all secrets of a data folder, and its master key; no Sahab may run on it. Returns the names of their resources. Throws
 * StartErrors.
 */
export async function forgetSecrets(dataDir: string): Promise<string[]> {
  const folder = openDataFolder(dataDir);
  const unlock = lockDataFolder(folder);
  try {
    const store = await openSqliteStore(folder.database, createSealer({ keys: [] }));
    const forgotten = await store.forgetSecrets();
    await store.close();
    for (const name of ["master.key", "master.key.old"]) rmSync(join(folder.path, name), { force: true });
    return forgotten.map(({ name }) => name);
  } finally {
    unlock();
  }
}
