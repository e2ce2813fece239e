import { join } from "node:path";
import type { EngineFiles } from "./engine-files.ts";
import { runtimeFlags, type SandboxMode } from "./restriction.ts";

export { machineMemory, memoryBound } from "./memory-bound.ts";
export { memoryHeld } from "./memory-held.ts";
export type { SandboxMode } from "./restriction.ts";
export { sealSandbox } from "./seal.ts";

/** The command that runs an engine's program with these arguments: in the sandbox, where the system has one. */
export function engineCommand(mode: SandboxMode, files: EngineFiles, args: readonly string[]): string[] {
  const runtime = [process.execPath, ...runtimeFlags];
  if (mode === "off" || process.platform !== "linux") return [...runtime, files.program, ...args];
  return [...runtime, join(import.meta.dir, "enter.ts"), JSON.stringify(files), ...args];
}
