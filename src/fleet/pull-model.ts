import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SahabError } from "../base/errors.ts";
import { readGguf } from "../engine/index.ts";

/** Nothing for so long ends a download; what has come stays, and the next pull goes on from there. */
const idleMs = 60_000;
const progressEveryMs = 200;

export interface PullProgress {
  receivedBytes: number;
  /** Null where the source does not say. */
  totalBytes: number | null;
}

interface PullOptions {
  modelsDir: string;
  signal: AbortSignal;
  onProgress: (progress: PullProgress) => void;
}

/**
 * Brings a GGUF file from an http(s) address or a path into the models folder and returns its name there.
 * It is written beside its place, checked, and only then moved there, so a broken download is never served.
 */
export async function pullModel(source: string, options: PullOptions): Promise<string> {
  const isWeb = /^https?:\/\//i.test(source);
  const path = source.startsWith("file://") ? fileURLToPath(source) : source;
  const file = fileNameOf(isWeb ? new URL(source).pathname : path);
  mkdirSync(options.modelsDir, { recursive: true, mode: 0o700 });
  // Two sources of the same name must not continue each other's parts.
  const part = join(
    options.modelsDir,
    `.${file}.${createHash("sha256").update(source).digest("hex").slice(0, 8)}.part`,
  );
  if (isWeb) await download(source, part, options);
  else await copyFile(path, part, options);
  try {
    await readGguf(part);
  } catch (cause) {
    rmSync(part, { force: true });
    throw new SahabError(
      "invalid_request",
      `${source} is not a model in GGUF format: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  renameSync(part, join(options.modelsDir, file));
  return file;
}

function fileNameOf(path: string): string {
  const name = basename(decodeURIComponent(path));
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/.test(name))
    throw new SahabError(
      "invalid_request",
      `Cannot name the file after "${name}"; letters, digits and . _ - are allowed`,
    );
  return name.toLowerCase().endsWith(".gguf") ? name : `${name}.gguf`;
}

async function download(url: string, part: string, options: PullOptions): Promise<void> {
  const have = existsSync(part) ? statSync(part).size : 0;
  const idle = new AbortController();
  let timer = setTimeout(() => idle.abort(), idleMs);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), idleMs);
  };
  try {
    const response = await fetch(url, {
      headers: have > 0 ? { range: `bytes=${have}-` } : {},
      signal: AbortSignal.any([options.signal, idle.signal]),
      decompress: false,
    } as RequestInit);
    if (response.status === 416 && have > 0) {
      await response.body?.cancel();
      rmSync(part);
      return await download(url, part, options);
    }
    if (!response.ok || !response.body)
      throw new SahabError("invalid_request", `Cannot fetch ${url}: the server answered ${response.status}`);
    const resumed = response.status === 206;
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
        `${url} ended after ${statSync(part).size} of ${totalBytes} bytes; pull again to go on from there`,
      );
    }
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    const why = idle.signal.aborted
      ? `nothing came for ${idleMs / 1000} s`
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new SahabError("upstream_unreachable", `Cannot fetch ${url}: ${why}; pull again to go on from there`, {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function copyFile(path: string, part: string, options: PullOptions): Promise<void> {
  if (!existsSync(path) || !statSync(path).isFile())
    throw new SahabError(
      "invalid_request",
      `There is no file ${path}; a path on the machine that runs Sahab, or an http(s) address is allowed`,
    );
  await write(part, "w", Bun.file(path).stream(), {
    start: 0,
    totalBytes: statSync(path).size,
    alive: () => options.signal.throwIfAborted(),
    onProgress: options.onProgress,
  });
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
    let toldMs = 0;
    for await (const chunk of body) {
      options.alive();
      await file.write(chunk);
      receivedBytes += chunk.length;
      if (Date.now() - toldMs < progressEveryMs) continue;
      toldMs = Date.now();
      options.onProgress({ receivedBytes, totalBytes: options.totalBytes });
    }
    options.onProgress({ receivedBytes, totalBytes: options.totalBytes ?? receivedBytes });
    await file.sync();
  } finally {
    await file.close();
  }
}
