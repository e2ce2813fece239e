import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "@hono/zod-openapi";
import { CloudConfigError, parseCloudConfig, readConfig, type CloudConfig } from "../config/index.ts";
import { messageFor, SahabError, toSahabError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { fileParts, pullModel, withoutPart } from "../fleet/index.ts";
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
          `There is no model "${name}"; there are: ${current.models.map((item) => item.name).join(", ") || "none"}`,
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

/** Pulls while it tells how far it is; a caller that leaves ends the pull. */
export function pullResponse(
  deps: ConfigDeps & { log: Log },
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
        const { file, warnings } = await pullModel(wanted.source, {
          sources: deps.sources,
          signal: left.signal,
          sha256: typeof wanted.sha256 === "string" ? [wanted.sha256] : wanted.sha256,
          // What the configuration refuses is refused before gigabytes are fetched for it.
          place: async (named) => {
            const current = await readConfig(deps.store);
            const place = placeFor(deps, current, pulledName(wanted, named), named);
            withPulled(current, { ...wanted, name: pulledName(wanted, named) }, place);
            return place;
          },
          onProgress: (progress) => say({ received_bytes: progress.receivedBytes, total_bytes: progress.totalBytes }),
        });
        const { changes } = await updateConfig(deps, (current) => withPulled(current, wanted, file), "pull").catch(
          async (error: unknown) => {
            removeUnusedFile(deps, await readConfig(deps.store), file);
            throw error;
          },
        );
        // The same name with another file behind it: the engine is started anew.
        if (changes.length === 0) await deps.changed();
        say({ name: pulledName(wanted, file), file, ...(warnings.length > 0 && { warnings }) });
      } catch (thrown) {
        const error =
          thrown instanceof CloudConfigError ? new SahabError("invalid_request", thrown.message) : toSahabError(thrown);
        if (error.code === "internal_error") deps.log.error({ err: error.cause, request: requestId }, "a pull failed");
        say({ error: { code: error.code, message: messageFor(error, requestId) } });
      }
      if (!left.signal.aborted) controller.close();
    },
    cancel: () => left.abort(),
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}
