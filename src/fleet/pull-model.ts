import { createHash } from "node:crypto";
import {
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SahabError } from "../base/errors.ts";
import { assert } from "../base/assert.ts";
import { describeFull, requireRoom } from "./disk-room.ts";
import { checkParts, inspectModelTemplate, nameSome, partNames, readGguf, type GgufFile } from "../engine/index.ts";

/** A download without data for this long is ended. The received part is kept, and the next pull continues it. */
const idleMs = 60_000;
const progressEveryMs = 200;
/** A server that does not answer in this time whether it has a file is asked for the file itself. */
const lookMs = 10_000;

export interface PullProgress {
  receivedBytes: number;
  /** Null if the source does not say. */
  totalBytes: number | null;
}

interface PullOptions {
  modelsDir: string;
  signal: AbortSignal;
  /** Called before the download with the source's file name; returns the name to store it under. An error that it throws ends the pull. */
  place?: (file: string) => string | Promise<string>;
  onProgress: (progress: PullProgress) => void;
}

/** Parts and files being written; two pulls must not write the same one. */
const underWay = new Set<string>();

export interface PulledModel {
  /** Its name in the models folder; of a model in parts, the first one's. */
  file: string;
  /** What of the model does not work, each a sentence. */
  warnings: string[];
}

/**
 * Fetches a model, which is a GGUF file or several, from an http(s) address or a path into the models folder. Of a model in
 * parts any one may be named. The files get their names only when all are complete and checked, so a broken download is never
 * served.
 */
export async function pullModel(source: string, options: PullOptions): Promise<PulledModel> {
  const { isWeb, path, file: ownName } = parseSource(source);
  const ownNames = partNames(ownName);
  const file = (await options.place?.(ownNames[0] ?? ownName)) ?? ownNames[0] ?? ownName;
  const sources = ownNames.map((name) => ({
    // The address may name the file in its path, its query or both.
    source: source.replaceAll(ownName, name),
    path: path.replaceAll(ownName, name),
  }));
  mkdirSync(options.modelsDir, { recursive: true, mode: 0o700 });
  const names = partNames(file);
  assert(names.length === sources.length, "a model is stored in as many files as it has");
  const downloads = sources.map((from, index): Download => {
    const name = names[index] ?? file;
    // Two sources with the same file name must not continue each other's parts.
    const hash = createHash("sha256").update(from.source).digest("hex").slice(0, 8);
    return { ...from, part: join(options.modelsDir, `.${name}.${hash}.part`), target: join(options.modelsDir, name) };
  });
  for (const { part, target } of downloads) {
    if (underWay.has(part))
      throw new SahabError("conflict", `${source} is being pulled already; wait until that has ended`);
    if (underWay.has(target))
      throw new SahabError("conflict", `Another model is being pulled into ${file}; wait until that has ended`);
  }
  for (const { part, target } of downloads) underWay.add(part).add(target);
  try {
    if (downloads.length > 1) await refuseMissing(source, isWeb, downloads, options.signal);
    let doneBytes = 0;
    for (const { source: from, path: fromPath, part } of downloads) {
      const onProgress = ({ receivedBytes, totalBytes }: PullProgress) =>
        options.onProgress({
          receivedBytes: doneBytes + receivedBytes,
          totalBytes: downloads.length === 1 ? totalBytes : null,
        });
      if (isWeb) await download(from, part, { ...options, onProgress });
      else await copyFile(fromPath, part, { ...options, onProgress });
      doneBytes += statSync(part).size;
    }
    const warnings = await checkDownloads(downloads);
    for (const { part, target } of downloads) {
      renameSync(part, target);
      rmSync(versionFile(part), { force: true });
    }
    return { file, warnings };
  } finally {
    for (const { part, target } of downloads) {
      underWay.delete(part);
      underWay.delete(target);
    }
  }
}

/** One file of a model: where it comes from, where it is kept until it is whole, and where it goes. */
interface Download {
  source: string;
  path: string;
  part: string;
  target: string;
}

/** Looks for all parts before gigabytes are fetched of some. */
async function refuseMissing(
  source: string,
  isWeb: boolean,
  downloads: readonly Download[],
  signal: AbortSignal,
): Promise<void> {
  const missing: string[] = [];
  for (const { source: from, path } of downloads)
    if (isWeb ? await isGone(from, signal) : !existsSync(path)) missing.push(isWeb ? from : path);
  if (missing.length > 0)
    throw new SahabError(
      "invalid_request",
      `The model of ${source} has ${downloads.length} parts, and ${missing.length} are missing: ${nameSome(missing)}`,
    );
}

/** Only an answer that says so counts; all else is for the download to find. */
async function isGone(url: string, signal: AbortSignal): Promise<boolean> {
  const timeout = AbortSignal.timeout(lookMs);
  try {
    const response = await fetch(url, { headers: { range: "bytes=0-0" }, signal: AbortSignal.any([signal, timeout]) });
    await response.body?.cancel();
    return response.status === 404 || response.status === 410;
  } catch (error) {
    if (signal.aborted) throw error;
    return false;
  }
}

function parseSource(source: string): { isWeb: boolean; path: string; file: string } {
  const isWeb = /^https?:/i.test(source);
  if (!isWeb && !/^file:/i.test(source)) return { isWeb, path: source, file: fileNameOf(source) };
  try {
    const path = isWeb ? decodeURIComponent(new URL(source).pathname) : fileURLToPath(source);
    return { isWeb, path, file: fileNameOf(path) };
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    throw new SahabError(
      "invalid_request",
      `${source} is not a valid address; one such as https://example.com/model.gguf, or a path is allowed`,
      { cause },
    );
  }
}

function fileNameOf(path: string): string {
  const name = basename(path);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name))
    throw new SahabError(
      "invalid_request",
      `Cannot name the file after "${name}"; letters, digits and . _ - are allowed`,
    );
  return name.toLowerCase().endsWith(".gguf") ? name : `${name}.gguf`;
}

/** Checks the files and the chat template; removes files that are no model. Returns what the model can't do. */
async function checkDownloads(downloads: readonly Download[]): Promise<string[]> {
  try {
    const headers: GgufFile[] = [];
    for (const { part } of downloads) headers.push(await readGguf(part));
    checkParts(
      headers,
      downloads.map(({ part }) => part),
    );
    const [header] = headers;
    const warnings = header ? inspectModelTemplate(header, downloads[0]?.part ?? "").warnings : [];
    return warnings.map((warning) => `the chat template: ${warning}`);
  } catch (cause) {
    let why = cause instanceof Error ? cause.message : String(cause);
    for (const { part, source } of downloads) {
      removePart(part);
      why = why.replaceAll(part, source);
    }
    throw new SahabError("invalid_request", why, { cause });
  }
}

/** A file beside the part that holds the server's name for the part's version. */
const versionFile = (part: string) => `${part}.version`;

function removePart(part: string): void {
  rmSync(part, { force: true });
  rmSync(versionFile(part), { force: true });
}

/** A value for If-Range (RFC 9110, §13.1.5): a strong ETag, or a date old enough to belong to one version only. */
function versionOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag) return etag.startsWith("W/") ? undefined : etag;
  const modified = headers.get("last-modified");
  const ageMs = Date.parse(headers.get("date") ?? "") - Date.parse(modified ?? "");
  return modified && ageMs >= 1_000 ? modified : undefined;
}

/** 0 where there is none, or where a link or something else is in its place, which is removed. */
function sizeOfOwn(part: string): number {
  const found = lstatSync(part, { throwIfNoEntry: false });
  const version = lstatSync(versionFile(part), { throwIfNoEntry: false });
  if (found?.isFile() && found.nlink === 1 && (!version || version.isFile())) return found.size;
  removePart(part);
  return 0;
}

async function download(url: string, part: string, options: PullOptions): Promise<void> {
  let have = sizeOfOwn(part);
  const version = have > 0 && existsSync(versionFile(part)) ? readFileSync(versionFile(part), "utf8") : undefined;
  // Without a name for the version, the rest may belong to another version.
  if (version === undefined) have = 0;
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), idleMs);
  };
  const again = () => (existsSync(versionFile(part)) ? "pull again to continue from there" : "pull again");
  try {
    const response = await fetch(url, {
      headers: {
        "accept-encoding": "identity",
        ...(version !== undefined && { range: `bytes=${have}-`, "if-range": version }),
      },
      signal: AbortSignal.any([options.signal, idle.signal]),
      decompress: false,
    } as RequestInit);
    const resumed = response.status === 206;
    // The part is whole already: a pull of several ended before the others were.
    if (response.status === 416 && have > 0 && response.headers.get("content-range") === `bytes */${have}`) {
      await response.body?.cancel();
      return;
    }
    if (have > 0 && (response.status === 416 || (resumed && !continuesPart(response.headers, have, version)))) {
      await response.body?.cancel();
      removePart(part);
      return await download(url, part, options);
    }
    if (!response.ok || !response.body || (resumed && have === 0))
      throw new SahabError("invalid_request", `Cannot fetch ${url}: the server answered ${response.status}`);
    if (!resumed) {
      // In this order, so that a version file never names another version than its part has.
      removePart(part);
      const named = versionOf(response.headers);
      if (named !== undefined) writeFileSync(versionFile(part), named, { mode: 0o600, flag: "wx" });
    }
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const totalBytes = Number.isFinite(length) ? length + (resumed ? have : 0) : null;
    await write(part, resumed ? "a" : "w", response.body, {
      source: url,
      start: resumed ? have : 0,
      totalBytes,
      alive,
      onProgress: options.onProgress,
    });
    if (totalBytes !== null && statSync(part).size !== totalBytes) {
      throw new SahabError(
        "upstream_unreachable",
        `${url} ended after ${statSync(part).size} of ${totalBytes} bytes; ${again()}`,
      );
    }
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    const why = idle.signal.aborted
      ? `nothing came for ${idleMs / 1000} s`
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new SahabError("upstream_unreachable", `Cannot fetch ${url}: ${why}; ${again()}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a 206 has what was requested: the same version, from the byte where the part ends. */
function continuesPart(headers: Headers, have: number, version: string | undefined): boolean {
  const start = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "")?.[1];
  const named = versionOf(headers);
  return Number(start) === have && (named === undefined || named === version);
}

async function copyFile(path: string, part: string, options: PullOptions): Promise<void> {
  if (!existsSync(path) || !statSync(path).isFile())
    throw new SahabError(
      "invalid_request",
      `There is no file ${path}; a path on the machine that runs Sahab, or an http(s) address is allowed`,
    );
  try {
    await write(part, "w", Bun.file(path).stream(), {
      source: path,
      start: 0,
      totalBytes: statSync(path).size,
      alive: () => options.signal.throwIfAborted(),
      onProgress: options.onProgress,
    });
  } catch (error) {
    removePart(part);
    throw error;
  }
}

interface WriteOptions {
  source: string;
  start: number;
  totalBytes: number | null;
  alive: () => void;
  onProgress: (progress: PullProgress) => void;
}

/** Never through a link that somebody has put there. */
const appendFlags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const newFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

async function write(
  part: string,
  flags: "a" | "w",
  body: ReadableStream<Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  const { source, start, totalBytes } = options;
  const dir = dirname(part);
  const file = await open(part, flags === "w" ? newFlags : appendFlags, 0o600);
  let receivedBytes = start;
  try {
    let reportedMs = Number.NEGATIVE_INFINITY;
    if (totalBytes !== null) requireRoom(dir, source, totalBytes - start);
    for await (const chunk of body) {
      options.alive();
      await file.write(chunk);
      receivedBytes += chunk.length;
      if (performance.now() - reportedMs < progressEveryMs) continue;
      reportedMs = performance.now();
      // Others write to the disk, too, and a source need not say how much comes.
      requireRoom(dir, source, totalBytes === null ? 0 : totalBytes - receivedBytes);
      options.onProgress({ receivedBytes, totalBytes: options.totalBytes });
    }
    options.onProgress({ receivedBytes, totalBytes: options.totalBytes ?? receivedBytes });
    await file.sync();
  } catch (cause) {
    const error = describeFull(cause, dir, source, receivedBytes);
    // What can't be finished must not take the room of what can.
    if (error instanceof SahabError && error.code === "disk_full") removePart(part);
    throw error;
  } finally {
    await file.close();
  }
}
