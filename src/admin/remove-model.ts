import { existsSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { describeNoSuch } from "../base/no-such.ts";
import { SahabError } from "../base/errors.ts";
import type { CloudConfig } from "../config/index.ts";
import { fileParts } from "../fleet/index.ts";
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
export function removeUnusedFile(deps: ConfigDeps, config: CloudConfig, file: string): boolean {
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
export function filesOf({ file, lora = [] }: NonNullable<CloudConfig["models"][number]["local"]>): string[] {
  return [file, ...lora.map((one) => one.file)];
}
