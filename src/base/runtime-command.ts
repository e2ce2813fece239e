import { dirname } from "node:path";

/** No packages are fetched, and no settings read from .env files. */
export const runtimeFlags: readonly string[] = ["--no-env-file", "--no-install"];

/**
 * How a process of our own is started, as `cmd` and `cwd` of Bun.spawn. The runtime runs what bunfig.toml, .env files and
 * tsconfig.json name where it starts, so it starts beside its program and not in the user's folder.
 */
export function runtimeCommand(program: string, ...args: string[]): { cmd: string[]; cwd: string } {
  return { cmd: [process.execPath, ...runtimeFlags, program, ...args], cwd: dirname(program) };
}
