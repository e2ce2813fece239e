import { statSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { checkParts, inspectModelTemplate, readGguf, type GgufFile } from "../engine/index.ts";
import { fileOf, type ModelDownload } from "./model-download.ts";
import { hashFile, removePart } from "./part-file.ts";
import type { ModelProgress } from "./model-progress.ts";

/** Removes all files where one is not what was promised; nothing has read them yet. */
export async function requireHashes(
  downloads: readonly ModelDownload[],
  wanted: Hashes,
  signal: AbortSignal,
  progress: ModelProgress,
): Promise<void> {
  let checkedBytes = 0;
  for (const [index, download] of downloads.entries()) {
    const { part, shown, isHere, known } = download;
    const tell = (bytes: number) => progress.tellChecked(checkedBytes + bytes);
    const isAsked = wanted.given[index] !== undefined || wanted.told[index] !== undefined;
    // One that is here already was compared then.
    const found = isHere ? known?.sha256 : isAsked ? await hashFile(part, signal, tell) : undefined;
    checkedBytes += statSync(fileOf(download)).size;
    for (const [hash, from] of [
      [wanted.given[index], "was asked for"],
      [wanted.told[index], "is what the hub tells"],
    ]) {
      if (hash === undefined || hash === found) continue;
      for (const one of downloads) removePart(one.part);
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

/** Checks the files and the chat template; removes files that are no model. Returns what the model can't do. */
export async function checkDownloads(downloads: readonly ModelDownload[]): Promise<string[]> {
  try {
    const headers: GgufFile[] = [];
    const paths = downloads.map(fileOf);
    for (const path of paths) headers.push(await readGguf(path));
    checkParts(headers, paths);
    const [header] = headers;
    const warnings = header ? inspectModelTemplate(header, paths[0] ?? "").warnings : [];
    return warnings.map((warning) => `the chat template: ${warning}`);
  } catch (cause) {
    let why = cause instanceof Error ? cause.message : String(cause);
    for (const { part, target, isHere, shown } of downloads) {
      removePart(part);
      why = why.replaceAll(isHere ? target : part, shown);
    }
    throw new SahabError("invalid_request", why, { cause });
  }
}
