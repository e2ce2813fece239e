import { existsSync, linkSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { randomText } from "./ids.ts";
import { syncFolder } from "./sync-folder.ts";
import { writeDurably } from "./write-durably.ts";

/**
 * Where the master key comes from: keys in the environment, of which the first seals and all open; or a file. While the key in a
 * file is being changed, the old one is in a second file. A file may be replaced while programs use it.
 */
export type MasterKeyPlace = { keys: readonly string[] } | { file: string };

/** All keys that may have sealed what is there; the first one seals. */
export function readMasterKeys(place: MasterKeyPlace): readonly string[] {
  if ("keys" in place) return place.keys;
  return [place.file, oldKeyFile(place.file)].flatMap((file) => readKey(file) ?? []);
}

/**
 * Puts a new key into the file. The old key stays in a second file until `forgetOldKey`, so that everything can be opened at any
 * moment, also after a crash.
 */
export function replaceMasterKey(file: string): void {
  const old = oldKeyFile(file);
  // A change that was interrupted is finished first: see `isChangingMasterKey`.
  if (existsSync(old)) throw new Error(`${old} is there: a change of the master key is under way`);
  const next = `${file}.next`;
  rmSync(next, { force: true });
  writeDurably(next, `${randomText(40)}\n`);
  linkSync(file, old);
  renameSync(next, file);
  syncFolder(dirname(file));
}

/** Whether a change of the key has begun and not ended. */
export function isChangingMasterKey(place: MasterKeyPlace): boolean {
  return "keys" in place ? place.keys.length > 1 : existsSync(oldKeyFile(place.file));
}

/** Everything is sealed with the key in the file. */
export function forgetOldKey(file: string): void {
  rmSync(oldKeyFile(file), { force: true });
  syncFolder(dirname(file));
}

const oldKeyFile = (file: string) => `${file}.old`;

/** Undefined where there is no such file: one may go at any moment, when a change of the key ends. */
function readKey(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return undefined;
    throw cause;
  }
}
