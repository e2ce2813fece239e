import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { readGguf } from "../engine/index.ts";
import { SahabError } from "../base/errors.ts";

/** Where a model's file is: names stand for files in Sahab's own folder, absolute paths for themselves. */
export function modelFilePath(modelsDir: string, file: string): string {
  return isAbsolute(file) ? file : join(modelsDir, file);
}

/** Throws `invalid_request` when a local model's file is not there or is not a model. */
export async function checkModelFile(modelsDir: string, model: string, file: string): Promise<void> {
  const path = modelFilePath(modelsDir, file);
  if (!isAbsolute(file) && file.split(/[\\/]/).includes("..")) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": file "${file}" leads out of ${modelsDir}; a name within it or an absolute path is allowed`,
    );
  }
  if (!existsSync(path)) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": there is no file ${path}; fetch it with: sahab pull URL-OR-FILE --name ${model}`,
    );
  }
  try {
    await readGguf(path);
  } catch (cause) {
    throw new SahabError(
      "invalid_request",
      `models "${model}": ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}
