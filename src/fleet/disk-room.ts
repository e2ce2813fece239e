import { statfsSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { partsBytes } from "./forget-parts.ts";

/** What a pull leaves free for records and the database: this much, or a tenth of a small disk. */
const reserveBytesMax = 256 * 1024 * 1024;
const reserveShare = 0.1;

/** Throws `disk_full` where a file of this size, or the next part of it, would leave too little room. */
export function requireRoom(dir: string, source: string, neededBytes: number): void {
  const { bavail, blocks, bsize } = statfsSync(dir);
  const freeBytes = bavail * bsize;
  const reserveBytes = Math.min(reserveBytesMax, Math.floor(blocks * bsize * reserveShare));
  if (neededBytes + reserveBytes <= freeBytes) return;
  throw new SahabError(
    "disk_full",
    `Cannot pull ${source}: it needs ${inMegabytes(neededBytes)}, and the disk of ${dir} has ${inMegabytes(freeBytes)} free, of which ${inMegabytes(reserveBytes)} are left for records; ${describeParts(dir)}make room, and pull again`,
  );
}

/** A failure to write, after so many bytes, as an error that says so where the disk is full; any other as it is. */
export function describeFull(cause: unknown, dir: string, source: string, receivedBytes: number): unknown {
  const { code } = cause as { code?: string };
  if (code !== "ENOSPC" && code !== "EDQUOT") return cause;
  const { bavail, bsize } = statfsSync(dir);
  return new SahabError(
    "disk_full",
    `Cannot pull ${source}: after ${inMegabytes(receivedBytes)} the disk of ${dir} was full (${inMegabytes(bavail * bsize)} free); ${describeParts(dir)}make room, and pull again`,
    { cause },
  );
}

/** What can be removed where no pull is under way. */
function describeParts(dir: string): string {
  const bytes = partsBytes(dir);
  return bytes === 0 ? "" : `pulls that have not ended hold ${inMegabytes(bytes)} there (${dir}/.*.part); `;
}

function inMegabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
