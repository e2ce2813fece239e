import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { eventually } from "../testing/eventually.ts";
import { chat, startFakeVendor, type FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { oneModelConfig } from "../testing/one-model-config.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A batch outlives the processes that run it, and each of its requests is billed once.

const endpoint = "/v1/chat/completions";
const total = 80;
let vendor: FakeVendor;
let quick: FakeVendor["scripts"][string];

beforeAll(() => {
  quick = chat(["a "]);
  vendor = startFakeVendor({
    quick: async (call) => {
      await Bun.sleep(20);
      return quick?.(call) ?? new Response();
    },
  });
});

afterAll(() => vendor?.stop());

const clientOf = (sahab: TestSahab, apiKey: string) =>
  new OpenAI({ apiKey, baseURL: `${sahab.address}/v1`, maxRetries: 3 });

async function begin(openai: OpenAI): Promise<OpenAI.Batch> {
  const lines = Array.from({ length: total }, (_, index) =>
    JSON.stringify({
      custom_id: `r${index}`,
      method: "POST",
      url: endpoint,
      body: { model: "quick", messages: [{ role: "user", content: `Hi ${index}` }] },
    }),
  );
  const file = await toFile(Buffer.from(`${lines.join("\n")}\n`), "in.jsonl");
  const { id } = await openai.files.create({ file, purpose: "batch" });
  return openai.batches.create({ input_file_id: id, endpoint, completion_window: "24h" });
}

async function killWorkers(sahab: TestSahab): Promise<void> {
  const workers = sahab.children();
  for (const pid of workers) process.kill(pid, "SIGKILL");
  await eventually("other workers", () => {
    const now = sahab.children();
    return now.length === workers.length && !now.some((pid) => workers.includes(pid));
  });
  const isReady = () => fetch(`${sahab.address}/readyz`).then(({ ok }) => ok);
  await eventually("readiness", () => isReady().catch(() => false));
}

/** Ends the program twice in the middle. */
async function runThrough(sahab: TestSahab, end: "SIGKILL" | "SIGTERM" | "the end of its workers"): Promise<void> {
  const { key } = await sahab.createKey();
  const { id } = await begin(clientOf(sahab, key));
  for (let round = 1; round <= 2; round++) {
    const calls = vendor.calls.length;
    await eventually("requests at the vendor", () => vendor.calls.length > calls + 15, 45_000);
    if (end === "the end of its workers") await killWorkers(sahab);
    else await sahab.restart(end);
  }
  const openai = clientOf(sahab, key);
  const batch = await eventually(
    "the end of the batch",
    async () => {
      const found = await openai.batches.retrieve(id);
      return found.status === "completed" ? found : undefined;
    },
    60_000,
  );
  expect(batch.request_counts).toEqual({ total, completed: total, failed: 0 });
  const text = await (await openai.files.content(batch.output_file_id ?? "")).text();
  const results = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { custom_id: string; response: { request_id: string } });
  expect(new Set(results.map((result) => result.custom_id)).size).toBe(total);
  expect(results).toHaveLength(total);
  // A record of each success, once, however often the request was sent.
  const records = (await sahab.records()).filter(({ outcome }) => outcome === "ok");
  expect(records).toHaveLength(total);
  const ids = new Set(records.map((record) => record.id));
  expect(results.every(({ response }) => ids.has(response.request_id))).toBe(true);
  expect(new Set(records.map(({ cost }) => cost))).toEqual(new Set(["0.00014"]));
  expect(batch.usage).toMatchObject({ input_tokens: total * 100, output_tokens: total * 20 });
  // What was written on the way is gone.
  expect(readdirSync(join(sahab.dataDir, "files")).sort()).toEqual(
    [batch.input_file_id, batch.output_file_id ?? ""].sort(),
  );
}

test.each([
  ["1", "SIGKILL"],
  ["1", "SIGTERM"],
  ["2", "SIGKILL"],
  ["2", "the end of its workers"],
] as const)("a batch in %s process(es) goes on after %s, and its records are exact", async (workers, end) => {
  vendor.calls.splice(0);
  const port = workers === "1" ? "0" : String(await findFreePort());
  const sahab = await runSahab({
    env: { SAHAB_WORKERS: workers, SAHAB_PORT: port },
    config: oneModelConfig(vendor.url, "quick"),
  });
  try {
    await runThrough(sahab, end);
  } finally {
    await sahab.close();
  }
});
