import { existsSync, lstatSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { nameSome } from "../engine/index.ts";
import { checkDownloads, requireHashes } from "./check-downloads.ts";
import { copyFile } from "./copy-file.ts";
import { requireRoom } from "./disk-room.ts";
import { describeAddress, download, isGone } from "./download.ts";
import { forgetParts } from "./forget-parts.ts";
import { inParallel } from "./in-parallel.ts";
import { lockFile } from "./lock-file.ts";
import type { ModelDownload } from "./model-download.ts";
import { ModelProgress } from "./model-progress.ts";
import { requireAllowedPath, type ModelSources } from "./model-sources.ts";
import { hashFile, partBytes, versionFile, type PullProgress } from "./part-file.ts";
import type { PullPlan } from "./plan-pull.ts";

export interface PulledModel {
  /** Its name in the models folder; of a model in parts, the first one's. */
  file: string;
  /** What of the model does not work, each a sentence. */
  warnings: string[];
  /** Takes the model's files from where they may be served, and keeps them for the next pull. Says whether they can be kept. */
  setAside(): boolean;
}

/** Files of one model that are fetched at once: more of them share the same line. */
const filesAtOnce = 4;
/** Tries of a file of a hub's in a row without one more byte of it, and the pause before the second, which doubles. */
const triesMax = 5;
const pauseMs = 500;

/** Parts and files being written; two pulls must not write the same one. */
const underWay = new Set<string>();
interface FetchOptions {
  sources: ModelSources;
  signal: AbortSignal;
  /** In hexadecimal, of each file or of none. */
  given: readonly string[];
  bytesMax: number;
  onProgress: (progress: PullProgress) => void;
}

/** Fetches a model's files, checks them and gives them their names, all or none. */
export async function fetchModel(
  plan: PullPlan,
  downloads: readonly ModelDownload[],
  options: FetchOptions,
): Promise<PulledModel> {
  const { shown, hub } = plan;
  const [first] = downloads as [ModelDownload];
  const file = first.target.slice(join(options.sources.modelsDir, "/").length);
  for (const { part, target } of downloads) {
    if (underWay.has(part))
      throw new SahabError("conflict", `${shown} is being pulled already; wait until that has ended`);
    if (underWay.has(target))
      throw new SahabError("conflict", `Another model is being pulled into ${file}; wait until that has ended`);
  }
  for (const { part, target } of downloads) underWay.add(part).add(target);
  let unlock: (() => void) | undefined;
  try {
    forgetParts(options.sources.modelsDir, Date.now());
    const progress = new ModelProgress(plan, options);
    // Another process that shares the models folder may be at it.
    unlock = await lockFile(join(options.sources.modelsDir, `.${file}.lock`), {
      signal: options.signal,
      onWait: () => progress.tellParts(downloads),
    });
    if (hub) await findHere(downloads, options, progress);
    if (!hub && downloads.length > 1) await refuseMissing(shown, plan.isWeb, downloads, options);
    progress.tellParts(downloads);
    if (hub) {
      const missing = downloads.filter(({ isHere }) => !isHere);
      const needed = missing.reduce((sum, { part, known }) => sum + (known?.bytes ?? 0) - partBytes(part), 0);
      requireRoom(options.sources.modelsDir, shown, Math.max(0, needed));
    }
    const told = await fetchFiles(plan, downloads, options, progress);
    await requireHashes(downloads, { given: options.given, told }, options.signal, progress);
    options.signal.throwIfAborted();
    const warnings = await checkDownloads(downloads);
    options.signal.throwIfAborted();
    for (const { part, target, isHere } of downloads) {
      if (!isHere) renameSync(part, target);
      rmSync(versionFile(part), { force: true });
    }
    return { file, warnings, setAside: () => setAside(downloads) };
  } finally {
    unlock?.();
    for (const { part, target } of downloads) {
      underWay.delete(part);
      underWay.delete(target);
    }
  }
}

/** Marks the files that an earlier pull, or another process, has put there: they need not come again. */
async function findHere(
  downloads: readonly ModelDownload[],
  options: FetchOptions,
  progress: ModelProgress,
): Promise<void> {
  for (const download of downloads) {
    const { target, known } = download;
    const found = lstatSync(target, { throwIfNoEntry: false });
    if (known?.sha256 === undefined || !found?.isFile() || found.size !== known.bytes) continue;
    const told = (checkedBytes: number) => progress.tellChecked(checkedBytes);
    download.isHere = (await hashFile(target, options.signal, told)) === known.sha256;
  }
}

/** Returns the SHA-256 that a hub tells of each file. */
async function fetchFiles(
  { isWeb, hub }: PullPlan,
  downloads: readonly ModelDownload[],
  options: FetchOptions,
  progress: ModelProgress,
): Promise<(string | undefined)[]> {
  const told: (string | undefined)[] = [];
  // When one fails, the others end, too, and what they have is kept.
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const sources = hub ? { ...options.sources, hosts: hub.hosts } : options.sources;
  await inParallel(downloads, isWeb ? filesAtOnce : 1, async ({ source, part, known, isHere }, index) => {
    told[index] = known?.sha256;
    if (isHere) return;
    const onProgress = (one: PullProgress) => progress.tell(index, one);
    const own = { sources, signal, bytesMax: known?.bytes ?? options.bytesMax, onProgress, known };
    try {
      if (isWeb) told[index] = await (known ? downloadPatiently(source, part, own) : download(source, part, own));
      else await copyFile(source, part, own);
    } catch (error) {
      stop.abort();
      throw error;
    }
  });
  return told;
}

/** Goes on where a download was cut, as long as more of it comes. */
async function downloadPatiently(...[source, part, options]: Parameters<typeof download>): Promise<string | undefined> {
  for (let failures = 0; ;) {
    const before = partBytes(part);
    try {
      return await download(source, part, options);
    } catch (error) {
      const mayPass = error instanceof SahabError && error.code === "upstream_unreachable";
      failures = partBytes(part) > before ? 1 : failures + 1;
      if (!mayPass || options.signal.aborted || failures >= triesMax) throw error;
      await Bun.sleep(pauseMs * 2 ** (failures - 1));
    }
  }
}

/** Says whether all files can be continued from there: those whose hash the hub tells. */
function setAside(downloads: readonly ModelDownload[]): boolean {
  if (downloads.some(({ known }) => known?.sha256 === undefined)) return false;
  for (const { part, target, isHere } of downloads) if (!isHere && existsSync(target)) renameSync(target, part);
  return true;
}

/** Looks for all parts before gigabytes are fetched of some. */
async function refuseMissing(
  shown: string,
  isWeb: boolean,
  downloads: readonly ModelDownload[],
  options: FetchOptions,
): Promise<void> {
  const missing: string[] = [];
  for (const { source } of downloads) {
    const isMissing = isWeb
      ? await isGone(source, options.sources, options.signal)
      : !existsSync(requireAllowedPath(options.sources, source));
    if (isMissing) missing.push(isWeb ? describeAddress(source) : source);
  }
  if (missing.length > 0)
    throw new SahabError(
      "invalid_request",
      `The model of ${shown} has ${downloads.length} parts, and ${missing.length} are missing: ${nameSome(missing)}`,
    );
}
