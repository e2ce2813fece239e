import { dirname } from "node:path";

/**
 * How a process of our own is started, as `cmd` and `cwd` of Bun.spawn. The runtime runs what bunfig.toml, .env files and
 * tsconfig.json name where it starts, so it starts beside its program and not in the user's folder.
 */
export function runtimeCommand(program: string, ...args: string[]): { cmd: string[]; cwd: string } {
  return { cmd: [process.execPath, "--no-env-file", "--no-install", program, ...args], cwd: dirname(program) };
}
