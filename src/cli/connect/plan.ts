import { createHash } from "node:crypto";
import { CommandError } from "../command-error.ts";
import { putIn, takeOut, type WrittenValue } from "../../connect/edit-settings.ts";
import type { Manifest, ManifestFile, Manifests } from "./manifest.ts";
import { readRealFile, removeRealFile, writeRealFile, type RealFile } from "./real-file.ts";
import type { SettingsFile } from "../../connect/settings-file.ts";
import { SettingsFault } from "../../connect/settings-tree.ts";

/** What becomes of a file, before anything is done. */
export interface FilePlan {
  now: RealFile;
  /** Undefined where the file goes. */
  next: string | undefined;
  mode: number;
  /** Folders that Sahab makes for it, or has made earlier. */
  folders: readonly string[];
  /** Values that a person has changed since, which stay, and blocks of Sahab's that go with what a person had put into them. */
  kept: readonly string[];
  lost: readonly string[];
  /** Of a file that gets values: what it was without any of Sahab's, and what was put in. */
  put?: {
    file: SettingsFile;
    before: string | undefined;
    beforeMode: number | undefined;
    written: readonly WrittenValue[];
  };
}

/** A file with a key in it is its owner's alone. */
const secretMode = 0o600;

/** Plans to take out what an earlier `--write` has put in, if any, and to put in the new values, if any. */
export function planFiles(
  manifests: Manifests,
  former: Manifest | undefined,
  files: readonly SettingsFile[],
  key: string,
): FilePlan[] {
  const formers = new Map(former?.files.map((file) => [file.path, file]));
  const plans = files.map((file) => {
    const now = readRealFile(file.path);
    const known = formers.get(now.path);
    formers.delete(now.path);
    const cleaned = cleanedOf(manifests, now, known);
    const { text, written } = faultsOf(now.path, () => putIn(file.format, cleaned.text, file.values));
    const beforeMode = known ? (known.mode ?? undefined) : now.mode;
    return {
      now,
      next: text,
      mode: (now.mode ?? secretMode) & (text.includes(key) ? secretMode : 0o777),
      folders: [...(known?.folders ?? []), ...now.missing],
      kept: [],
      lost: cleaned.lost,
      put: { file, before: cleaned.text, beforeMode, written },
    };
  });
  const goners = [...formers.values()].map((known) => {
    const now = readRealFile(known.path);
    const { text, kept, lost } = cleanedOf(manifests, now, known);
    return { now, next: text, mode: known.mode ?? secretMode, folders: known.folders, kept, lost };
  });
  return [...plans, ...goners];
}

function cleanedOf(
  manifests: Manifests,
  now: RealFile,
  known: ManifestFile | undefined,
): { text: string | undefined; kept: string[]; lost: string[] } {
  const { text } = now;
  if (text === undefined || known === undefined) return { text, kept: [], lost: [] };
  const before = known.copy === null ? undefined : manifests.readCopy(known.copy);
  if (hashOfText(text) === known.hash) return { text: before, kept: [], lost: [] };
  return faultsOf(now.path, () => takeOut(known.format, text, before, known.values));
}

/** Keeps copies of what the files were and describes for later what is going to be done. Writes no settings. */
export function describePlans(manifests: Manifests, plans: readonly FilePlan[]): ManifestFile[] {
  return plans.flatMap(({ now, next, folders, put }) =>
    put && next !== undefined
      ? [
          {
            path: now.path,
            format: put.file.format,
            copy: put.before === undefined ? null : manifests.keep(now.path, put.before),
            mode: put.beforeMode ?? null,
            hash: hashOfText(next),
            values: put.written.map(({ path, hash }) => ({ path: [...path], hash })),
            folders: [...folders],
          },
        ]
      : [],
  );
}

/** Does it; where one file fails, those before it become again what they were. */
export function carryOut(plans: readonly FilePlan[]): void {
  const done: FilePlan[] = [];
  try {
    for (const plan of plans) {
      done.push(plan);
      const { now, next, mode, folders } = plan;
      if (next === undefined) removeRealFile(now.path, folders);
      else if (next !== now.text || mode !== now.mode) writeRealFile(now.path, next, mode);
    }
  } catch (cause) {
    for (const { now } of done.toReversed()) {
      if (now.text === undefined) removeRealFile(now.path, now.missing);
      else if (readRealFile(now.path).text !== now.text) writeRealFile(now.path, now.text, now.mode ?? secretMode);
    }
    throw cause;
  }
}

function hashOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function faultsOf<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    if (!(cause instanceof SettingsFault)) throw cause;
    const line = cause.line === undefined ? "" : ` (line ${cause.line})`;
    throw new CommandError(`Cannot change ${path}: ${cause.message}${line}; nothing was written`, { cause });
  }
}
