import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SahabError } from "../base/errors.ts";
import { assert } from "../base/assert.ts";
import { limits } from "../base/limits.ts";
import { checkParts, inspectModelTemplate, nameSome, partNames, readGguf, type GgufFile } from "../engine/index.ts";
import { copyFile } from "./copy-file.ts";
import { describeAddress, download, isGone } from "./download.ts";
import { requireAllowedPath, type ModelSources } from "./model-sources.ts";
import { hashFile, removePart, versionFile, type PullProgress } from "./part-file.ts";

interface PullOptions {
  sources: ModelSources;
  signal: AbortSignal;
  /** SHA-256 in hexadecimal of each file of the model, in order. */
  sha256?: readonly string[] | undefined;
  /** Of all files of the model together. */
  bytesMax?: number;
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
 * parts any one may be named. The files get their names only when all are complete, have the hashes that were given or that
 * the hub tells, and are checked, so a broken download is never served.
 */
export async function pullModel(source: string, options: PullOptions): Promise<PulledModel> {
  const { isWeb, path, file: ownName, sha256: namedHash } = parseSource(source);
  const shown = isWeb ? describeAddress(source) : source;
  const ownNames = partNames(ownName);
  const given = options.sha256 ?? (namedHash === undefined ? [] : [namedHash]);
  if (given.length > 0 && given.length !== ownNames.length)
    throw new SahabError(
      "invalid_request",
      `The model of ${shown} has ${ownNames.length} files, and ${given.length} SHA-256 are given; one for each is needed`,
    );
  const file = (await options.place?.(ownNames[0] ?? ownName)) ?? ownNames[0] ?? ownName;
  const { modelsDir } = options.sources;
  mkdirSync(modelsDir, { recursive: true, mode: 0o700 });
  const names = partNames(file);
  assert(names.length === ownNames.length, "a model is stored in as many files as it has");
  const downloads = ownNames.map((name, index): Download => {
    // The address may name the file in its path, its query or both.
    const from = { source: source.replaceAll(ownName, name), path: path.replaceAll(ownName, name) };
    const stored = names[index] ?? file;
    // Two sources with the same file name must not continue each other's parts, even where one was made to look like the other.
    const hash = createHash("sha256").update(from.source).digest("hex").slice(0, 32);
    return {
      ...from,
      shown: isWeb ? describeAddress(from.source) : from.path,
      part: join(modelsDir, `.${stored}.${hash}.part`),
      target: join(modelsDir, stored),
    };
  });
  for (const { part, target } of downloads) {
    if (underWay.has(part))
      throw new SahabError("conflict", `${shown} is being pulled already; wait until that has ended`);
    if (underWay.has(target))
      throw new SahabError("conflict", `Another model is being pulled into ${file}; wait until that has ended`);
  }
  for (const { part, target } of downloads) underWay.add(part).add(target);
  try {
    if (downloads.length > 1) await refuseMissing(shown, isWeb, downloads, options);
    const hashes: Hashes = { given: given.map((hash) => hash.toLowerCase()), told: [] };
    let doneBytes = 0;
    for (const { source: from, path: fromPath, part } of downloads) {
      const onProgress = ({ receivedBytes, totalBytes }: PullProgress) =>
        options.onProgress({
          receivedBytes: doneBytes + receivedBytes,
          totalBytes: downloads.length === 1 ? totalBytes : null,
        });
      const own = { ...options, bytesMax: (options.bytesMax ?? limits.modelBytesMax) - doneBytes, onProgress };
      if (isWeb) hashes.told.push(await download(from, part, own));
      else await copyFile(fromPath, part, own);
      doneBytes += statSync(part).size;
    }
    await requireHashes(downloads, hashes, options.signal);
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
  /** The source as messages may show it. */
  shown: string;
  path: string;
  part: string;
  target: string;
}

/** Looks for all parts before gigabytes are fetched of some. */
async function refuseMissing(
  shown: string,
  isWeb: boolean,
  downloads: readonly Download[],
  options: PullOptions,
): Promise<void> {
  const missing: string[] = [];
  for (const { source, path } of downloads) {
    const isMissing = isWeb
      ? await isGone(source, options.sources, options.signal)
      : !existsSync(requireAllowedPath(options.sources, path));
    if (isMissing) missing.push(isWeb ? describeAddress(source) : path);
  }
  if (missing.length > 0)
    throw new SahabError(
      "invalid_request",
      `The model of ${shown} has ${downloads.length} parts, and ${missing.length} are missing: ${nameSome(missing)}`,
    );
}

/** Removes all files where one is not what was promised; nothing has read them yet. */
async function requireHashes(downloads: readonly Download[], wanted: Hashes, signal: AbortSignal): Promise<void> {
  for (const [index, { part, shown }] of downloads.entries()) {
    const found = (wanted.given[index] ?? wanted.told[index]) ? await hashFile(part, signal) : undefined;
    for (const [hash, from] of [
      [wanted.given[index], "was asked for"],
      [wanted.told[index], "is what the hub tells"],
    ]) {
      if (hash === undefined || hash === found) continue;
      for (const download of downloads) removePart(download.part);
      throw new SahabError(
        "invalid_request",
        `${shown} is not the file that it should be: ${hash} ${from} as its SHA-256, and it has another; nothing of it is kept`,
      );
    }
  }
}

/** SHA-256 of each file, in hexadecimal: what the caller has given, and what the hub has told. */
interface Hashes {
  given: readonly string[];
  told: (string | undefined)[];
}

interface Source {
  isWeb: boolean;
  path: string;
  /** The name under which it is stored by default. */
  file: string;
  sha256?: string | undefined;
}

function parseSource(source: string): Source {
  const isWeb = /^https?:/i.test(source);
  if (!isWeb && !/^file:/i.test(source)) return { isWeb, path: source, file: fileNameOf(source) };
  try {
    const path = isWeb ? decodeURIComponent(new URL(source).pathname) : fileURLToPath(source);
    // What a registry stores, such as Ollama's, is named for its hash.
    const sha256 = isWeb ? /\/blobs\/sha256:([0-9a-f]{64})$/i.exec(path)?.[1] : undefined;
    return { isWeb, path, file: fileNameOf(sha256 === undefined ? path : `sha256-${sha256}`), sha256 };
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    throw new SahabError(
      "invalid_request",
      `${source.replace(/\/\/[^/]*@/, "//…@").replace(/\?.*/s, "?…")} is not a valid address; one such as https://example.com/model.gguf, or a path is allowed`,
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
    for (const { part, shown } of downloads) {
      removePart(part);
      why = why.replaceAll(part, shown);
    }
    throw new SahabError("invalid_request", why, { cause });
  }
}
