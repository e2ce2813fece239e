import { Database } from "bun:sqlite";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { randomText } from "../base/ids.ts";
import { syncFolder } from "../base/sync-folder.ts";
import { writeDurably } from "../base/write-durably.ts";
import { dataFolder, type DataFolder } from "./data-folder-paths.ts";
import { findPlanted } from "./find-planted.ts";
import { forgetRunningProcess, noteRunningProcess } from "./running-process.ts";

/** A reason not to start that the operator can correct. The message is one line. */
export class StartError extends Error {}

export { dataFolder, type DataFolder };

/** A start writes a database, keys and a journal; with less than this free it would fail on the way. */
export const startBytesMin = 4 * 1024 * 1024;

/** Creates the folder and its parts, readable by the owner only. */
export function openDataFolder(path: string): DataFolder {
  const folder = dataFolder(path);
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    refuseForeign(path);
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
    // Before this only the owner may have written here, or anybody: from here on nobody else can.
    refusePlanted(folder);
    for (const dir of [folder.journalDir, folder.modelsDir, folder.socketDir, folder.filesDir])
      mkdirSync(dir, { recursive: true, mode: 0o700 });
    syncFolder(path);
    syncFolder(dirname(path));
    closeSync(openSync(join(path, ".writable"), createFlags, 0o600));
    const { bavail, bsize } = statfsSync(path);
    if (bavail * bsize < startBytesMin) throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
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

/** Follows no link, and does not wait for the reader of a pipe. */
const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function refuseForeign(path: string): void {
  const { uid } = statSync(path);
  const user = process.getuid?.() ?? 0;
  if (user === 0 || uid === user) return;
  throw new StartError(
    `Cannot use the data folder ${path}: it belongs to another user (${uid}, this one is ${user}). Give it to this user, or name a different folder with SAHAB_DATA`,
  );
}

function refusePlanted(folder: DataFolder): void {
  const [first, ...others] = findPlanted(folder);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : `, and ${others.length} more like it`;
  throw new StartError(
    `Cannot use the data folder ${folder.path}: ${first}${more}. Somebody else may have put it there: remove it or put the real one in its place, or name a different folder with SAHAB_DATA`,
  );
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
  noteRunningProcess(folder.path);
  return () => {
    forgetRunningProcess(folder.path);
    database.close();
  };
}

/** Whether a process holds the lock. */
export function isLocked(folder: DataFolder): boolean {
  const path = join(folder.path, "lock");
  if (!existsSync(path)) return false;
  checkAccess(path);
  const database = new Database(path, { create: false, readwrite: true });
  try {
    database.run("BEGIN EXCLUSIVE");
    return false;
  } catch (cause) {
    if ((cause as { code?: string }).code?.startsWith("SQLITE_BUSY")) return true;
    throw cause;
  } finally {
    database.close();
  }
}

/** A secret in a file of mode 0600, created on the first start. */
export function keyFile(folder: DataFolder, name: string, prefix: string): { key: string; created: boolean } {
  const path = join(folder.path, name);
  checkAccess(path);
  const known = readKeyFile(path);
  if (known !== undefined) return { key: known, created: false };
  const key = `${prefix}${randomText(40)}`;
  writeDurably(path, `${key}\n`);
  syncFolder(folder.path);
  return { key, created: true };
}

/** Undefined where there is no such file. */
export function readKeyFile(path: string): string | undefined {
  const key = readSecretFile(path)?.trim();
  if (key !== undefined && key.length < 16)
    throw new StartError(
      `The key in ${path} has ${key.length} characters; at least 16 are needed. Put it back, or remove the file to make a new one`,
    );
  return key;
}

/**
 * The text of a file that nobody else may read, and that is no link; undefined where there is none. Where others may read it, they
 * no longer may.
 */
export function readSecretFile(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "ENOENT") return undefined;
    if (code === "ELOOP")
      throw new StartError(`Cannot use ${path}: it is a symbolic link; a file is expected`, { cause });
    throw cause;
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > secretBytesMax)
      throw new StartError(`Cannot use ${path}: a file of at most ${secretBytesMax} bytes is expected`);
    if ((stat.mode & 0o077) !== 0 && stat.uid === process.getuid?.()) fchmodSync(file, 0o600);
    return readFileSync(file, "utf8");
  } finally {
    closeSync(file);
  }
}

const secretBytesMax = 4096;

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
