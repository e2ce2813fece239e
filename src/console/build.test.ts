import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { sourceHash } from "../../console/build/source-hash.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

const root = join(import.meta.dir, "..", "..");
const built = join(root, "console", "dist");

test("console/dist is made of its sources as they are; otherwise run: npm run console", () => {
  expect(JSON.parse(readFileSync(join(built, "manifest.json"), "utf8"))).toEqual({ sources: sourceHash() });
});

test("a build of the same sources is the same, byte for byte", () => {
  const folder = makeTemporaryFolder();
  try {
    const vite = join(root, "node_modules", "vite", "bin", "vite.js");
    const command = ["node", vite, "build", "--config", "console/vite.config.ts", "--outDir", folder, "--emptyOutDir"];
    const done = Bun.spawnSync(command, {
      cwd: root,
      // The test runner says "test", of which React makes another build.
      env: { ...process.env, NODE_ENV: "production" },
      stdout: "ignore",
      stderr: "pipe",
    });
    expect({ status: done.exitCode, text: done.exitCode === 0 ? "" : done.stderr.toString() }).toEqual({
      status: 0,
      text: "",
    });
    expect(filesOf(folder)).toEqual(filesOf(built));
  } finally {
    removeTemporaryFolder(folder);
  }
});

/** Names and what they hold; compressed ones by what was compressed, since another version of zlib may compress better. */
function filesOf(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .toSorted();
  const hash = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  const read = (name: string) => readFileSync(join(folder, name));
  return new Map(
    names.map((name) => [name, hash(name.endsWith(".br") ? brotliDecompressSync(read(name)) : read(name))]),
  );
}
