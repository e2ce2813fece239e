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
  specVersion: string;
  serialNumber: string;
  version: number;
  metadata: { component: { "bom-ref": string; type: string; name: string } };
  dependencies: { ref: string; dependsOn?: string[] }[];
  components: {
    "bom-ref": string;
    type: string;
    name: string;
    version: string;
    purl?: string;
    hashes?: { alg: string; content: string }[];
  }[];
}

/** What CycloneDX 1.5 requires of the fields that there are, and that references lead somewhere. */
function checkFields({
  bomFormat,
  specVersion,
  serialNumber,
  version,
  metadata,
  components,
  dependencies,
}: Bill): void {
  expect({ bomFormat, specVersion, version }).toEqual({ bomFormat: "CycloneDX", specVersion: "1.5", version: 1 });
  expect(serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const parts = [metadata.component, ...components];
  for (const part of parts) {
    expect(part).toMatchObject({
      type: expect.stringMatching(/^(?:application|library|machine-learning-model)$/) as string,
    });
    expect(part.name).not.toBe("");
  }
  for (const { hashes = [] } of components)
    for (const { alg, content } of hashes) {
      expect(alg).toMatch(/^SHA-(?:256|512)$/);
      expect(content).toMatch(/^(?:[0-9a-f]{64}|[0-9a-f]{128})$/);
    }
  const references = parts.map((part) => part["bom-ref"]);
  expect(new Set(references).size).toBe(references.length);
  expect(new Set(dependencies.map(({ ref }) => ref)).size).toBe(dependencies.length);
  for (const { ref, dependsOn = [] } of dependencies)
    for (const other of [ref, ...dependsOn]) expect(references).toContain(other);
}

test("a release is the same each time, its checksums are right, and its bill is whole", () => {
  const folder = makeTemporaryFolder();
  try {
    const copy = join(folder, "copy");
    run(["git", "clone", "--quiet", "--depth", "1", `file://${root}`, copy], folder);
    // The npm package takes half a minute: tools/measure-install.mjs makes one and installs it.
    for (const out of ["one", "two"])
      run(["node", join(copy, "tools", "release.mjs"), join(folder, out), "--no-package"], folder);
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
        packages: Record<
          string,
          { version: string; integrity: string; dev?: boolean; devOptional?: boolean; link?: boolean }
        >;
      };
      checkFields(bill);
      const hashes = new Set(bill.components.flatMap((part) => part.hashes?.map(({ content }) => content) ?? []));
      for (const [path, { integrity, dev, devOptional, link }] of Object.entries(lock.packages)) {
        if (!path.includes("node_modules/") || link || dev || devOptional) continue;
        const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
        expect({ path, isListed: hashes.has(hash) }).toEqual({ path, isListed: true });
      }
      for (const { name, hashes: own } of bill.components)
        expect({ name, count: own?.length }).toMatchObject({ name, count: 1 });
      for (const name of ["oxlint", "react", "@sahab/console"])
        expect({ name, isListed: bill.components.some((part) => part.name === name) }).toEqual({
          name,
          isListed: false,
        });
    }
  } finally {
    removeTemporaryFolder(folder);
  }
});
