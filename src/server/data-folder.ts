import { Database } from "bun:sqlite";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { randomText } from "../base/ids.ts";
import { syncFolder } from "../base/sync-folder.ts";

/** A reason not to start that the operator can correct. The message is one line. */
export class StartError extends Error {}

export interface DataFolder {
  path: string;
  database: string;
  journalDir: string;
  modelsDir: string;
  socketDir: string;
  engineModuleDir: string;
  adminKeyFile: string;
}

/** The paths in a data folder; creates and reads nothing. */
export function dataFolder(path: string): DataFolder {
  return {
    path,
    database: join(path, "sahab.db"),
    journalDir: join(path, "journal"),
    modelsDir: join(path, "models"),
    socketDir: join(path, "run"),
    engineModuleDir: join(path, "engine", "node_modules", "node-llama-cpp"),
    adminKeyFile: join(path, "admin.key"),
  };
}

/** A start writes a database, keys and a journal; with less than this free it would fail on the way. */
export const startBytesMin = 4 * 1024 * 1024;

/** Creates the folder and its parts, readable by the owner only. */
export function openDataFolder(path: string): DataFolder {
  const folder = dataFolder(path);
  try {
    for (const dir of [path, folder.journalDir, folder.modelsDir, folder.socketDir])
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    syncFolder(path);
    syncFolder(dirname(path));
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
    writeFileSync(join(path, ".writable"), "");
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < startBytesMin) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  } catch (cause) {
    const { code } = cause as { code?: string };
    const help =
      code === "ENOSPC" || code === "EDQUOT"
        ? `Make room (at least ${startBytesMin} bytes)`
        : code === "EROFS"
          ? "Mount it writable"
          : "Give it to this user";
    throw new StartError(
      `Cannot use the data folder ${path}: ${reasonOf(cause)}. ${help}, or name a different folder with SAHAB_DATA`,
      { cause },
    );
  }
  return folder;
}

/**
 * Locks the folder for this process until it ends. The kernel holds the lock, on a file that SQLite locks, so a killed
 * process leaves nothing to clean up.
 */
export function lockDataFolder(folder: DataFolder): () => void {
  const path = join(folder.path, "lock");
  checkAccess(path);
  const database = new Database(path, { create: true });
  try {
    database.run("PRAGMA busy_timeout = 2000");
    database.run("PRAGMA locking_mode = EXCLUSIVE");
    database.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    const { code = "" } = cause as { code?: string };
    if (!code.startsWith("SQLITE_BUSY"))
      throw new StartError(
        `Cannot lock the data folder ${folder.path}: ${code || String(cause)}. Is its disk full or broken?`,
        {
          cause,
        },
      );
    throw new StartError(
      `Another Sahab already runs on the data folder ${folder.path}; stop it, or name another folder with SAHAB_DATA`,
      { cause },
    );
  }
  return () => database.close();
}

/** A secret in a file of mode 0600, created on the first start. */
export function keyFile(folder: DataFolder, name: string, prefix: string): { key: string; created: boolean } {
  const path = join(folder.path, name);
  checkAccess(path);
  if (existsSync(path)) {
    const key = readFileSync(path, "utf8").trim();
    if (key.length < 16)
      throw new StartError(
        `The key in ${path} has ${key.length} characters; at least 16 are needed. Put it back, or remove the file to make a new one`,
      );
    return { key, created: false };
  }
  const key = `${prefix}${randomText(40)}`;
  writeFileSync(path, `${key}\n`, { mode: 0o600, flag: "wx", flush: true });
  syncFolder(folder.path);
  return { key, created: true };
}

/** Throws if a file of the data folder exists and this user may not read and write it, as after a start as root. */
export function checkAccess(path: string): void {
  try {
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new StartError(
      `Cannot use ${path}: ${reasonOf(cause)}. Was Sahab started by another user before? Give the file to this user, or name another folder with SAHAB_DATA`,
      { cause },
    );
  }
}

function reasonOf(cause: unknown): string {
  const code = (cause as { code?: string }).code;
  if (code === "EROFS") return "the disk is read-only";
  if (code === "EACCES" || code === "EPERM") return "this user may not read or write there";
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (code === "ENOTDIR" || code === "EEXIST") return "a file is in its place";
  return code ?? String(cause);
}
