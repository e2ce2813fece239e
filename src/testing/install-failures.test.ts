import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { must } from "../base/assert.ts";
import { PackageRegistry } from "./package-registry.ts";
import { hasMountNamespaces, inNamespace } from "./small-disk.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "./temporary-folder.ts";

// The launcher's installation where something is wrong: it says what within seconds, and what to do.

const bin = join(import.meta.dir, "..", "..", "bin");
const bytesOfRuntime = 3_000_000;

let base: string;
let registry: PackageRegistry;
const stalledRegistries: PackageRegistry[] = [];
let silent: Bun.TCPSocketListener;
/** Installations that wait more than they work: they go on beside the other tests. */
let hanging: Promise<Installation>;
let stopping: Promise<Stalled>;
let late: Promise<Stalled>;
let folders = 0;

beforeAll(() => {
  base = makeTemporaryFolder();
  registry = new PackageRegistry(base);
  // Random bytes, since no packing makes them less.
  const binary = crypto.getRandomValues(new Uint8Array(65_536));
  const files = Object.fromEntries(
    Array.from({ length: bytesOfRuntime / binary.length }, (_, index) => [`${index}.bin`, binary]),
  );
  registry.archives.set("bun", registry.pack("bun", {}, files));
  silent = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  hanging = install(newFolder(), { registry: `http://127.0.0.1:${silent.port}` });
  stopping = installStalled({ answerMs: 8_000, sayMs: 900, stopMs: 2_000, wordMs: 13_000 });
  late = installStalled({ answerMs: 8_000, sayMs: 6_000, stopMs: 2_500, wordMs: 1_500 }, 1_000);
});
afterAll(async () => {
  silent.stop(true);
  await Promise.all([registry, ...stalledRegistries].map((it) => it.stop()));
  removeTemporaryFolder(base);
});

/** A checkout that needs one package. */
function newFolder(parent = base): string {
  const folder = join(parent, `app-${++folders}`);
  const manifest = { name: "app", version: "1.0.0", type: "module", dependencies: { bun: "1.0.0" } };
  const packages = { "": manifest, "node_modules/bun": registry.locked("bun") };
  cpSync(bin, join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: "app", version: "1.0.0", lockfileVersion: 3, requires: true, packages }),
  );
  return folder;
}

interface Installation {
  status: number;
  text: string;
  tookMs: number;
}
interface Options {
  registry?: string;
  prefix?: string[];
  home?: string;
  /** A call of the installer. */
  call?: string;
}

async function install(folder: string, options: Options = {}): Promise<Installation> {
  const startedMs = performance.now();
  const home = options.home ?? join(base, `home-${++folders}`);
  mkdirSync(home, { recursive: true });
  const file = JSON.stringify(join(folder, "bin", "install.mjs"));
  const script = `import(${file}).then((m) => m.${options.call ?? "ensureInstalled({ dev: false })"})`;
  const child = Bun.spawn([...(options.prefix ?? []), process.env["NODE"] ?? "node", "-e", script], {
    env: { PATH: process.env["PATH"] ?? "", HOME: home, npm_config_registry: options.registry ?? registry.url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const text = await new Response(child.stderr).text();
  return { status: await child.exited, text, tookMs: performance.now() - startedMs };
}

interface Stalled extends Installation {
  folder: string;
  url: string;
}

/** From a registry that answers a ping, after `pingMs`, and whose archive stops after its first bytes. */
async function installStalled(patience: object, pingMs = 0): Promise<Stalled> {
  const own = new PackageRegistry(base);
  stalledRegistries.push(own);
  own.archives.set("bun", must(registry.archives.get("bun"), "it is packed"));
  own.stalled.add("bun");
  own.pingMs = pingMs;
  const folder = newFolder();
  const call = `installLocked(${JSON.stringify(folder)}, { dev: false, patience: ${JSON.stringify(patience)} })`;
  return { ...(await install(folder, { call, registry: own.url })), folder, url: own.url };
}
const has = (folder: string) => existsSync(join(folder, "node_modules", "bun", "package.json"));

test.concurrent("two starts at once: the second waits for the first, and installs nothing", async () => {
  const folder = newFolder();
  const both = await Promise.all([install(folder), install(folder)]);
  expect(both.map(({ status }) => status)).toEqual([0, 0]);
  const said = (text: RegExp) => both.filter((it) => text.test(it.text)).length;
  expect([said(/^Installing dependencies/m), said(/^Another start \(process \d+\) installs in/m)]).toEqual([1, 1]);
  expect(has(folder)).toBeTrue();
  expect(readdirSync(folder)).not.toContain(".installing.lock");
});

test.concurrent("the lock of a start that was killed holds nobody up", async () => {
  const folder = newFolder();
  const dead = Bun.spawnSync(["true"]).pid;
  const holder = JSON.stringify({ host: hostname(), pid: dead, child: dead, since: 1 });
  writeFileSync(join(folder, ".installing.lock"), holder);
  const done = await install(folder);
  expect(done.text).not.toContain("Another start");
  expect([done.status, has(folder)]).toEqual([0, true]);
});

test.concurrent("a lock whose holder's process id another process has holds nobody up", async () => {
  const folder = newFolder();
  const lock = join(folder, ".installing.lock");
  const holder = { host: hostname(), pid: process.pid, since: 1 };
  const left = (content: object, ageMs: number) => {
    writeFileSync(lock, JSON.stringify(content));
    utimesSync(lock, new Date(), new Date(Date.now() - ageMs));
  };
  if (process.platform === "linux") {
    left({ ...holder, start: "an earlier process" }, 0);
    const first = await install(folder);
    expect(first.text).not.toContain("Another start");
    expect([first.status, has(folder)]).toEqual([0, true]);
  } else expect((await install(folder)).status).toBe(0);
  // All is installed: what is left behind is not waited for, as a lock of a machine that is gone.
  for (const host of [holder.host, "an earlier container"]) {
    left({ ...holder, host }, 10_000);
    expect(await install(folder)).toMatchObject({ status: 0, text: "" });
  }
  // One that lives is waited for: what it installs is not yet compared with the lock.
  left({ ...holder, host: "another machine" }, 0);
  const waits = install(folder);
  await Bun.sleep(1_000);
  rmSync(lock);
  expect((await waits).text).toContain(`Another start (process ${process.pid}) installs`);
});

test("the lock of an earlier process with the own id is none", () => {
  const script = `
    import { writeFileSync } from "node:fs";
    import { hostname } from "node:os";
    import { takeLock } from ${JSON.stringify(join(bin, "install-lock.mjs"))};
    writeFileSync("own.lock", JSON.stringify({ host: hostname(), pid: process.pid, since: 1 }));
    const { release } = await takeLock("own.lock", (pid) => console.log("waits for", pid));
    release();`;
  const node = [process.env["NODE"] ?? "node", "--input-type=module", "-e", script];
  const { exitCode, stdout } = Bun.spawnSync(node, { cwd: base, timeout: 5_000 });
  expect([exitCode, stdout.toString(), existsSync(join(base, "own.lock"))]).toEqual([0, "", false]);
});

test("a registry that stops in the middle is told, then given up", async () => {
  const { status, text, folder, url } = await stopping;
  expect(text).toMatch(new RegExp(`Nothing has come from ${url}/? for \\d+ s; waiting for at most 2 s`));
  expect(text).toMatch(/Cannot install dependencies in .*: the package registry does not answer/);
  expect([status, has(folder)]).toEqual([1, false]);
});

test("a registry that answers late and then falls silent is told as soon as one that never answers", async () => {
  // Without a bound on both together nothing would be said before it is given up.
  expect((await late).text).toContain("Nothing has come from");
});

test.concurrent("a registry that refuses connections is named, with the settings that may be wrong", async () => {
  const { status, text, tookMs } = await install(newFolder(), { registry: "http://name:secret@127.0.0.1:1/" });
  expect(status).toBe(1);
  expect(text).toContain("the package registry cannot be reached: http://***@127.0.0.1:1");
  expect(text).toMatch(/npm config set https-proxy .*\n.*npm config set registry .*\n.*copy this folder/);
  expect(text).not.toMatch(/secret|npm error/);
  expect(tookMs).toBeLessThan(15_000);
});

test.each(["http://name:se@cret@proxy:3128", "http://name:se/cret@proxy:3128", "name:secret@proxy:3128"])(
  "the proxy %s is shown without its password",
  (proxy) => {
    const script = `import(${JSON.stringify(join(bin, "npm.mjs"))}).then(async (m) => console.log(await m.npmSettings(".")))`;
    const env = { PATH: process.env["PATH"] ?? "", HOME: base, HTTPS_PROXY: proxy };
    const text = Bun.spawnSync([process.env["NODE"] ?? "node", "-e", script], { env }).stdout.toString();
    expect(text).toMatch(/proxy: '(http:\/\/)?\*\*\*@proxy:3128\/?'/);
    expect(text).not.toMatch(/name:|cret/);
  },
);

test.concurrent("an installation that fails before npm has changed anything leaves what was installed usable", async () => {
  const folder = newFolder();
  expect((await install(folder)).status).toBe(0);
  // Development tools are missing, and cannot be fetched.
  const { status, text } = await install(folder, {
    registry: "http://127.0.0.1:1/",
    call: "ensureInstalled({ dev: true })",
  });
  expect(text).toContain("the package registry cannot be reached");
  expect(status).toBe(1);
  const again = await install(folder, { registry: "http://127.0.0.1:1/" });
  expect([again.status, again.text]).toEqual([0, ""]);
});

test.skipIf(!hasMountNamespaces())("a full disk is called one", async () => {
  const disk = join(base, "disk");
  mkdirSync(disk);
  const mount = inNamespace(`mount -t tmpfs -o size=1m none "$0"; cp -r ${newFolder()} "$0"/app; echo`, disk);
  const { status, text } = await install(join(disk, "app"), { prefix: mount });
  expect(text).toMatch(/Cannot install dependencies in .*: the disk is full: .*app has [01] MB left/);
  expect(text).not.toMatch(/network|proxy|npm warn/);
  expect(status).toBe(1);
});

test.skipIf(process.getuid?.() !== 0)("a folder without rights is called one", async () => {
  const folder = newFolder();
  Bun.spawnSync(["chmod", "-R", "go+rX", base]);
  const home = join(base, "home-of-nobody");
  mkdirSync(home, { mode: 0o777 });
  const prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const { status, text } = await install(folder, { prefix, home });
  expect(text).toContain(`Cannot install dependencies in ${folder}: this user may not write in ${folder}`);
  expect(text).not.toMatch(/network|proxy/);
  expect(status).toBe(1);
});

test("an old Node is named before it reads what it does not understand", async () => {
  const old = "data:text/javascript,Object.defineProperty(process.versions,'node',{value:'18.20.8'})";
  const folder = join(base, "bin-of-tomorrow");
  cpSync(bin, folder, { recursive: true });
  const first = ["sahab", "gpu", "dev"];
  for (const file of readdirSync(folder))
    if (![...first, "check-node"].includes(file.replace(".mjs", "")))
      writeFileSync(join(folder, file), "syntax of tomorrow");
  for (const name of first) {
    const child = Bun.spawn(["node", `--import=${old}`, join(folder, `${name}.mjs`), "--version"], { stderr: "pipe" });
    expect(await new Response(child.stderr).text()).toMatch(
      /^Sahab needs Node 20 or newer, and this is Node 18\.20\.8/,
    );
    expect(await child.exited).toBe(1);
  }
});

test("a registry that accepts and never answers is told within 15 s", async () => {
  const { status, text, tookMs } = await hanging;
  expect(text).toContain(`the package registry does not answer: http://127.0.0.1:${silent.port}`);
  expect(status).toBe(1);
  expect(tookMs, `${Math.round(tookMs)} ms`).toBeLessThan(15_000);
});
