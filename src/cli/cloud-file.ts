import { dirname } from "node:path";
import { resolveUserPath } from "../base/user-path.ts";
import type { PlacedProblem } from "../config/index.ts";
import { CommandError } from "./command-error.ts";
import { readYamlFile } from "./yaml-file.ts";

/** A cloud.yaml of this machine, read for the server. */
export interface CloudFile {
  /** Its content, with variables and the files that it names in the place of their names. */
  document: unknown;
  /** What is probably not meant, a line each. */
  warnings: readonly string[];
  /** A line for a problem: file, line, column, place and what is wrong. */
  describe(problem: PlacedProblem): string;
}

/** Reads a cloud.yaml; `-` is standard input. Throws a CommandError that says where it is none. */
export async function readCloudFile(file: string, variables: NodeJS.ProcessEnv): Promise<CloudFile> {
  const { parsed, describe } = await readYamlFile(file);
  const config = await import("../config/index.ts");
  const warnings = config.findEmptyVariables(parsed, variables).map((line) => describe(config.placeProblem(line)));
  try {
    const folder = resolveUserPath(file === "-" ? "." : dirname(file));
    const document = await config.readCaFiles(config.resolveVariables(parsed, variables), folder);
    return { document, warnings, describe };
  } catch (cause) {
    if (!(cause instanceof config.CloudConfigError)) throw cause;
    throw new CommandError(cause.placed.map(describe).join("\n"), { cause });
  }
}
