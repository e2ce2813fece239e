import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchDir } from "./machine.ts";

export interface OutFolder {
  path: string;
  remove: () => void;
}

const folders = new Set<string>();
// An interrupted run must not leave a database of hundreds of megabytes behind.
process.on("exit", () => {
  for (const path of folders) remove(path);
});

/**
 * A new folder under `bench/out/`, so that what is written there is on a disk: /tmp is memory on many machines, where a
 * synchronous write costs nothing.
 */
export function makeOutFolder(prefix: string): OutFolder {
  const parent = join(benchDir, "out");
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, `${prefix}-`));
  folders.add(path);
  return { path, remove: () => remove(path) };
}

function remove(path: string): void {
  folders.delete(path);
  // Twice more where a process that was just killed still writes.
  rmSync(path, { recursive: true, force: true, maxRetries: 2 });
}
