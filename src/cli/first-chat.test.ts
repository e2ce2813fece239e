import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
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
}, 30_000);
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

test("an empty folder is ready within seconds", () => {
  expect(readyMs, `/readyz answered after ${readyMs} ms`).toBeLessThan(10_000);
});

test("the built-in model's answer comes through a pipe", async () => {
  const talk = await sahab.command(["chat", "nano", "What is Sahab?", "--temperature", "0"]);
  expect(talk).toMatchObject({ status: 0, stdout: expect.stringContaining("Sahab is an AI cloud that you own") });
}, 30_000);

test("the line to paste streams a whole answer, and puts the key into no process's arguments", async () => {
  const line = /^ {2}(printf .*)$/m.exec(sahab.stdout())?.[1] ?? "";
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
    // The README's line is the same, on the usual address and folder.
    const readme = readFileSync(join(import.meta.dir, "..", "..", "README.md"), "utf8");
    const head = /^.*?curl \S+ -H @- /.exec(line)?.[0].replace(`${sahab.dataDir}/admin.key`, "~/.sahab/admin.key");
    expect(readme.replaceAll(/\n +/g, " ")).toContain(head ?? "no line");
    expect(readme).not.toMatch(/-H "Authorization: Bearer/);
  } finally {
    removeTemporaryFolder(folder);
  }
}, 30_000);

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
}, 30_000);
