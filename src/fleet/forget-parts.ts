import { lstatSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** Nobody goes on after this time with a pull that was given up. */
const keptMs = 14 * 24 * 60 * 60 * 1000;
const partPattern = /^\..+\.(?:part|part\.version|lock|lock-journal)$/;

/** Removes what pulls that were given up have left in the models folder, when they are old. */
export function forgetParts(modelsDir: string, nowMs: number): void {
  for (const { path, modifiedMs } of leftovers(modelsDir))
    if (nowMs - modifiedMs > keptMs) rmSync(path, { force: true });
}

/** Bytes of pulls that have not ended. */
export function partsBytes(modelsDir: string): number {
  return leftovers(modelsDir).reduce((sum, { bytes }) => sum + bytes, 0);
}

function leftovers(modelsDir: string): { path: string; bytes: number; modifiedMs: number }[] {
  return readdirSync(modelsDir)
    .filter((name) => partPattern.test(name))
    .flatMap((name) => {
      const path = join(modelsDir, name);
      const found = lstatSync(path, { throwIfNoEntry: false });
      return found?.isFile() ? [{ path, bytes: found.size, modifiedMs: found.mtimeMs }] : [];
    });
}
