import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..", "..");
const installBytesMax = 400 * 1024 * 1024;

interface LockedPackage {
  dev?: boolean;
  devOptional?: boolean;
  /** Of a workspace, whose folder is in this repository. */
  link?: boolean;
  resolved?: string;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  packages: Record<string, LockedPackage>;
};

test("what a user installs on a machine without a GPU is at most 400 MB", () => {
  let bytes = 0;
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path.includes("node_modules/") && !entry.link && !entry.dev && !entry.devOptional)
      bytes += folderBytes(join(root, path));
  }
  expect(bytes).toBeGreaterThan(50 * 1024 * 1024);
  expect(bytes).toBeLessThan(installBytesMax);
});

test("and has no GPU package", () => {
  const folder = join(root, "node_modules", "@node-llama-cpp");
  const gpu = readdirSync(folder).filter((name) => /cuda|vulkan/.test(name));
  for (const name of gpu) expect(folderBytes(join(folder, name))).toBeLessThan(64 * 1024);
});

test("the lock names no registry, so that any registry can serve the packages", () => {
  const named = Object.entries(lock.packages).filter(([, { resolved, link }]) => resolved !== undefined && !link);
  expect(named).toEqual([]);
});

/** Bytes of a package's own files. Packages within it are not counted, since they have their own entries in the lock. */
function folderBytes(folder: string): number {
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) bytes += entry.name === "node_modules" ? 0 : folderBytes(path);
      else if (entry.isFile()) bytes += statSync(path).size;
    }
  } catch {
    // Optional packages of other platforms are not installed.
  }
  return bytes;
}
