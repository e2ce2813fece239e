import {
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { randomText } from "../../base/ids.ts";
import { syncFolder } from "../../base/sync-folder.ts";
import { CommandError } from "../command-error.ts";

/** More than any settings of a person have. */
const bytesMax = 4 * 1024 * 1024;
const linksMax = 40;

/** A file of this user's, or the place for one, with links followed. */
export interface RealFile {
  path: string;
  text: string | undefined;
  mode: number | undefined;
  /** Folders on the way that are not there yet, the innermost first. */
  missing: readonly string[];
}

/** Throws a CommandError for what is no file, too large, or where somebody else could change what is written. */
export function readRealFile(path: string): RealFile {
  const real = followLinks(path);
  refuseForeign(real);
  let file: number;
  try {
    file = openSync(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") {
      return { path: real, text: undefined, mode: undefined, missing: foldersMissing(dirname(real)) };
    }
    throw new CommandError(`Cannot read ${real}: ${(cause as { code?: string }).code ?? String(cause)}`, { cause });
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() || stat.size > bytesMax)
      throw new CommandError(`Cannot use ${real}: a file of at most ${bytesMax} bytes is expected`);
    const bytes = readFileSync(file);
    const text = bytes.toString("utf8");
    if (!Buffer.from(text).equals(bytes)) throw new CommandError(`Cannot use ${real}: it is no text in UTF-8`);
    return { path: real, text, mode: stat.mode & 0o777, missing: [] };
  } finally {
    closeSync(file);
  }
}

/** At any moment, also after a crash, the file is the former or the new one whole. */
export function writeRealFile(path: string, text: string, mode: number): void {
  const folder = dirname(path);
  const part = join(folder, `.${basename(path)}.${randomText(8)}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const file = openSync(part, "wx", mode);
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    // The process's mask may have taken rights away that the former file had.
    chmodSync(part, mode);
    renameSync(part, path);
    if (process.platform !== "win32") syncFolder(folder);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new CommandError(`Cannot write ${path}: ${(cause as { code?: string }).code ?? String(cause)}`, { cause });
  }
}

/** Removes a file, and those of the folders that are empty then. */
export function removeRealFile(path: string, folders: readonly string[]): void {
  rmSync(path, { force: true });
  for (const folder of folders.toSorted((a, b) => b.length - a.length)) {
    try {
      rmdirSync(folder);
    } catch {
      // Something else is in it by now.
    }
  }
}

/** Where a path leads to, though there may be nothing yet. */
function followLinks(path: string): string {
  let at = resolve(path);
  for (let count = 0; count < linksMax; count++) {
    const missing: string[] = [];
    let there = at;
    while (!lstatSync(there, { throwIfNoEntry: false })) {
      missing.unshift(basename(there));
      if (dirname(there) === there) break;
      there = dirname(there);
    }
    const isDangling =
      lstatSync(there, { throwIfNoEntry: false })?.isSymbolicLink() && !statSync(there, { throwIfNoEntry: false });
    if (!isDangling) return join(realpathSync(there), ...missing);
    at = join(resolve(dirname(there), readlinkSync(there)), ...missing);
  }
  throw new CommandError(`Cannot use ${path}: its symbolic links go in a circle`);
}

/** A key is written there: nobody else may own the file, its folder or a folder on the way, nor be able to put another in its place. */
function refuseForeign(path: string): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  const folder = nearestFolder(path);
  for (const own of [path, folder]) {
    const uid = lstatSync(own, { throwIfNoEntry: false })?.uid;
    if (uid !== undefined && uid !== user)
      throw new CommandError(`Cannot use ${path}: ${own} belongs to another user (${uid}, this one is ${user})`);
  }
  for (let at = folder; ; at = dirname(at)) {
    const { uid, mode } = statSync(at);
    if (uid !== user && uid !== 0)
      throw new CommandError(`Cannot use ${path}: ${at} belongs to another user (${uid}, this one is ${user})`);
    if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0)
      throw new CommandError(`Cannot use ${path}: every user of this machine can change ${at}; run: chmod o-w ${at}`);
    if (dirname(at) === at) return;
  }
}

function nearestFolder(path: string): string {
  let at = dirname(path);
  while (!statSync(at, { throwIfNoEntry: false }) && dirname(at) !== at) at = dirname(at);
  return at;
}

function foldersMissing(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !statSync(at, { throwIfNoEntry: false }) && dirname(at) !== at; at = dirname(at))
    missing.push(at);
  return missing;
}
