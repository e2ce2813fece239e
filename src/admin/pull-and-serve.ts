import { join } from "node:path";
import type { z } from "@hono/zod-openapi";
import { CloudConfigError, parseCloudConfig, readConfig, type CloudConfig } from "../config/index.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import { showByteSize } from "../base/parse-byte-size.ts";
import {
  budgetOf,
  estimateModel,
  fileParts,
  freeMemory,
  machineMemory,
  modelFilePath,
  pullModel,
  withoutPart,
  type PulledModel,
} from "../fleet/index.ts";
import type { pullSchema } from "./pull-schemas.ts";
import { filesOf, removeUnusedFile } from "./remove-model.ts";
import { updateConfig, type ConfigDeps } from "./update-config.ts";

/** What a name on a hub stands for; sizes in bytes. */
export interface FoundLine {
  found: string;
  files: string[];
  quantization: string | null;
  total_bytes: number;
  others: { quantization: string | null; bytes: number }[];
  warnings?: string[];
}

export interface ReceivedLine {
  received_bytes: number;
  total_bytes: number | null;
  /** While the hash is compared. */
  checked_bytes?: number;
}

export interface ServedLine {
  name: string;
  file: string;
  memory?: { needed_bytes: number; free_bytes: number; budget_bytes: number | null };
  warnings?: string[];
}

/** A pull must not take the place of a model that providers serve. */
function refuseTakenName(config: CloudConfig, name: string): void {
  const targets = config.models.find((model) => model.name === name)?.targets;
  if (!targets) return;
  const providers = targets.map((target) => target.provider).join(", ");
  throw new SahabError(
    "conflict",
    `Model "${name}" is served by ${providers}; pull under another name (--name), or take that one away first`,
  );
}

export type WantedPull = z.infer<typeof pullSchema>;

const pulledName = (wanted: WantedPull, file: string) =>
  wanted.name ??
  withoutPart(file)
    .replace(/\.gguf$/i, "")
    .toLowerCase();

/** The file that a pulled model is kept in: its source's name, or the model's own where that is another model's file. */
function placeFor(deps: ConfigDeps, current: CloudConfig, model: string, sourceName: string): string {
  const isFree = (file: string) =>
    current.models.every(
      ({ name, local }) =>
        !local ||
        // A model's own file may be replaced, but not its adapters.
        filesOf(local)
          .slice(name === model ? 1 : 0)
          .every((used) => ![file, join(deps.sources.modelsDir, file)].includes(fileParts(used)[0] ?? used)),
    );
  const own = sourceName.replace(withoutPart(sourceName).replace(/\.gguf$/i, ""), model.replaceAll(/[:/]/g, "-"));
  const place = [sourceName, own].find(isFree);
  if (place !== undefined) return place;
  throw new SahabError(
    "conflict",
    `The file ${sourceName} is another model's, and so is ${own}; pull under another name (--name)`,
  );
}

/** The configuration with the pulled model in it. Throws where it cannot be. */
function withPulled(current: CloudConfig, wanted: WantedPull, file: string): CloudConfig {
  const name = pulledName(wanted, file);
  const local = { file, context: wanted.context ?? 4096, slots: wanted.slots ?? 4 };
  refuseTakenName(current, name);
  const exists = current.models.some((model) => model.name === name);
  const models = exists
    ? current.models.map((model) => (model.name === name ? { ...model, local: { ...model.local, ...local } } : model))
    : [...current.models, { name, local }];
  return parseCloudConfig({ ...current, models }, current);
}

/** What cannot fit is refused before it is fetched: a model needs at least the memory of its file. */
function refuseTooLarge(current: CloudConfig, source: string, bytes: number | undefined): void {
  const budgetBytes = budgetOf(current);
  if (bytes === undefined || bytes <= budgetBytes) return;
  throw new SahabError(
    "invalid_request",
    `Cannot pull ${source}: its file alone needs ${showByteSize(bytes)} of memory, and the budget is ${showByteSize(budgetBytes)}; choose a smaller quantization, or raise memory in cloud.yaml`,
  );
}

/** Takes away what could not be put into the configuration, so that it does not lie there unused: a hub's file can be gone on with. */
async function takeBack(deps: ConfigDeps, { file, setAside }: PulledModel): Promise<void> {
  const config = await readConfig(deps.store);
  const names = new Set([...fileParts(file), ...fileParts(file).map((part) => join(deps.sources.modelsDir, part))]);
  const isUsed = config.models.some(({ local }) => local && filesOf(local).some((used) => names.has(used)));
  if (!isUsed && !setAside()) removeUnusedFile(deps, config, file);
}

/** Fetches a model and puts it into the configuration. Returns what is told at the end. */
export async function pullAndServe(
  deps: ConfigDeps,
  wanted: WantedPull,
  { signal, say }: { signal: AbortSignal; say: (line: FoundLine | ReceivedLine) => void },
): Promise<ServedLine> {
  const pulled = await pullModel(wanted.source, {
    sources: deps.sources,
    signal,
    sha256: typeof wanted.sha256 === "string" ? [wanted.sha256] : wanted.sha256,
    // What the configuration refuses is refused before gigabytes are fetched for it.
    place: async (named, bytes) => {
      const current = await readConfig(deps.store);
      const place = placeFor(deps, current, pulledName(wanted, named), named);
      withPulled(current, { ...wanted, name: pulledName(wanted, named) }, place);
      refuseTooLarge(current, wanted.source, bytes);
      return place;
    },
    onFound: ({ source, files, quantization = null, bytes, others }) =>
      say({
        found: source,
        files,
        quantization,
        total_bytes: bytes,
        others: others.map((one) => ({ quantization: one.quantization ?? null, bytes: one.bytes })),
        ...(bytes > machineMemory() && { warnings: [describeLargeFile(bytes)] }),
      }),
    onProgress: ({ receivedBytes, totalBytes, checkedBytes }) =>
      say({
        received_bytes: receivedBytes,
        total_bytes: totalBytes,
        ...(checkedBytes !== undefined && { checked_bytes: checkedBytes }),
      }),
  });
  const { file, warnings } = pulled;
  const name = pulledName(wanted, file);
  // Before the engine is started: what it takes is not free any more.
  const freeBytes = freeMemory();
  let updated: Awaited<ReturnType<typeof updateConfig>>;
  try {
    updated = await updateConfig(deps, (current) => withPulled(current, wanted, file), "pull");
  } catch (error) {
    await takeBack(deps, pulled);
    throw error;
  }
  // The same name with another file behind it: the engine is started anew.
  if (updated.changes.length === 0) await deps.changed();
  const memory = await memoryOf(deps, updated.config, name, freeBytes);
  const tight =
    memory && memory.needed_bytes > (memory.budget_bytes ?? memory.free_bytes)
      ? [
          `it needs ${showByteSize(memory.needed_bytes)} of memory, and this machine has ${showByteSize(memory.free_bytes)} free; a smaller quantization, --context or --slots needs less`,
        ]
      : [];
  const all = [...warnings, ...tight];
  return { name, file, ...(memory && { memory }), ...(all.length > 0 && { warnings: all }) };
}

const describeLargeFile = (bytes: number) =>
  `its file has ${showByteSize(bytes)}, and this machine has ${showByteSize(machineMemory())} of memory`;

/** What a local model needs, and what there is; undefined where its file does not say. */
async function memoryOf(
  deps: ConfigDeps,
  config: CloudConfig,
  name: string,
  freeBytes: number,
): Promise<{ needed_bytes: number; free_bytes: number; budget_bytes: number | null } | undefined> {
  const local = config.models.find((model) => model.name === name)?.local;
  const pathOf = (file: string) => modelFilePath(deps.sources.modelsDir, file);
  const estimate = local && (await estimateModel(pathOf, local).catch(() => undefined));
  if (!estimate) return undefined;
  const budgetBytes = budgetOf(config);
  return {
    needed_bytes: estimate.bytes,
    free_bytes: freeBytes,
    budget_bytes: Number.isFinite(budgetBytes) ? budgetBytes : null,
  };
}

/** How a pull failed, as its caller may be told. */
export const pullFailure = (thrown: unknown): SahabError =>
  thrown instanceof CloudConfigError ? new SahabError("invalid_request", thrown.message) : toSahabError(thrown);

/** Told where the end of the process has ended a pull. */
export const pullStopped = (): SahabError =>
  new SahabError("shutting_down", "Sahab is stopping. What has come is kept: pull again to go on from there");
