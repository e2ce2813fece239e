import { lstatSync, readdirSync, readlinkSync, statSync, type Stats } from "node:fs";
import { join } from "node:path";
import { escapeUnprintable } from "../base/printable.ts";
import type { DataFolder } from "./data-folder-paths.ts";

/** Files of a SQLite database beside the database itself. */
const databaseFiles = ["", "-wal", "-shm", "-journal"];

/**
 * What is in a data folder that somebody else may have put there: links, files of other users, what others may write. Followed,
 * they would send secrets and records elsewhere, overwrite what they point to, or be believed. The folder itself may be a link
 * of this user's; so may those of models and of the engine, which can be large. One line for each, with what was found.
 */
export function findPlanted(folder: DataFolder): string[] {
  const own = new Set([process.getuid?.() ?? 0, statSync(folder.path).uid]);
  const inFolder = (name: string) => join(folder.path, name);
  const folders = [folder.journalDir, folder.socketDir, folder.filesDir, folder.contentDir].flatMap((path) =>
    describe(path, own, "a folder"),
  );
  const large = [folder.modelsDir, inFolder("engine")].flatMap((path) => describeLarge(path, own));
  const databases = [folder.database, inFolder("lock")].flatMap((path) => databaseFiles.map((end) => path + end));
  const files = [
    ...databases,
    folder.adminKeyFile,
    folder.machineFile,
    folder.catalogFile,
    ...["master.key", ".writable", "pid"].map(inFolder),
  ];
  // What is behind a link is not looked at.
  const journals = folders.length > 0 ? [] : list(folder.journalDir).flatMap((path) => describeJournal(path, own));
  return [...folders, ...large, ...files.flatMap((path) => describe(path, own, "a file")), ...journals];
}

/** Each process has a folder of its own there, with the files of its journal. */
function describeJournal(path: string, own: ReadonlySet<number>): string[] {
  if (!lookAt(path)?.isDirectory()) return describe(path, own, "a file");
  return [...describe(path, own, "a folder"), ...list(path).flatMap((file) => describe(file, own, "a file"))];
}

/** Nothing for what is as it should be, and for what is not there. */
function describe(path: string, own: ReadonlySet<number>, wanted: "a file" | "a folder"): string[] {
  const found = lookAt(path);
  const fault = found && (describeKind(path, found, wanted) ?? describeOwner(found, own));
  return fault === undefined ? [] : [`${path} ${fault}`];
}

function describeLarge(path: string, own: ReadonlySet<number>): string[] {
  const found = lookAt(path);
  if (!found?.isSymbolicLink()) return describe(path, own, "a folder");
  if (!own.has(found.uid)) return [`${path} is a symbolic link of another user's (${found.uid})`];
  try {
    const fault = describeOwner(statSync(path), own);
    return fault === undefined ? [] : [`${path} is a symbolic link to what ${fault}`];
  } catch {
    return [`${path} is a symbolic link to nothing`];
  }
}

function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function describeKind(path: string, found: Stats, wanted: "a file" | "a folder"): string | undefined {
  if (found.isSymbolicLink())
    return `is a symbolic link, to ${escapeUnprintable(readlinkSync(path).slice(0, 200))}; ${wanted} is expected`;
  if (wanted === "a folder") return found.isDirectory() ? undefined : `is ${nameOf(found)}; a folder is expected`;
  if (!found.isFile()) return `is ${nameOf(found)}; a file is expected`;
  return found.nlink > 1 ? `has ${found.nlink} names (hard links); a file of one name is expected` : undefined;
}

function nameOf(found: Stats): string {
  if (found.isDirectory()) return "a folder";
  if (found.isFile()) return "a file";
  if (found.isFIFO()) return "a pipe";
  return found.isSocket() ? "a socket" : "a device";
}

function describeOwner({ uid, mode }: Stats, own: ReadonlySet<number>): string | undefined {
  if (!own.has(uid)) return `belongs to another user (${uid})`;
  const isWritable = (mode & 0o022) !== 0;
  return isWritable ? `can be written by others (mode ${(mode & 0o777).toString(8)})` : undefined;
}

function list(path: string): string[] {
  return lookAt(path) ? readdirSync(path).map((name) => join(path, name)) : [];
}
