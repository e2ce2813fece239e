import { writeFile } from "node:fs/promises";
import { resolveUserPath } from "../../base/user-path.ts";
import { CommandError } from "../command-error.ts";
import { printError } from "../print.ts";

/** Writes a page where a person wants it, and says where that is. Throws a CommandError. */
export async function writePage(file: string, page: string): Promise<void> {
  const path = resolveUserPath(file);
  try {
    await writeFile(path, page);
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    throw new CommandError(`Cannot write ${path}: ${reasons[code] ?? message}`, { cause });
  }
  printError(`Wrote ${path}`);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such folder",
  EISDIR: "it is a folder, expected a file",
  ENOTDIR: "a part of its path is no folder",
  EACCES: "the system's permissions do not let this user write it",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};
