import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder in the system's temporary one. Its path is short, since it may hold sockets, whose paths are limited. */
export function makeTemporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "sahab-t-"));
}

/** Removes a folder that `makeTemporaryFolder` made; refuses any other. */
export function removeTemporaryFolder(path: string): void {
  if (!path.startsWith(join(tmpdir(), "sahab-t-"))) throw new Error(`${path} is not a temporary folder of the tests`);
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
