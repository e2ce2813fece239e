import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { chatEvents, doneEvent, startFakeVendor, streamOf, type FakeVendor } from "../testing/fake-vendor.ts";
import { addManyRecords } from "../testing/many-records.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";

// A report by a tag, which is summed from the records and takes more than a second, beside a stream.

const recordCount = 1_500_000;
const masterKey = "the master key of the tests";
let folder: string;
let vendor: FakeVendor;
let sahab: TestSahab;

beforeAll(async () => {
  folder = makeTemporaryFolder();
  await addManyRecords({ path: join(folder, "sahab.db"), masterKey }, recordCount);
  vendor = startFakeVendor({
    paced: streamOf([...chatEvents(Array.from({ length: 5_000 }, (_, i) => `w${i} `)), doneEvent], { paceMs: 10 }),
  });
  sahab = await runSahab({
    dataDir: folder,
    env: { SAHAB_MASTER_KEY: masterKey },
    config: {
      providers: [{ name: "fake", vendor: "compatible", base_url: vendor.url, api_key: "vendor-key" }],
      models: [
        {
          name: "paced",
          targets: [{ provider: "fake", model: "paced" }],
          price: { currency: "USD", input: 1, output: 2 },
        },
      ],
      projects: [{ name: "default" }],
    },
  });
});
afterAll(async () => {
  await sahab?.close();
  await vendor?.stop();
  removeTemporaryFolder(folder);
});

test("a stream, probes and look-ups of keys go on while a report is under way, which is exact", async () => {
  const stream = await sahab.call("/v1/chat/completions", {
    model: "paced",
    stream: true,
    messages: [{ role: "user", content: "Hi" }],
  });
  const reader = stream.body?.getReader();
  await reader?.read();
  let isReportDone = false;
  const report = sahab.adminJson<{ rows: { requests: number }[] }>("/usage?group_by=tag:session").finally(() => {
    isReportDone = true;
  });
  const during = { reads: 0, probes: 0, keys: 0 };
  const repeat = async (act: () => Promise<void>) => {
    while (!isReportDone) await act();
  };
  await Promise.all([
    repeat(async () => {
      await reader?.read();
      during.reads += isReportDone ? 0 : 1;
    }),
    repeat(async () => {
      expect((await fetch(`${sahab.address}/healthz`)).status).toBe(200);
      during.probes += isReportDone ? 0 : 1;
      await Bun.sleep(5);
    }),
    repeat(async () => {
      const key = `sk-sahab-nobody-knows-${during.keys}`;
      expect((await sahab.call("/v1/chat/completions", { model: "paced" }, { key })).status).toBe(401);
      during.keys += isReportDone ? 0 : 1;
      await Bun.sleep(5);
    }),
  ]);
  await reader?.cancel();
  // On the thread that serves, the report would let through what was there before it, and nothing more.
  for (const [what, count] of Object.entries(during)) expect([what, count >= 10]).toEqual([what, true]);
  const { rows } = await report;
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBe(recordCount);
});

test("a stop while a report is under way lets it end, and ends with status 0", async () => {
  const report = sahab.adminJson<{ rows: { requests: number }[] }>("/usage?group_by=tag:session");
  await Bun.sleep(100);
  sahab.signal("SIGTERM");
  const { rows } = await report;
  expect(rows.reduce((sum, row) => sum + row.requests, 0)).toBeGreaterThanOrEqual(recordCount);
  expect(await sahab.ended()).toBe(0);
});
