import { access, constants, readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { SahabError } from "../../base/errors.ts";
import { resolveUserPath } from "../../base/user-path.ts";
import { readModelFiles } from "../../engine/index.ts";
import { profileOfConfig, profileOfGguf, readKnownModel, type ModelProfile } from "../../planner/models/index.ts";
import { PlanFault } from "../../planner/sheet/index.ts";
import { cannotRead } from "../cannot-read.ts";
import { CommandError } from "../command-error.ts";

/** No config.json of a model has a hundredth of it. */
const configBytesMax = 4 * 1024 * 1024;

/**
 * A model by its name, or of a file of this machine: a GGUF, whose header is read, or Hugging Face's config.json. Throws a CommandError,
 * or a PlanFault that names the known models.
 */
export async function findModel(nameOrFile: string): Promise<ModelProfile> {
  const isGguf = nameOrFile.toLowerCase().endsWith(".gguf");
  if (!isGguf && !nameOrFile.toLowerCase().endsWith(".json")) return readKnownModel(nameOrFile).profile;
  const path = resolveUserPath(nameOrFile);
  const of = { name: basename(nameOrFile), source: nameOrFile };
  const content = isGguf ? await readHeader(path) : await readConfig(path);
  try {
    return isGguf ? profileOfGguf(content as GgufHeader, of) : profileOfConfig(content, of);
  } catch (cause) {
    throw cause instanceof PlanFault ? new CommandError(`${nameOrFile}: ${cause.message}`, { cause }) : cause;
  }
}

type GgufHeader = Parameters<typeof profileOfGguf>[0];

async function readHeader(path: string): Promise<GgufHeader> {
  try {
    await access(path, constants.R_OK);
    return (await readModelFiles(path)).header;
  } catch (cause) {
    if (cause instanceof SahabError) throw new CommandError(cause.message, { cause });
    throw cannotRead(path, cause);
  }
}

async function readConfig(path: string): Promise<unknown> {
  let text;
  try {
    const { size } = await stat(path);
    if (size > configBytesMax)
      throw new CommandError(
        `Cannot read ${path}: it has ${size} bytes, a config.json of a model at most ${configBytesMax}`,
      );
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw cause instanceof CommandError ? cause : cannotRead(path, cause);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new CommandError(`Cannot read ${path}: it is not JSON`, { cause });
  }
}
