import { afterAll, beforeAll, expect, test } from "bun:test";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { runCommand } from "../testing/run-command.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  vendor = startFakeVendor({ m: chat(["Hello"]) });
  const port = await findFreePort();
  sahab = await runSahab({ env: { SAHAB_PORT: String(port), SAHAB_WORKERS: "2" } });
  const price = { currency: "USD", input: 1_000_000, output: 0 };
  await sahab.apply({
    providers: [
      { name: "fake", vendor: "compatible", base_url: vendor.url },
      { name: "gone", vendor: "compatible", base_url: "http://127.0.0.1:1" },
    ],
    models: [
      { name: "nano", local: { file: "nano.gguf" } },
      { name: "afar", targets: [{ provider: "fake", model: "m" }], price },
      { name: "away", targets: [{ provider: "gone", model: "m" }], price },
      { name: "unpriced", targets: [{ provider: "fake", model: "m" }] },
    ],
    projects: [{ name: "default" }],
  });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
});

interface Told {
  workers: number;
  uptime_seconds: number;
  data_folder: string;
  database: string;
  models: { name: string; state: string }[];
  providers: { name: string; state: string; detail: string | null }[];
  today: { requests: number; costs: { currency: string; cost: string }[] };
}

test("status tells the process, the models, the providers and what was used today", async () => {
  const messages = [{ role: "user", content: "Hi" }];
  const before = (await sahab.adminJson<Told>("/status")).today.requests;
  expect((await sahab.call("/v1/chat/completions", { model: "afar", messages })).status).toBe(200);
  const { stdout, stderr, status } = await sahab.command(["status"]);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toMatch(new RegExp(`^Sahab \\d+\\.\\d+\\.\\d+ answers at ${sahab.address}\nready {6}yes\nup {9}`));
  expect(stdout).toContain("2 workers");
  expect(stdout).toContain(`data       ${sahab.dataDir}\n`);
  expect(stdout).not.toContain("database");
  expect(stdout).toMatch(new RegExp(`today {6}${before + 1} requests?, \\d[\\d.]* USD`));
  expect(stdout).toMatch(/models {5}nano \(local\): (?:ready|loading)/);
  expect(stdout).toContain("afar (remote): ready");
  expect(stdout).toContain("unpriced (remote): unpriced; it has no known price, so calls are refused");
  expect(stdout).toContain("providers  fake: ok (1 model)");

  const told = JSON.parse((await sahab.command(["status", "--json"])).stdout) as Told;
  expect(told).toMatchObject({ alive: true, ready: true, fault: null, workers: 2, data_folder: sahab.dataDir });
  expect(told.uptime_seconds).toBeLessThan(120);
});

test("a provider that failed rests, and so does its model", async () => {
  const messages = [{ role: "user", content: "Hi" }];
  // Each worker sees its own failures; with many calls both have some.
  for (let i = 0; i < 20; i++) {
    const { status } = await sahab.call(
      "/v1/chat/completions",
      { model: "away", messages },
      { headers: { connection: "close" } },
    );
    expect(status).toBe(502);
    const told = await sahab.adminJson<Told>("/status", { headers: { connection: "close" } });
    const gone = told.providers.find(({ name }) => name === "gone");
    if (gone?.state !== "resting") continue;
    expect(gone.detail).toBe("failed a moment ago: m");
    expect(told.models.find(({ name }) => name === "away")?.state).toBe("resting");
    expect(told.models.find(({ name }) => name === "afar")?.state).toBe("ready");
    return;
  }
  throw new Error("no answer of the status names the provider that failed");
});

test("without an admin key it says what anybody may know, and fails", async () => {
  const { stdout, status } = await sahab.command(["status"], { env: { SAHAB_ADMIN_KEY: "sk-proj-a1B2c3D4e5F6g7H8" } });
  expect(status).toBe(1);
  expect(stdout).toContain(`Sahab answers at ${sahab.address}\nready      yes\n`);
  expect(stdout).toMatch(/SAHAB_ADMIN_KEY .*looks like a key of OpenAI/);
  expect(stdout).not.toContain("sk-proj-");
});

test("where nothing answers it says what to do, with status 1", async () => {
  const empty = makeTemporaryFolder();
  try {
    const nothing = await runCommand(["status"], { env: { SAHAB_DATA: empty, SAHAB_PORT: "1" } });
    expect(nothing.status).toBe(1);
    expect(nothing.stdout).toStartWith("Sahab does not answer at http://127.0.0.1:1\n");
    expect(nothing.stdout).toContain("Start it with: sahab up (");
    // Something holds the folder, on another port.
    const other = await sahab.command(["status", "--json"], { env: { SAHAB_PORT: "1" } });
    expect(other.status).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({
      alive: false,
      ready: false,
      fault: expect.stringContaining(`Process ${sahab.pid} holds`),
    });
    // A server elsewhere says nothing about this machine's folder.
    const elsewhere = await sahab.command(["status"], { env: { SAHAB_URL: "http://127.0.0.2:1" } });
    expect(elsewhere.stdout).toContain("which SAHAB_URL names");
    expect(elsewhere.stdout).not.toContain(sahab.dataDir);
  } finally {
    removeTemporaryFolder(empty);
  }
});
