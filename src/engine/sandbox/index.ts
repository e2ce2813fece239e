import { join } from "node:path";
import { runtimeCommand } from "../../base/runtime-command.ts";
import type { EngineFiles } from "./engine-files.ts";
import type { SandboxMode } from "./restriction.ts";

export { freeMemory } from "./free-memory.ts";
export { machineMemory, memoryBound } from "./memory-bound.ts";
export { memoryHeld, memoryResident } from "./memory-held.ts";
export type { SandboxMode } from "./restriction.ts";
export { sealSandbox } from "./seal.ts";

/** The command, as `cmd` and `cwd` of Bun.spawn, that runs an engine's program with these arguments: in the sandbox, where the system has one. */
export function engineCommand(
  mode: SandboxMode,
  files: EngineFiles,
  ...args: string[]
): { cmd: string[]; cwd: string } {
  if (mode === "off" || process.platform !== "linux") return runtimeCommand(files.program, ...args);
  return runtimeCommand(join(import.meta.dir, "enter.ts"), JSON.stringify(files), ...args);
}
