import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "@hono/zod-openapi";
import { CloudConfigError, parseCloudConfig, readConfig, type CloudConfig } from "../config/index.ts";
import { messageFor, SahabError, toSahabError } from "../base/errors.ts";
import { describeNoSuch } from "../base/no-such.ts";
import type { Log } from "../base/log.ts";
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
import type * as schemas from "./schemas.ts";
import { updateConfig, type ConfigDeps } from "./update-config.ts";

/** Takes a model out of the configuration; its file goes too when it lies in Sahab's folder and no other model uses it. */
export async function removeModel(deps: ConfigDeps, name: string): Promise<{ name: string; file_removed: boolean }> {
  let file: string | undefined;
  const { config } = await updateConfig(
    deps,
    (current) => {
      const model = current.models.find((item) => item.name === name);
      if (!model)
        throw new SahabError(
          "not_found",
          describeNoSuch(
            "model",
            name,
            current.models.map((item) => item.name),
          ),
        );
      const users = current.projects.filter((project) => project.models?.includes(name)).map((project) => project.name);
      if (users.length > 0)
        throw new SahabError(
          "conflict",
          `Model "${name}" is named by project ${users.join(", ")}; take it from there first`,
        );
      file = model.local?.file;
      return { ...current, models: current.models.filter((item) => item !== model) };
    },
    "console",
  );
  return { name, file_removed: file !== undefined && removeUnusedFile(deps, config, file) };
}

/** Removes a model's files from Sahab's folder when no model uses them. Says whether there was one to remove. */
function removeUnusedFile(deps: ConfigDeps, config: CloudConfig, file: string): boolean {
  if (file !== basename(file)) return false;
  const parts = fileParts(file);
  const paths = parts.map((part) => join(deps.sources.modelsDir, part));
  const used = new Set(config.models.flatMap(({ local }) => (local ? filesOf(local) : [])));
  if ([...parts, ...paths].some((path) => used.has(path))) return false;
  const existed = paths.some((path) => existsSync(path));
  for (const path of paths) rmSync(path, { force: true });
  return existed;
}

/** Names or paths, as the configuration has them. */
function filesOf({ file, lora = [] }: NonNullable<CloudConfig["models"][number]["local"]>): string[] {
  return [file, ...lora.map((one) => one.file)];
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

type Wanted = z.infer<typeof schemas.pullSchema>;

const pulledName = (wanted: Wanted, file: string) =>
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
function withPulled(current: CloudConfig, wanted: Wanted, file: string): CloudConfig {
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
async function pullAndServe(
  deps: ConfigDeps,
  wanted: Wanted,
  { signal, say }: { signal: AbortSignal; say: (line: object) => void },
): Promise<object> {
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

/** Pulls while it tells how far it is; a caller that leaves ends the pull, and so does the end of the process. */
export function pullResponse(
  deps: ConfigDeps & { log: Log; stopping: AbortSignal },
  wanted: Wanted,
  { requestId, signal }: { requestId: string; signal: AbortSignal },
): Response {
  const left = new AbortController();
  signal.addEventListener("abort", () => left.abort());
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      const say = (line: object) => {
        if (!left.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
      };
      try {
        say(await pullAndServe(deps, wanted, { signal: AbortSignal.any([left.signal, deps.stopping]), say }));
      } catch (thrown) {
        const error = deps.stopping.aborted ? stopped() : describeFailure(thrown);
        if (error.code === "internal_error") deps.log.error({ err: error.cause, request: requestId }, "a pull failed");
        say({ error: { code: error.code, message: messageFor(error, requestId) } });
      }
      if (!left.signal.aborted) controller.close();
    },
    cancel: () => left.abort(),
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

const describeFailure = (thrown: unknown): SahabError =>
  thrown instanceof CloudConfigError ? new SahabError("invalid_request", thrown.message) : toSahabError(thrown);

const stopped = (): SahabError =>
  new SahabError("shutting_down", "Sahab is stopping. What has come is kept: pull again to go on from there");
