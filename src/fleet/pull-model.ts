import { mkdirSync } from "node:fs";
import { SahabError } from "../base/errors.ts";
import { assert } from "../base/assert.ts";
import { limits } from "../base/limits.ts";
import { partNames } from "../engine/index.ts";
import { fetchModel, type PulledModel } from "./fetch-model.ts";
import { downloadOf } from "./model-download.ts";
import type { ModelSources } from "./model-sources.ts";
import type { PullProgress } from "./part-file.ts";
import { planPull, type PullPlan } from "./plan-pull.ts";
import { SharedPulls } from "./share-pull.ts";

interface PullOptions {
  sources: ModelSources;
  signal: AbortSignal;
  /** SHA-256 in hexadecimal of each file of the model, in order. */
  sha256?: readonly string[] | undefined;
  /** Of all files of the model together. */
  bytesMax?: number;
  /**
   * Called before the download with the source's file name, and the size where it is known; returns the name to store it under. An
   * error that it throws ends the pull.
   */
  place?: (file: string, bytes: number | undefined) => string | Promise<string>;
  /** Called with what was found on a hub, before it is fetched. */
  onFound?: (found: FoundModel) => void;
  onProgress: (progress: PullProgress) => void;
}

/** What a name on a hub stands for. */
export interface FoundModel {
  /** The name in full. */
  source: string;
  /** Paths in its repository. */
  files: string[];
  quantization: string | undefined;
  bytes: number;
  others: { quantization: string | undefined; bytes: number }[];
}

const pulls = new SharedPulls<PulledModel>();

/**
 * Fetches a model, which is a GGUF file or several, from a hub, an http(s) address or a path into the models folder. Of a model in
 * parts any one may be named. The files get their names only when all are complete, have the hashes that were given or that
 * the hub tells, and are checked, so a broken download is never served. Several pulls of one model are one, which ends
 * when the last of their callers leaves; what has come is kept for the next.
 */
export async function pullModel(source: string, options: PullOptions): Promise<PulledModel> {
  const plan = await planPull(source, options);
  const given = options.sha256 ?? (plan.namedHash === undefined ? [] : [plan.namedHash]);
  if (given.length > 0 && given.length !== plan.files.length)
    throw new SahabError(
      "invalid_request",
      `The model of ${plan.shown} has ${plan.files.length} files, and ${given.length} SHA-256 are given; one for each is needed`,
    );
  const bytesMax = options.bytesMax ?? limits.modelBytesMax;
  if (plan.hub && plan.hub.bytes > bytesMax)
    throw new SahabError(
      "invalid_request",
      `${plan.shown} has ${plan.hub.bytes} bytes; at most ${bytesMax} are allowed`,
    );
  const ownName = plan.files[0]?.name ?? "";
  const file = (await options.place?.(ownName, plan.hub?.bytes)) ?? ownName;
  const { modelsDir } = options.sources;
  mkdirSync(modelsDir, { recursive: true, mode: 0o700 });
  const names = partNames(file);
  assert(names.length === plan.files.length, "a model is stored in as many files as it has");
  if (plan.hub) options.onFound?.(foundOf(plan.hub));
  const hashes = given.map((hash) => hash.toLowerCase());
  const key = JSON.stringify([modelsDir, file, plan.files.map(({ identity }) => identity), hashes]);
  return await pulls.join(key, options, ({ signal, onProgress }) => {
    const downloads = plan.files.map((planned, index) => downloadOf(planned, modelsDir, names[index] ?? file));
    const sources = plan.isBuiltIn ? { ...options.sources, isOwner: true } : options.sources;
    return fetchModel(plan, downloads, { sources, signal, given: hashes, bytesMax, onProgress });
  });
}

function foundOf({ shown, files, quantization, bytes, others }: NonNullable<PullPlan["hub"]>): FoundModel {
  return {
    source: shown,
    files: files.map(({ path }) => path),
    quantization,
    bytes,
    others: others.map((one) => ({ quantization: one.quantization, bytes: one.bytes })),
  };
}
