import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SahabError } from "../base/errors.ts";
import { readGguf } from "../engine/index.ts";

/** A download without data for this long is ended. The received part is kept, and the next pull continues it. */
const idleMs = 60_000;
const progressEveryMs = 200;

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

/**
 * Fetches a GGUF file from an http(s) address or a path into the models folder and returns its name there.
 * The file gets its final name only after it is complete and checked, so a broken download is never served.
 */
export async function pullModel(source: string, options: PullOptions): Promise<string> {
  const { isWeb, path, file: ownName } = parseSource(source);
  const file = (await options.place?.(ownName)) ?? ownName;
  mkdirSync(options.modelsDir, { recursive: true, mode: 0o700 });
  // Two sources with the same file name must not continue each other's parts.
  const part = join(
    options.modelsDir,
    `.${file}.${createHash("sha256").update(source).digest("hex").slice(0, 8)}.part`,
  );
  const target = join(options.modelsDir, file);
  if (underWay.has(part))
    throw new SahabError("conflict", `${source} is being pulled already; wait until that has ended`);
  if (underWay.has(target))
    throw new SahabError("conflict", `Another model is being pulled into ${file}; wait until that has ended`);
  underWay.add(part).add(target);
  try {
    if (isWeb) await download(source, part, options);
    else await copyFile(path, part, options);
    await checkPart(source, part);
    renameSync(part, target);
    rmSync(versionFile(part), { force: true });
    return file;
  } finally {
    underWay.delete(part);
    underWay.delete(target);
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

async function checkPart(source: string, part: string): Promise<void> {
  try {
    await readGguf(part);
  } catch (cause) {
    removePart(part);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SahabError("invalid_request", why.replaceAll(part, source), { cause });
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

async function download(url: string, part: string, options: PullOptions): Promise<void> {
  let have = existsSync(part) ? statSync(part).size : 0;
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
      if (named !== undefined) writeFileSync(versionFile(part), named, { mode: 0o600 });
    }
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const totalBytes = Number.isFinite(length) ? length + (resumed ? have : 0) : null;
    await write(part, resumed ? "a" : "w", response.body, {
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
  start: number;
  totalBytes: number | null;
  alive: () => void;
  onProgress: (progress: PullProgress) => void;
}

async function write(
  part: string,
  flags: "a" | "w",
  body: ReadableStream<Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  const file = await open(part, flags, 0o600);
  try {
    let receivedBytes = options.start;
    let reportedMs = 0;
    for await (const chunk of body) {
      options.alive();
      await file.write(chunk);
      receivedBytes += chunk.length;
      if (Date.now() - reportedMs < progressEveryMs) continue;
      reportedMs = Date.now();
      options.onProgress({ receivedBytes, totalBytes: options.totalBytes });
    }
    options.onProgress({ receivedBytes, totalBytes: options.totalBytes ?? receivedBytes });
    await file.sync();
  } finally {
    await file.close();
  }
}
