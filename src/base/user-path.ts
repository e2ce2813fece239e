import { resolve } from "node:path";

/**
 * A path as the user gave it, made absolute. The launcher starts the runtime in Sahab's own folder and names the user's in
 * SAHAB_LAUNCHED_IN. No process goes there: each thread that it starts later would run what that folder's tsconfig.json names.
 */
export function resolveUserPath(path: string, variables: Record<string, string | undefined> = process.env): string {
  return resolve(variables["SAHAB_LAUNCHED_IN"] || ".", path);
}
