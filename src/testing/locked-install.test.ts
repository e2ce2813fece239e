import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PackageRegistry } from "./package-registry.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// The launcher's installation against a registry that gives what it likes: only what the lock says is installed, and none of it runs.

const root = join(import.meta.dir, "..", "..");
const installer = join(root, "bin", "install.mjs");

let base: string;
let folder: string;
let registry: PackageRegistry;

beforeAll(() => {
  base = makeTemporaryFolder();
  registry = new PackageRegistry(base);
  for (const name of ["plain", "tools", "extra"]) registry.archives.set(name, registry.pack(name));
});
beforeEach(() => {
  folder = join(base, "app");
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(base, "cache"), { recursive: true, force: true });
  mkdirSync(folder);
});
afterAll(async () => {
  await registry.stop();
  removeTemporaryFolder(base);
});

type Locked = Record<string, object>;
const entry = (name: string, more: object = {}) => registry.locked(name, more);

async function install(dependencies: string[], locked: Locked) {
  const versions = Object.fromEntries(dependencies.map((name) => [name, "1.0.0"]));
  const manifest = { name: "app", version: "1.0.0", dependencies: versions, devDependencies: { tools: "1.0.0" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const packages = { "": manifest, "node_modules/tools": entry("tools", { dev: true }), ...locked };
  const lock = { name: "app", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify(lock));
  const script = `import(${JSON.stringify(installer)}).then((m) => m.installLocked(${JSON.stringify(folder)}, { dev: false }))`;
  const child = Bun.spawn(["node", "-e", script], {
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: base,
      npm_config_registry: registry.url,
      npm_config_cache: join(base, "cache"),
      npm_config_fetch_retries: "0",
    },
    stdout: "pipe",
    stderr: "pipe",
  });
  const text = await new Response(child.stderr).text();
  return { status: await child.exited, text };
}
const has = (name: string) => existsSync(join(folder, "node_modules", name, "package.json"));
const isUsed = () => existsSync(join(folder, "node_modules", ".package-lock.json"));

test("what the lock says is installed, without development tools, and runs no code", async () => {
  expect(await install(["plain"], { "node_modules/plain": entry("plain") })).toMatchObject({ status: 0 });
  expect([has("plain"), has("tools"), isUsed()]).toEqual([true, false, true]);
  expect(existsSync(join(base, "ran"))).toBeFalse();
});

test("a package with another content than the lock's is refused", async () => {
  const locked = { "node_modules/plain": entry("plain") };
  const right = registry.archives.get("plain") as Buffer;
  registry.archives.set("plain", registry.pack("plain", { description: "tampered with" }));
  const { status, text } = await install(["plain"], locked);
  registry.archives.set("plain", right);
  expect({ status, text }).toMatchObject({ status: 1, text: expect.stringContaining("EINTEGRITY") });
  expect([has("plain"), isUsed()]).toEqual([false, false]);
});

test("a package that the lock does not name is refused; one of another platform that it cannot name is told", async () => {
  const plain = entry("plain", { optionalDependencies: { extra: "1.0.0", nowhere: "1.0.0" } });
  // "nowhere" is in no registry, so the lock lacks it.
  const beside = await install(["plain", "extra"], {
    "node_modules/plain": { ...plain, optionalDependencies: { nowhere: "1.0.0" } },
  });
  expect(beside).toMatchObject({ status: 1, text: expect.stringContaining("extra@1.0.0") });
  expect(isUsed()).toBeFalse();
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  const told = await install(["plain"], { "node_modules/plain": plain });
  expect(told.status).toBe(0);
  if (has("extra")) expect(told.text).toContain("no hash for this platform's extra@1.0.0");
});

test("of an installation that was interrupted nothing is taken for whole", async () => {
  registry.archives.set("plain", registry.pack("plain", {}, { "lib.js": new Uint8Array(10) }));
  // With a package that no registry has in the lock, npm goes on with the folder as it is.
  const plain = entry("plain", { optionalDependencies: { nowhere: "1.0.0" } });
  const modules = join(folder, "node_modules");
  const hasAll = () => existsSync(join(modules, "plain", "lib.js"));
  mkdirSync(join(modules, "plain"), { recursive: true });
  writeFileSync(join(modules, "plain", "package.json"), JSON.stringify({ name: "plain", version: "1.0.0" }));
  expect(await install(["plain"], { "node_modules/plain": plain })).toMatchObject({ status: 0 });
  expect([hasAll(), readdirSync(modules).includes(".unfinished")]).toEqual([true, false]);
  // The same where an earlier installation had ended.
  rmSync(join(modules, "plain", "lib.js"));
  writeFileSync(join(modules, ".unfinished"), "");
  expect(await install(["plain"], { "node_modules/plain": plain })).toMatchObject({ status: 0 });
  expect(hasAll()).toBeTrue();
});

test.each(["", "gpu"])("the lock of %p has a hash for each package", (place) => {
  const text = readFileSync(join(import.meta.dir, "..", "..", place, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as {
    packages: Record<string, { integrity?: string; version?: string; link?: boolean; inBundle?: boolean }>;
  };
  const hasHash = (path: string) => packages[path]?.integrity?.startsWith("sha512-") === true;
  const bare = Object.entries(packages).filter(([path, { link, inBundle }]) => {
    // A workspace and the link to it come with the repository, and what is inside another package comes with that one.
    const isOwn = !path.includes("node_modules/") || link;
    return !isOwn && !hasHash(path) && !(inBundle && hasHash(path.slice(0, path.lastIndexOf("/node_modules/"))));
  });
  expect(bare).toEqual([]);
  const own = JSON.parse(readFileSync(join(import.meta.dir, "..", "..", "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(packages["node_modules/node-llama-cpp"]?.version).toBe(own.dependencies["node-llama-cpp"] ?? "");
});

test("programs that npm may run in a checkout can be run already, since npm makes them so and the checkout would be changed", () => {
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: Record<string, string> };
  for (const path of Object.values(bin)) expect([path, statSync(join(root, path)).mode & 0o111]).toEqual([path, 0o111]);
});
