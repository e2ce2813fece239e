import { closeSync, fsyncSync, openSync } from "node:fs";

/** Puts the names in a folder on the disk: without it a power cut can lose a file whose content is safe. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
