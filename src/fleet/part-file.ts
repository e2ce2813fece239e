import { createHash } from "node:crypto";
import { constants, existsSync, lstatSync, readFileSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { SahabError } from "../base/errors.ts";
import { describeFull, requireRoom } from "./disk-room.ts";

const progressEveryMs = 200;
/** A read of this size takes well under a millisecond to hash, so that hashing a large file holds up nothing else. */
const hashPieceBytes = 512 * 1024;

export interface PullProgress {
  receivedBytes: number;
  /** Null if the source does not say. */
  totalBytes: number | null;
  /** Where all has come, and is compared with its hash: how much of it is. */
  checkedBytes?: number;
}

interface WriteOptions {
  /** For messages. */
  source: string;
  start: number;
  totalBytes: number | null;
  bytesMax: number;
  alive: () => void;
  onProgress: (progress: PullProgress) => void;
}

/** Never through a link that somebody has put there, and never waiting for whoever reads a pipe. */
const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const newFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Writes a file that is not whole yet: a new one, or from `start` on where part of it is there. */
export async function writePart(part: string, body: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<void> {
  const { source, start, totalBytes, bytesMax } = options;
  const dir = dirname(part);
  if (totalBytes !== null && totalBytes > bytesMax) throw tooLarge(source, totalBytes, bytesMax);
  if (start === 0) removePart(part, { keepVersion: true });
  const file = await open(part, start === 0 ? newFlags : appendFlags, 0o600);
  let receivedBytes = start;
  try {
    let reportedMs = Number.NEGATIVE_INFINITY;
    if (totalBytes !== null) requireRoom(dir, source, totalBytes - start);
    for await (const chunk of body) {
      options.alive();
      receivedBytes += chunk.length;
      if (receivedBytes > bytesMax) throw tooLarge(source, receivedBytes, bytesMax);
      await file.write(chunk);
      if (performance.now() - reportedMs < progressEveryMs) continue;
      reportedMs = performance.now();
      // Others write to the disk, too, and a source need not say how much comes.
      requireRoom(dir, source, totalBytes === null ? 0 : totalBytes - receivedBytes);
      options.onProgress({ receivedBytes, totalBytes });
    }
    options.onProgress({ receivedBytes, totalBytes: totalBytes ?? receivedBytes });
    await file.sync();
  } catch (cause) {
    const error = describeFull(cause, dir, source, receivedBytes);
    // What can't be finished must not take the room of what can.
    if (error instanceof SahabError && (error.code === "disk_full" || error.code === "invalid_request"))
      removePart(part);
    throw error;
  } finally {
    await file.close();
  }
}

function tooLarge(source: string, bytes: number, bytesMax: number): SahabError {
  return new SahabError("invalid_request", `${source} has at least ${bytes} bytes; at most ${bytesMax} are allowed`);
}

/** How much of a part is there; 0 where there is none, or where a link or something else is in its place, which is removed. */
export function partBytes(part: string): number {
  const found = lstatSync(part, { throwIfNoEntry: false });
  const version = lstatSync(versionFile(part), { throwIfNoEntry: false });
  if (found?.isFile() && found.nlink === 1 && (!version || version.isFile())) return found.size;
  removePart(part);
  return 0;
}

/** A file beside the part that holds the server's name for the part's version. */
export const versionFile = (part: string) => `${part}.version`;

export function versionOfPart(part: string): string | undefined {
  return partBytes(part) > 0 && existsSync(versionFile(part)) ? readFileSync(versionFile(part), "utf8") : undefined;
}

export function removePart(part: string, { keepVersion = false } = {}): void {
  rmSync(part, { force: true });
  if (!keepVersion) rmSync(versionFile(part), { force: true });
}

/** A whole file's SHA-256, in hexadecimal. */
export async function hashFile(
  path: string,
  signal: AbortSignal,
  onProgress: (checkedBytes: number) => void = () => undefined,
): Promise<string> {
  const hash = createHash("sha256");
  const buffer = Buffer.allocUnsafe(hashPieceBytes);
  const file = await open(path, "r");
  let checkedBytes = 0;
  let reportedMs = performance.now();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return hash.digest("hex");
      hash.update(buffer.subarray(0, bytesRead));
      checkedBytes += bytesRead;
      if (performance.now() - reportedMs < progressEveryMs) continue;
      reportedMs = performance.now();
      onProgress(checkedBytes);
    }
  } finally {
    await file.close();
  }
}
