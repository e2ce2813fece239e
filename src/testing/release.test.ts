import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// The release script on a copy of what is committed: the same bytes twice, and a bill that names each package with its hash.

const root = join(import.meta.dir, "..", "..");

function run(command: string[], cwd: string): string {
  const done = Bun.spawnSync(command, { cwd, stdout: "pipe", stderr: "pipe" });
  expect({ command, status: done.exitCode, text: done.exitCode === 0 ? "" : done.stderr.toString() }).toEqual({
    command,
    status: 0,
    text: "",
  });
  return done.stdout.toString();
}

interface Bill {
  bomFormat: string;
  components: { name: string; version: string; purl?: string; hashes?: { alg: string; content: string }[] }[];
}

test("a release is the same each time, its checksums are right, and its bill is whole", () => {
  const folder = makeTemporaryFolder();
  try {
    const copy = join(folder, "copy");
    run(["git", "clone", "--quiet", "--depth", "1", `file://${root}`, copy], folder);
    for (const out of ["one", "two"]) run(["node", join(copy, "tools", "release.mjs"), join(folder, out)], folder);
    const names = readdirSync(join(folder, "one")).toSorted();
    expect(names).toHaveLength(4);
    for (const name of names)
      expect(readFileSync(join(folder, "one", name)).equals(readFileSync(join(folder, "two", name)))).toBeTrue();
    expect(run(["sha256sum", "-c", "SHA256SUMS"], join(folder, "one")).match(/: OK$/gm)).toHaveLength(3);
    for (const [suffix, place] of [
      [/\d\.cdx\.json$/, ""],
      [/-gpu\.cdx\.json$/, "gpu"],
    ] as const) {
      const file = names.find((name) => suffix.test(name)) ?? "";
      const bill = JSON.parse(readFileSync(join(folder, "one", file), "utf8")) as Bill;
      const lock = JSON.parse(readFileSync(join(copy, place, "package-lock.json"), "utf8")) as {
        packages: Record<string, { version: string; integrity: string; dev?: boolean; devOptional?: boolean }>;
      };
      expect(bill.bomFormat).toBe("CycloneDX");
      const hashes = new Set(bill.components.flatMap((part) => part.hashes?.map(({ content }) => content) ?? []));
      for (const [path, { integrity, dev, devOptional }] of Object.entries(lock.packages)) {
        if (path === "" || dev || devOptional) continue;
        const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
        expect({ path, isListed: hashes.has(hash) }).toEqual({ path, isListed: true });
      }
      for (const { name, hashes: own } of bill.components)
        expect({ name, count: own?.length }).toMatchObject({ name, count: 1 });
      expect(bill.components.some(({ name }) => name === "oxlint")).toBeFalse();
    }
  } finally {
    removeTemporaryFolder(folder);
  }
}, 120_000);
