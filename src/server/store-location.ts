import { hostname } from "node:os";
import { readFileSync } from "node:fs";
import type { Environment } from "../base/environment.ts";
import { randomText } from "../base/ids.ts";
import type { MasterKeyPlace } from "../base/master-key.ts";
import { syncFolder } from "../base/sync-folder.ts";
import { writeDurably } from "../base/write-durably.ts";
import type { StoreLocation } from "../ledger/index.ts";
import { checkAccess, StartError, type DataFolder } from "./data-folder.ts";

/** The store of a server, whose master key is in a file or in the environment. */
export type ServerStore = StoreLocation & { masterKey: MasterKeyPlace };

/** Where the environment says that state is: a file in the data folder, or a database of PostgreSQL. */
export function storeLocation(
  environment: Pick<Environment, "database">,
  folder: DataFolder,
  masterKey: MasterKeyPlace,
): ServerStore {
  const postgres = environment.database;
  if (!postgres) return { path: folder.database, masterKey };
  return { postgres, machine: machineName(folder), masterKey };
}

/** Names a process among all that share the store. `index` is its number on this machine. */
export function processName(location: StoreLocation, index: number): string {
  return "path" in location ? String(index) : `${location.machine}/${index}`;
}

const namePattern = /^[a-z0-9-]{8,64}$/;

/** The host's name and something random, since hosts may have the same name. It is kept in the data folder, whose files it stands for. */
function machineName(folder: DataFolder): string {
  const path = folder.machineFile;
  checkAccess(path);
  const known = readIfThere(path);
  if (known !== undefined) {
    if (namePattern.test(known)) return known;
    throw new StartError(
      `Cannot use ${path}: it has no name of a machine (8 to 64 small letters, digits and hyphens). Put it back, or remove the file to make a new one; files of clients that were kept under the old name are then removed`,
    );
  }
  const host = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40);
  const name = `${host}-${randomText(8).toLowerCase()}`;
  writeDurably(path, `${name}\n`);
  syncFolder(folder.path);
  return name;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return undefined;
    throw cause;
  }
}
