import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { join } from "node:path";

const dayMs = 86_400_000;
/** Of a project, day and process. */
const fileBytesMax = 256 * 1024 * 1024;
const readBytes = 1024 * 1024;
/** A request takes no longer than this from its id to its end, which is when its text is written. */
const daysAfterId = 2;
/** The ids of a batch's lines have the time of the batch, which may take two weeks. */
const daysAfterBatch = 14 + daysAfterId;
const lineFeed = 10;

/** One file of text: `2026-11-27.7d.0.log`, with the day in UTC, for how many days it was to be kept, and the process that writes it. */
interface ContentFile {
  path: string;
  project: string;
  dayStartMs: number;
  retentionDays: number;
  bytes: number;
}

const namePattern = /^(\d{4}-\d{2}-\d{2})\.(\d{1,3})d\.\d+\.log$/;

/** Appends a line to the day's file of a project. Throws where it is full, or the disk does not take it. */
export function appendContent(
  dir: string,
  { project, retentionDays, index, nowMs }: { project: string; retentionDays: number; index: number; nowMs: number },
  line: string,
): void {
  const folder = join(dir, folderOf(project));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const path = join(folder, `${day}.${retentionDays}d.${index}.log`);
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes + line.length > fileBytesMax)
    throw new Error(`the text of project ${project} has ${bytes} bytes today, and ${fileBytesMax} are allowed`);
  // A crash may have left a part of a line, which must not become the beginning of this one.
  appendFileSync(path, bytes > 0 && !endsLine(path, bytes) ? `\n${line}\n` : `${line}\n`, { mode: 0o600 });
}

function endsLine(path: string, bytes: number): boolean {
  const file = openSync(path, "r");
  try {
    const last = Buffer.alloc(1);
    readSync(file, last, 0, 1, bytes - 1);
    return last[0] === lineFeed;
  } finally {
    closeSync(file);
  }
}

/**
 * What stands behind `ID ` in a line of a file whose day may be that of the request; undefined where there is none, and for what is no id of
 * a request, for which all files would have to be read.
 */
export function findContent(dir: string, id: string): string | undefined {
  const made = readId(id);
  if (!made) return undefined;
  const { idMs, days } = made;
  for (const file of listContent(dir)) {
    const isLikely = file.dayStartMs > idMs - dayMs && file.dayStartMs <= idMs + days * dayMs;
    const found = isLikely ? findLine(file.path, `${id} `) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** When an id was made, and within how many days of that its text is written; undefined for what is no id of a request. */
export function readId(id: string): { idMs: number; days: number } | undefined {
  const [, text, line] = /^req_([0-9a-hjkmnp-tv-z]{10})[0-9a-hjkmnp-tv-z]{16}(_\d{1,9})?$/.exec(id) ?? [];
  if (text === undefined) return undefined;
  let idMs = 0;
  for (const character of text) idMs = idMs * 32 + "0123456789abcdefghjkmnpqrstvwxyz".indexOf(character);
  return { idMs, days: line === undefined ? daysAfterId : daysAfterBatch };
}

function findLine(path: string, start: string): string | undefined {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const prefix = Buffer.from(start);
    let carry = Buffer.alloc(0);
    for (let at = 0; at < size;) {
      const piece = Buffer.alloc(Math.min(readBytes, size - at));
      at += readSync(file, piece, 0, piece.length, at);
      const bytes = Buffer.concat([carry, piece]);
      let from = 0;
      for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, from)) {
        if (bytes.subarray(from, from + prefix.length).equals(prefix))
          return bytes.subarray(from + prefix.length, end).toString("latin1");
        from = end + 1;
      }
      carry = bytes.subarray(from);
    }
    return undefined;
  } finally {
    closeSync(file);
  }
}

/** All files, in no order. */
export function listContent(dir: string): ContentFile[] {
  return listNames(dir).flatMap((folder) => listFolder(dir, folder));
}

function listFolder(dir: string, folder: string): ContentFile[] {
  return listNames(join(dir, folder)).flatMap((name) => {
    const [, day = "", days = ""] = namePattern.exec(name) ?? [];
    const dayStartMs = Date.parse(`${day}T00:00:00Z`);
    if (Number.isNaN(dayStartMs)) return [];
    const path = join(dir, folder, name);
    const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return [{ path, project: projectOf(folder), dayStartMs, retentionDays: Number(days), bytes }];
  });
}

/**
 * Deletes the files of days that ended long ago: by what was said when they were written or by what is said now, whichever is shorter.
 * Returns how many, and the faults of what could not be listed or deleted, which holds up nothing else.
 */
export function sweepContent(
  dir: string,
  retentionNow: ReadonlyMap<string, number>,
  nowMs: number,
): { deleted: number; faults: unknown[] } {
  const faults: unknown[] = [];
  const attempt = <T>(act: () => T): T | undefined => {
    try {
      return act();
    } catch (fault) {
      faults.push(fault);
      return undefined;
    }
  };
  let deleted = 0;
  for (const folder of listNames(dir))
    for (const { path, project, dayStartMs, retentionDays } of attempt(() => listFolder(dir, folder)) ?? []) {
      const days = Math.min(retentionDays, retentionNow.get(project) ?? retentionDays);
      if (nowMs < dayStartMs + (days + 1) * dayMs) continue;
      if (
        attempt(() => {
          unlinkSync(path);
          return true;
        })
      )
        deleted++;
    }
  return { deleted, faults };
}

/** Names of projects have these two characters, which names of folders should not have; the others in their place they do not have. */
function folderOf(project: string): string {
  return project.replaceAll("/", "~").replaceAll(":", "!");
}

function projectOf(folder: string): string {
  return folder.replaceAll("~", "/").replaceAll("!", ":");
}

function listNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw error;
  }
}
