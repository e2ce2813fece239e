import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  closeSync,
  fsyncSync,
  readdirSync,
  renameSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { syncFolder } from "../base/sync-folder.ts";
import { encodeApiRecord, type UsageRecord } from "./record/index.ts";

/** The files of one day, such as `usage-2026-03-01.jsonl.gz`; further ones, for records that came late, have a number from 2 on. */
export function exportsOf(dir: string, day: string): string[] {
  if (!existsSync(dir)) return [];
  const pattern = new RegExp(`^usage-${day}(?:\\.\\d+)?\\.jsonl\\.gz$`);
  return readdirSync(dir)
    .filter((name) => pattern.test(name))
    .map((name) => join(dir, name));
}

/**
 * Writes records as lines of JSON in the form of the admin API into a new file of that day. When this returns, the file is whole and on
 * the disk; when it rejects, no file has the name.
 */
export async function writeExport(
  dir: string,
  day: string,
  pages: AsyncIterable<readonly UsageRecord[]>,
): Promise<void> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  syncFolder(dirname(dir));
  let number = exportsOf(dir, day).length + 1;
  const nameOf = () => join(dir, `usage-${day}${number === 1 ? "" : `.${number}`}.jsonl.gz`);
  while (existsSync(nameOf())) number++;
  const path = nameOf();
  const partial = `${path}.partial`;
  await pipeline(Readable.from(linesOf(pages)), createGzip(), createWriteStream(partial, { mode: 0o600 }));
  const file = openSync(partial, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  syncFolder(dir);
}

async function* linesOf(pages: AsyncIterable<readonly UsageRecord[]>): AsyncGenerator<Buffer> {
  for await (const records of pages)
    if (records.length > 0)
      yield Buffer.from(records.map((record) => `${JSON.stringify(encodeApiRecord(record))}\n`).join(""));
}

/** The ids of the records in a file, so many at a time. Rejects where the file cannot be read to its end. */
export async function* readExportIds(path: string, idsMax: number): AsyncGenerator<string[]> {
  const source = createReadStream(path);
  const unpacked = createGunzip();
  // The loop below hears of a failure from the lines' end alone.
  const done = pipeline(source, unpacked);
  done.catch(() => undefined);
  let ids: string[] = [];
  for await (const line of createInterface({ input: unpacked, crlfDelay: Number.POSITIVE_INFINITY })) {
    ids.push((JSON.parse(line) as { id: string }).id);
    if (ids.length < idsMax) continue;
    yield ids;
    ids = [];
  }
  await done;
  yield ids;
}
