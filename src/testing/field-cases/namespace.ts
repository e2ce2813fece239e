import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/** Whether this machine can give a program disks and names of its own: root on Linux. */
export function hasMountNamespaces(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return Bun.spawnSync(["unshare", "-m", "true"], { stdout: "ignore", stderr: "ignore" }).exitCode === 0;
}

/** Runs a program after a shell script, both in a mount namespace of their own. `$0` is the path that is given. */
export const inNamespace = (script: string, path: string): string[] => [
  "unshare",
  "-m",
  "sh",
  "-ec",
  `${script}; exec "$@"`,
  path,
];

export function newFolder({ folder }: World): string {
  const path = join(folder, `disk-${Bun.randomUUIDv7()}`);
  mkdirSync(path, { mode: 0o700 });
  return path;
}
