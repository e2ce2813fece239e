import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Prey } from "../../testing/sandbox-probe.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { engineCommand, type SandboxMode } from "./index.ts";
import { landlockVersion } from "./landlock.ts";
import { openLibc } from "./libc.ts";

interface Report {
  sandbox: string;
  results: Record<string, string>;
  calls: Record<string, number>;
  openFiles: string[];
  status: string;
  limits: string;
  environment: string[];
  exitCode: number | null;
}

const isThere = process.platform === "linux" && typeof landlockVersion(openLibc()) === "number";
const folder = makeTemporaryFolder();
const prober = join(import.meta.dir, "../../testing/sandbox-probe.ts");
let victim: Bun.Subprocess;
let listener: Bun.Server<undefined>;
let other: Bun.UnixSocketListener<undefined>;

beforeAll(() => {
  victim = Bun.spawn([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
  listener = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("reached") });
});
afterAll(() => {
  victim.kill();
  void listener.stop(true);
  other?.stop(true);
  removeTemporaryFolder(folder);
});

/** Runs the program that tries, and returns what it came to. */
async function probe(mode: SandboxMode): Promise<Report> {
  other?.stop(true);
  const data = join(folder, mode);
  for (const name of ["models", "run/mine", "run/other"]) mkdirSync(join(data, name), { recursive: true });
  for (const name of ["admin.key", "master.key", "sahab.db", "models/mine.gguf", "models/other.gguf"])
    writeFileSync(join(data, name), name, { mode: 0o600 });
  const otherSocket = join(data, "run/other/s");
  other = Bun.listen({ unix: otherSocket, socket: { data: () => undefined } });
  chmodSync(otherSocket, 0o600);
  const socketPath = join(data, "run/mine/s");
  const prey: Prey = { mode, data, socketPath, otherSocket, port: listener.port ?? 0, pid: victim.pid };
  const files = { program: prober, model: join(data, "models/mine.gguf"), loras: [], socketPath, gpuModuleDir: null };
  const { promise, resolve } = Promise.withResolvers<Omit<Report, "exitCode">>();
  const child = Bun.spawn({
    ...engineCommand(mode, files, JSON.stringify(prey)),
    stdio: ["ignore", "ignore", "pipe"],
    serialization: "json",
    ipc: (message) => resolve(message as Omit<Report, "exitCode">),
    onExit: () => resolve({} as Omit<Report, "exitCode">),
  });
  const report = await promise;
  await child.exited;
  return { ...report, exitCode: child.exitCode };
}

/** What an engine does itself. */
const needed = ["signal itself", "start a thread"];
/** What a system may refuse outside, too, to users other than root or because it lacks it. */
const unsure = [/^make a (packet|vsock|netlink) /, / raw socket$/, /^trace another|^read another's memory/, /IPv6/];

describe.if(isThere)("from inside the sandbox", () => {
  let inside: Report;
  let outside: Report;
  beforeAll(async () => {
    inside = await probe("require");
    outside = await probe("off");
  });

  test("nothing can be done that an engine does not need", () => {
    expect(inside.sandbox).toBe("full");
    const done = Object.entries(inside.results).filter(([, outcome]) => outcome === "done");
    expect(done.map(([name]) => name)).toEqual(needed);
    // It could not become another program.
    expect(inside.exitCode).toBe(0);
  });

  test("the same program does all of it outside", () => {
    expect(outside.sandbox).toStartWith("none");
    const failed = Object.entries(outside.results).filter(([, outcome]) => outcome !== "done");
    expect(failed.filter(([name]) => !unsure.some((pattern) => pattern.test(name)))).toEqual([]);
    expect(outside.exitCode).toBe(42);
  });

  test("each call that is refused gives the error that says so", () => {
    const open = Object.entries(inside.calls).filter(([, errno]) => errno !== 1 && errno !== 38);
    expect(open).toEqual([]);
    expect(Object.keys(inside.calls).length).toBeGreaterThan(100);
  });

  test("there are no files that were open before, no privileges, no core file and few files", () => {
    const inherited = inside.openFiles.filter((path) => path.startsWith("/") && !path.startsWith("/proc/"));
    expect(inherited.filter((path) => path !== "/dev/null" && !path.includes("std"))).toEqual([]);
    expect(inside.status).toMatch(/NoNewPrivs:\s*1/);
    expect(inside.status).toMatch(/Seccomp:\s*2/);
    // At most the right to read any file, which Landlock narrows down.
    expect(Number.parseInt(/CapEff:\s*(\w+)/.exec(inside.status)?.[1] ?? "f", 16)).toBeLessThanOrEqual(6);
    expect(inside.limits).toMatch(/Max core file size\s+0\s+0/);
    expect(inside.limits).toMatch(/Max open files\s+1024\s+1024/);
    expect(inside.environment.filter((name) => name.startsWith("NODE_CHANNEL"))).toEqual([]);
  });
});
