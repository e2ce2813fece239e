import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { openStoreThread, type StoreThread } from "../ledger/index.ts";
import { eventually } from "../testing/eventually.ts";
import { addManyRecords } from "../testing/many-records.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { UsageRetention } from "./usage-retention.ts";
import { wholeScope } from "../ledger/index.ts";

const log = openLog({ level: "silent", pretty: false });
// The records are from 2023-11-14T22:13:20Z on, one every 0.3 s.
const firstDayEndMs = Date.parse("2023-11-15T00:00:00Z");
const dayMs = 86_400_000;
const count = 30_000;
const ofFirstDay = Math.ceil((firstDayEndMs - 1_700_000_000_000) / 300);
const folder = makeTemporaryFolder();
const dir = join(folder, "exports");
let store: StoreThread;

beforeAll(async () => {
  const location = { path: join(folder, "sahab.db"), masterKey: "the master key of the tests" };
  await addManyRecords(location, count);
  store = await openStoreThread({ log }, location);
});
afterAll(async () => {
  await store.close();
  removeTemporaryFolder(folder);
});

async function countRecords(): Promise<number> {
  const { rows } = await store.sumUsage(wholeScope, {
    since: undefined,
    until: undefined,
    groupBy: ["tag:session"],
    currency: undefined,
  });
  return rows.reduce((sum, row) => sum + row.requests, 0);
}

function run(usageDays: number | undefined): UsageRetention {
  const clock = { now: () => firstDayEndMs + 10 * dayMs + 5 };
  const retention = new UsageRetention(
    { store, log, clock, usageDays: () => usageDays },
    { dir, intervalMs: 20, graceMs: 10 },
  );
  retention.run();
  return retention;
}

test("records are kept without a setting, and where the folder takes no export; then they are exported and deleted", async () => {
  const without = run(undefined);
  await Bun.sleep(150);
  without.stop();
  expect(existsSync(dir)).toBe(false);

  writeFileSync(dir, "a file where the folder would be");
  const retention = run(10);
  await Bun.sleep(150);
  expect(
    (await store.listUsage(wholeScope, { limit: 1, cursor: undefined, until: firstDayEndMs })).records,
  ).toHaveLength(1);
  await rm(dir);
  const isGone = async () =>
    (await store.listUsage(wholeScope, { limit: 1, cursor: undefined, until: firstDayEndMs })).records.length === 0;
  await eventually("the first day's records are gone", isGone);
  retention.stop();
  expect(readdirSync(dir)).toEqual(["usage-2023-11-14.jsonl.gz"]);
  expect(await countRecords()).toBe(count - ofFirstDay);
});
