import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chatRequest, collect, nanoFile, never, startTestEngine } from "../../testing/engine.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { landlockVersion } from "./landlock.ts";
import { openLibc } from "./libc.ts";

const isLinux = process.platform === "linux";
const isThere = isLinux && typeof landlockVersion(openLibc()) === "number";
const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));

describe.if(isThere)("an engine in its sandbox", () => {
  test("answers, and says that it is in it", async () => {
    const running = await startTestEngine({ file: nanoFile, sandbox: "require" });
    try {
      await running.engine.whenReady(15_000);
      const answer = await collect(running.client().chat(chatRequest("What is Sahab?"), { signal: never() }));
      expect(answer.usage?.outputTokens).toBeGreaterThan(0);
      const { sandbox, pid } = await running.engine.status();
      expect(sandbox).toBe("full");
      expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(/Seccomp:\s*2/);
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim()).toBe("500");
      expect(running.lines.join()).not.toContain("sandbox");
    } finally {
      await running.close();
    }
  });

  test("that is switched off runs without, and says so", async () => {
    const running = await startTestEngine({ file: nanoFile, sandbox: "off" });
    try {
      await running.engine.whenReady(15_000);
      expect((await running.engine.status()).sandbox).toBe("none: SAHAB_ENGINE_SANDBOX is off");
      expect(running.lines.filter((line) => line.includes("sandbox"))).toHaveLength(1);
    } finally {
      await running.close();
    }
  });

  const systems: [string, string, string, string][] = [
    ["an old kernel", "landlock_create_ruleset", "38", "partial: files are open: the kernel has no Landlock"],
    ["a container without Landlock", "landlock_create_ruleset", "1", "partial: files are open: Landlock is forbidden"],
    ["a container without seccomp", "seccomp", "1", "partial: system calls are open: seccomp is forbidden"],
    ["neither", "landlock_create_ruleset,seccomp", "38", "none: the kernel has no Landlock"],
  ];
  for (const [name, calls, errno, expected] of systems) {
    test(`on ${name} runs with what there is, or not at all where it is required`, async () => {
      const [open, required] = await Promise.all([
        startWithout(calls, errno, "auto"),
        startWithout(calls, errno, "require"),
      ]);
      expect(open).toMatchObject({ state: "ready", error: null });
      expect(open.sandbox).toStartWith(expected);
      expect(open.lines.filter((line) => line.includes("without a whole sandbox"))).toHaveLength(1);
      expect(required.state).toBe("failed");
      expect(required.error).toContain(`SAHAB_ENGINE_SANDBOX is "require", and the sandbox here is ${expected}`);
    });
  }
});

test.if(isLinux)("an engine that takes more memory than its model can need is ended", async () => {
  const program = join(folder, "grows.ts");
  writeFileSync(
    program,
    `process.on("disconnect", () => process.exit(0));
     process.send({ type: "sealed", sandbox: "full", memoryBytesMax: 300e6 });
     process.send({ type: "sealed", sandbox: "full", memoryBytesMax: 300e9 });
     process.send({ type: "ready", loadMs: 1, contextTokens: 256, tuning: {} });
     const kept = [];
     setInterval(() => kept.push(Buffer.alloc(20e6, 1)), 20);`,
  );
  const running = await startTestEngine({ program });
  try {
    for (let tries = 0; tries < 500 && (await running.engine.status()).restarts === 0; tries++) await Bun.sleep(20);
    const { lastError } = await running.engine.status();
    expect(lastError).toMatch(/^it holds \d+ bytes of memory; its model needs at most 300000000$/);
  } finally {
    await running.close();
  }
});

interface Outcome {
  state: string;
  sandbox: string | null;
  error: string | null;
  lines: string[];
}

async function startWithout(calls: string, errno: string, mode: string): Promise<Outcome> {
  const path = (name: string) => join(import.meta.dir, "../../testing", name);
  const command = [process.execPath, path("without-calls.ts"), calls, errno, path("sandboxed-engine.ts"), mode];
  const child = Bun.spawn(command, { stdout: "pipe", stderr: "inherit" });
  return (await new Response(child.stdout).json()) as Outcome;
}
