import { afterAll, expect, test } from "bun:test";
import { batchClient, chatLine } from "../testing/batches/batch-client.ts";
import { startFakeAnthropicBatches } from "../testing/batches/fake-anthropic-batches.ts";
import { startFakeOpenaiBatches } from "../testing/batches/fake-openai-batches.ts";
import { eventually } from "../testing/eventually.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// A batch that a vendor runs outlives the processes that wait for it, and is paid once.

const openai = startFakeOpenaiBatches();
const anthropic = startFakeAnthropicBatches();
const total = 200;
const lines = Array.from({ length: total }, (_, index) => chatLine(`r${index}`, "m", { max_tokens: 50 }));

const forms = {
  openai: { fake: openai, creation: "POST /v1/batches", key: "sk-test", model: "gpt-5-mini" },
  anthropic: { fake: anthropic, creation: "POST /v1/messages/batches", key: "sk-ant-test", model: "claude-sonnet-4-6" },
};

afterAll(async () => {
  await Promise.all([openai.stop(), anthropic.stop()]);
});

async function withSahab(vendor: keyof typeof forms, work: (sahab: TestSahab) => Promise<void>): Promise<void> {
  const { fake, key, model } = forms[vendor];
  const sahab = await runSahab({
    config: {
      providers: [{ name: "v", vendor, base_url: fake.url, api_key: key }],
      models: [
        {
          name: "m",
          targets: [{ provider: "v", model }],
          price: { currency: "USD", input: 1, output: 2, batch: 0.5 },
        },
      ],
      projects: [{ name: "default" }],
    },
  });
  try {
    await work(sahab);
  } finally {
    await sahab.close();
  }
}

/** Each line has one result and one record, at half the price. */
async function expectExact(sahab: TestSahab, key: string, id: string): Promise<void> {
  const client = batchClient(sahab.address, key);
  const batch = await client.ended({ id }, 90_000);
  expect(batch).toMatchObject({ status: "completed", request_counts: { total, completed: total, failed: 0 } });
  const results = await client.results(batch.output_file_id);
  expect(results.size).toBe(total);
  const records = await sahab.records();
  expect(records).toHaveLength(total);
  expect(new Set(records.map(({ cost }) => cost))).toEqual(new Set(["0.0007"]));
  const ids = new Set(records.map((record) => record.id));
  expect([...results.values()].every(({ response }) => ids.has(response?.request_id ?? ""))).toBe(true);
}

test.each([
  ["openai", "SIGKILL"],
  ["anthropic", "SIGTERM"],
] as const)(
  "a batch at %s is waited for again after %s",
  (vendor, signal) =>
    withSahab(vendor, async (sahab) => {
      const { fake } = forms[vendor];
      const known = fake.ids().length;
      const { key } = await sahab.createKey();
      const { id } = await batchClient(sahab.address, key).create(lines);
      const vendorId = await eventually("the batch at the vendor", () => fake.ids()[known], 30_000);
      await sahab.restart(signal);
      fake.end(vendorId);
      await expectExact(sahab, key, id);
      expect(fake.faults).toEqual([]);
    }),
  150_000,
);

test.each(["openai", "anthropic"] as const)(
  "a batch whose creation at %s a crash has cut off is found, and not paid twice",
  (vendor) =>
    withSahab(vendor, async (sahab) => {
      const { fake, creation } = forms[vendor];
      const before = new Set(fake.ids());
      const creations = () => fake.calls.filter(({ method, path }) => `${method} ${path}` === creation).length;
      const sent = creations();
      fake.failNext(creation, { status: 500, isDone: true, afterMs: 60_000 });
      const { key } = await sahab.createKey();
      const { id } = await batchClient(sahab.address, key).create(lines);
      const isNew = (known: string) => !before.has(known);
      const vendorId = await eventually("the batch at the vendor", () => fake.ids().find(isNew), 30_000);
      await sahab.restart("SIGKILL");
      fake.end(vendorId);
      await expectExact(sahab, key, id);
      expect(creations()).toBe(sent + 1);
    }),
  150_000,
);

test(
  "results that a crash has cut off are read again, and each line is billed once",
  () =>
    withSahab("openai", async (sahab) => {
      const known = openai.ids().length;
      const { key } = await sahab.createKey();
      const { id } = await batchClient(sahab.address, key).create(lines);
      const vendorId = await eventually("the batch at the vendor", () => openai.ids().slice(known)[0], 30_000);
      // The second half of the results comes after the process has ended.
      openai.end(vendorId, { pauseMs: 60_000 });
      await eventually("the download", () => openai.calls.some(({ path }) => path.endsWith("/content")), 30_000);
      await eventually("records of the first half", async () => (await sahab.records()).length > 0, 30_000);
      await sahab.restart("SIGKILL");
      await expectExact(sahab, key, id);
    }),
  150_000,
);
