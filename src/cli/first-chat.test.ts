import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { eventually } from "../testing/eventually.ts";
import { cleanEnvironment, sahabProgram } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeCertificate } from "../testing/self-signed.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// The first minute: the launcher on an empty folder, then a chat whose answer goes through a pipe.

let vendor: FakeVendor;
let sahab: TestSahab;
let readyMs: number;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hello ", "from ", "afar"], { splitAt: 7 }) });
  const startedMs = performance.now();
  sahab = await runSahab({ launcher: true });
  readyMs = Math.round(performance.now() - startedMs);
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("an empty folder is ready within seconds", () => {
  expect(readyMs, `/readyz answered after ${readyMs} ms`).toBeLessThan(20_000);
});

test("the built-in model's answer comes through a pipe", async () => {
  const talk = await sahab.command(["chat", "nano", "What is Sahab?", "--temperature", "0"]);
  expect(talk).toMatchObject({ status: 0, stdout: expect.stringContaining("Sahab is an AI cloud that you own") });
});

test("the line to paste streams a whole answer, and puts the key into no process's arguments", async () => {
  const line = (await sahab.printed(/^ {2}printf /)).trim();
  // A curl that notes its arguments first.
  const folder = makeTemporaryFolder();
  const curl = Bun.which("curl") ?? "";
  writeFileSync(join(folder, "curl"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${folder}/arguments\nexec ${curl} "$@"\n`, {
    mode: 0o755,
  });
  try {
    for (const shell of ["sh", "bash"]) {
      const path = `${folder}:${process.env["PATH"] ?? ""}`;
      const pasted = Bun.spawn([shell, "-c", line], { env: { PATH: path }, stdout: "pipe", stderr: "ignore" });
      expect(await new Response(pasted.stdout).text()).toContain('"finish_reason":"stop"');
      const args = readFileSync(join(folder, "arguments"), "utf8");
      expect(args).toContain("/v1/chat/completions");
      expect(args).not.toContain(sahab.adminKey);
    }
    // The README's lines are run by another test; they put no key among the arguments either.
    const readme = readFileSync(join(import.meta.dir, "..", "..", "README.md"), "utf8");
    expect(readme).not.toMatch(/-H "Authorization: Bearer/);
  } finally {
    removeTemporaryFolder(folder);
  }
});

test("a stream in many pieces is printed whole", async () => {
  await sahab.apply({
    providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url }],
    models: [
      { name: "afar", targets: [{ provider: "fake", model: "m" }], price: { currency: "USD", input: 1, output: 1 } },
    ],
    projects: [{ name: "default" }],
  });
  const talk = await sahab.command(["chat", "afar", "Hi"]);
  expect(talk).toMatchObject({ status: 0, stdout: "Hello from afar\n" });
});

test("on a terminal the first start shows the admin key; its lines fit the port, a folder with a space, and TLS", async () => {
  const home = makeTemporaryFolder();
  const dataDir = join(home, "my data");
  const certificate = await makeCertificate(home, "own");
  const tls = { SAHAB_TLS_CERT: certificate.file, SAHAB_TLS_KEY: join(home, "own.key") };
  const start = async (more: Record<string, string> = {}) => {
    let shown = "";
    const child = Bun.spawn([process.execPath, sahabProgram, "up"], {
      env: cleanEnvironment({
        HOME: home,
        SAHAB_DATA: dataDir,
        SAHAB_PORT: "0",
        npm_lifecycle_event: "start",
        ...more,
      }),
      terminal: { cols: 400, rows: 50, data: (_terminal, bytes) => void (shown += new TextDecoder().decode(bytes)) },
    });
    await eventually("the end of what it says", () => shown.includes("Ask it how to"));
    return { child, shown };
  };
  const listModels = (line: string) => {
    const command = line.replace("npm run sahab --", `${process.execPath} ${sahabProgram}`);
    const env = cleanEnvironment({ HOME: home });
    return new Response(Bun.spawn(["sh", "-c", `${command} models`], { env, stdout: "pipe" }).stdout).text();
  };
  try {
    const first = await start();
    const key = readFileSync(join(dataDir, "admin.key"), "utf8").trim();
    expect(first.shown).toContain(key);
    const talk = /Or talk to it: {2}(.*) chat nano\r?$/m.exec(first.shown)?.[1] ?? "";
    expect(talk).toMatch(/^SAHAB_PORT=\d+ SAHAB_DATA='.*\/my data' npm run sahab --$/);
    expect(await listModels(talk)).toContain("nano");
    first.child.kill("SIGTERM");
    await first.child.exited;
    const second = await start(tls);
    expect(await listModels(/Or talk to it: {2}(.*) chat nano\r?$/m.exec(second.shown)?.[1] ?? "")).toContain("nano");
    second.child.kill("SIGTERM");
    await second.child.exited;
    expect(second.shown).not.toContain(key);
  } finally {
    removeTemporaryFolder(home);
  }
});
