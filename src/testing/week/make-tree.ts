import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..", "..", "..");

/** What a clone has that runs Sahab. */
const parts = ["bin", "src", "models", "package.json", "package-lock.json", "tsconfig.json"];

/** A checkout of its own, of this version or of another number, with this one's packages. */
export function makeTree(folder: string, version?: string): string {
  mkdirSync(folder);
  for (const part of parts) cpSync(join(root, part), join(folder, part), { recursive: true, preserveTimestamps: true });
  // Hard links take a second; another disk needs copies.
  const packages = [join(root, "node_modules"), join(folder, "node_modules")];
  if (Bun.spawnSync(["cp", "-al", ...packages], { stderr: "ignore" }).success) return withVersion(folder, version);
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  cpSync(packages[0] ?? "", packages[1] ?? "", { recursive: true, preserveTimestamps: true });
  return withVersion(folder, version);
}

function withVersion(folder: string, version: string | undefined): string {
  if (version !== undefined) {
    const file = join(folder, "package.json");
    const manifest = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...manifest, version }, null, 2));
  }
  return folder;
}
