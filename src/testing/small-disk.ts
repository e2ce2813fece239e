import { writeFileSync } from "node:fs";

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

/** Writes a file until nothing more fits. */
export function fillDisk(file: string): void {
  for (const size of [1_000_000, 4_096, 1])
    try {
      for (;;) writeFileSync(file, new Uint8Array(size), { flag: "a" });
    } catch {
      // Full for writes of that size.
    }
}
