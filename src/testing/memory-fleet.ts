import { join } from "node:path";
import { mkdirSync } from "node:fs";
import type { FleetStatus } from "../fleet/index.ts";
import { memoryResident } from "../engine/sandbox/index.ts";
import { writeRandomModel } from "./gguf/random-model.ts";
import type { TestSahab } from "./run-sahab.ts";

/** Writes small models with random weights into the models folder, before or while the program runs. */
export async function placeModels(dataDir: string, names: readonly string[]): Promise<void> {
  mkdirSync(join(dataDir, "models"), { recursive: true, mode: 0o700 });
  for (const [seed, name] of names.entries())
    await writeRandomModel(join(dataDir, "models", `${name}.gguf`), { architecture: "llama", seed });
}

export const localModel = (name: string, more: object = {}) => ({
  name,
  local: { file: `${name}.gguf`, context: 512, slots: 2, ...more },
});

export const readFleet = (sahab: TestSahab): Promise<FleetStatus> => sahab.adminJson<FleetStatus>("/ps");

/** The state of one model in `ps`. */
export async function readModel(sahab: TestSahab, name: string) {
  const { engines } = await readFleet(sahab);
  const found = engines.find((engine) => engine.name === name);
  if (!found?.memory) throw new Error(`${name} is not loaded on demand`);
  return { pid: found.pid, restarts: found.restarts, lastError: found.lastError, ...found.memory };
}

/** What these processes hold together, in bytes. */
export function engineBytes(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + memoryResident(pid), 0);
}
