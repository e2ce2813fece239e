import { Database } from "bun:sqlite";
import { closeSync, constants, lstatSync, openSync, rmSync } from "node:fs";

const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const waitMs = 300;

/**
 * Waits until no other process holds a lock, and holds it until the function that is returned is called. The kernel holds it, on a
 * file that SQLite locks, so a killed process leaves nothing to clean up but an empty file.
 */
export async function lockFile(
  path: string,
  options: { signal: AbortSignal; onWait: () => void },
): Promise<() => void> {
  for (;;) {
    options.signal.throwIfAborted();
    const release = tryLock(path);
    if (release) return release;
    options.onWait();
    await Bun.sleep(waitMs);
  }
}

function tryLock(path: string): (() => void) | undefined {
  closeSync(openSync(path, createFlags, 0o600));
  const before = lstatSync(path, { throwIfNoEntry: false })?.ino;
  const database = new Database(path, { create: true });
  try {
    database.run("PRAGMA busy_timeout = 0");
    database.run("BEGIN EXCLUSIVE");
  } catch (cause) {
    database.close();
    if ((cause as { code?: string }).code?.startsWith("SQLITE_BUSY")) return undefined;
    throw cause;
  }
  const release = () => {
    rmSync(path, { force: true });
    database.close();
  };
  // Whoever held it has removed the file that was opened; the lock of others is on another one.
  if (before !== undefined && lstatSync(path, { throwIfNoEntry: false })?.ino === before) return release;
  database.close();
  return undefined;
}
