import { renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { syncFolder } from "./sync-folder.ts";

/** Writes a new file that only its owner may read, and follows no link. Throws where the file exists. */
export function writeDurably(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600, flag: "wx", flush: true });
}

/** Puts a new text in the place of a file's: at any moment, also after a crash, the file has one of the two whole. */
export function replaceDurably(path: string, text: string): void {
  const next = `${path}.next`;
  // What a crash has left.
  rmSync(next, { force: true });
  writeDurably(next, text);
  renameSync(next, path);
  syncFolder(dirname(path));
}
