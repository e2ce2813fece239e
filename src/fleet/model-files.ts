import { existsSync } from "node:fs";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { inspectModelTemplate, partNames, readGguf, readModelFiles } from "../engine/index.ts";
import { SahabError } from "../base/errors.ts";
import { modelFilePath, requireAllowedPath, type ModelSources } from "./model-sources.ts";

/** The model that comes with Sahab. */
export const builtInFile = "nano.gguf";
export const builtInName = "nano";
export const builtInSource = join(import.meta.dir, "../../models/nano", builtInFile);
/** Names of the models that versions of Sahab have put there; the first ones had random weights. Any other model of that file name is the user's own. */
const builtInNames = new Set<unknown>(["Sahab nano", "random deepseek2"]);

/** Puts the model that comes with Sahab into the models folder; replaces an earlier version's. */
export async function placeBuiltInModel(modelsDir: string): Promise<void> {
  const target = join(modelsDir, builtInFile);
  if (existsSync(target) && !(await isOutdated(target))) return;
  // Renamed when complete, so that an interrupted start leaves no half of a model.
  const part = `${target}.part`;
  await rm(part, { force: true });
  const file = await open(part, "wx", 0o600);
  try {
    await file.writeFile(await readFile(builtInSource));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, target);
}

async function isOutdated(path: string): Promise<boolean> {
  const header = await readGguf(path).catch(() => undefined);
  if (!builtInNames.has(header?.metadata["general.name"])) return false;
  if ((await stat(path)).size !== (await stat(builtInSource)).size) return true;
  return !(await readFile(path)).equals(await readFile(builtInSource));
}

/** Throws `invalid_request` if a local model's file does not exist, lacks parts, is not a model, or has a chat template that cannot be read. Returns what of it does not work. */
export async function checkModelFile(
  sources: ModelSources,
  model: string,
  file: string,
  context?: number,
): Promise<string[]> {
  const path = allowedPath(sources, model, file);
  if (!existsSync(path) && partNames(file).length === 1) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": there is no file ${path}; fetch it with: sahab pull ${file === builtInFile ? builtInName : "URL-OR-FILE"} --name ${model}`,
    );
  }
  try {
    const { header } = await readModelFiles(path);
    const { "general.architecture": architecture } = header.metadata;
    const trained = typeof architecture === "string" ? Number(header.metadata[`${architecture}.context_length`]) : NaN;
    return [
      ...inspectModelTemplate(header, path).warnings.map(
        (warning) => `models "${model}": the chat template: ${warning}`,
      ),
      ...(context !== undefined && context > trained
        ? [
            `models "${model}": its context is ${context} tokens, and it was trained with ${trained}: answers to longer conversations may be senseless; write context: ${trained}`,
          ]
        : []),
    ];
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Throws `invalid_request` if a local model's adapter does not exist, is none, or is one for models of another kind. */
export async function checkLoraFile(
  sources: ModelSources,
  model: string,
  file: string,
  modelFile: string,
): Promise<void> {
  const path = allowedPath(sources, model, file);
  const refuse = (problem: string, cause?: unknown) =>
    new SahabError("invalid_request", `models "${model}": lora: ${problem}`, { cause });
  if (!existsSync(path)) throw refuse(`there is no file ${path}; put it there, or name it by an absolute path`);
  const read = async (which: string) => {
    try {
      return (await readGguf(which)).metadata;
    } catch (cause) {
      throw refuse(cause instanceof Error ? cause.message : String(cause), cause);
    }
  };
  const adapter = await read(path);
  if (adapter["general.type"] !== "adapter" || adapter["adapter.type"] !== "lora")
    throw refuse(`${path} is no LoRA adapter in GGUF; llama.cpp's convert_lora_to_gguf.py makes one`);
  const [own, wanted] = [adapter, await read(modelFilePath(sources.modelsDir, modelFile))].map(
    (metadata) => metadata["general.architecture"],
  );
  if (own !== wanted)
    throw refuse(
      `${path} is for models of the architecture ${describeArchitecture(own)}, and ${modelFile} is of ${describeArchitecture(wanted)}`,
    );
}

/** A header may say nothing, or something else than a name. */
const describeArchitecture = (stated: unknown): string => (typeof stated === "string" ? stated : "none");

/** The path of a file that may be named. */
function allowedPath(sources: ModelSources, model: string, file: string): string {
  const { modelsDir } = sources;
  const path = modelFilePath(modelsDir, file);
  if (!isAbsolute(file) && file.split(/[\\/]/).includes("..")) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": file "${file}" leads out of ${modelsDir}; a name within it or an absolute path is allowed`,
    );
  }
  if (isAbsolute(file)) requireAllowed(sources, model, path);
  return path;
}

function requireAllowed(sources: ModelSources, model: string, path: string): void {
  // llama.cpp opens the other parts by the first one's name.
  const parts = partNames(basename(path)).map((name) => join(dirname(path), name));
  try {
    for (const part of parts) requireAllowedPath(sources, part);
  } catch (cause) {
    throw new SahabError("invalid_request", `models "${model}": ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  }
}
