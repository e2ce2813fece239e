import { afterEach, beforeEach, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createSealer } from "../base/seal.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { encodeApiRecord, type UsageRecord } from "./record/index.ts";
import { UsageRetirer } from "./retire-usage.ts";
import { insert, makeRecord } from "./store/store-contract.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import type { OpenStore, UsageQuery } from "./store/index.ts";
import { wholeScope } from "./store/scope.ts";

const dayMs = 86_400_000;
const firstMs = Date.parse("2026-03-01T00:00:00Z");
const cutMs = firstMs + 3 * dayMs;
const { signal } = new AbortController();
let folder: string;
let dir: string;
let store: OpenStore;
let records: UsageRecord[];

beforeEach(async () => {
  folder = makeTemporaryFolder();
  dir = join(folder, "exports");
  store = await openSqliteStore(join(folder, "sahab.db"), createSealer("the master key of the tests"));
  // 1,300 a day for four days, and none on the second.
  records = Array.from({ length: 1_300 * 4 }, (_, index) =>
    makeRecord({
      id: `req_${String(index).padStart(5, "0")}`,
      time: firstMs + Math.floor((index / 1_300) * dayMs) + (index < 1_300 ? 0 : dayMs),
      user: index % 2 === 0 ? "anna" : "",
      tags: { session: "s 云" },
    }),
  );
  await insert(store, records);
});
afterEach(async () => {
  await store.close();
  removeTemporaryFolder(folder);
});

async function retire(retirer = new UsageRetirer({ store })): Promise<void> {
  while ((await retirer.exportDay(dir, cutMs + 5, signal)) !== undefined);
  while ((await retirer.deleteDay(dir, signal)) !== undefined);
}

const failureOf = (work: Promise<unknown>) => work.then(() => "done", String);
const readExport = (name: string) =>
  gunzipSync(readFileSync(join(dir, name)))
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string });
const listIds = async () =>
  (await store.listUsage(wholeScope, { limit: 10_000, cursor: undefined })).records.map(({ id }) => id).toReversed();
const idsOf = (some: readonly UsageRecord[]) => some.map(({ id }) => id);
const before = (timeMs: number) => records.filter(({ time }) => time < timeMs);
const report = async (query: Partial<UsageQuery>) => {
  const { rows, cutOffMs } = await store.sumUsage(wholeScope, {
    since: undefined,
    until: undefined,
    currency: undefined,
    groupBy: ["model"],
    ...query,
  });
  return { requests: rows.reduce((sum, row) => sum + row.requests, 0), cutOffMs };
};

test("records of whole days go into files, each once and whole, and only then out of the database", async () => {
  await retire();
  expect(readdirSync(dir).toSorted()).toEqual(["usage-2026-03-01.jsonl.gz", "usage-2026-03-03.jsonl.gz"]);
  expect(statSync(join(dir, "usage-2026-03-01.jsonl.gz")).mode & 0o777).toBe(0o600);
  const exported = [...readExport("usage-2026-03-01.jsonl.gz"), ...readExport("usage-2026-03-03.jsonl.gz")];
  expect(exported).toEqual(
    before(cutMs).map((record) => JSON.parse(JSON.stringify(encodeApiRecord(record))) as { id: string }),
  );
  expect(await listIds()).toEqual(idsOf(records.filter(({ time }) => time >= cutMs)));
});

test("reports over deleted days come from roll-ups, and say what they lack", async () => {
  await retire();
  expect(await report({})).toEqual({ requests: records.length, cutOffMs: null });
  expect(await report({ groupBy: ["user", "day"] })).toEqual({ requests: records.length, cutOffMs: null });
  expect(await report({ until: firstMs + dayMs / 2 })).toEqual({ requests: 650, cutOffMs: null });
  const kept = records.length - before(cutMs).length;
  expect(await report({ groupBy: ["tag:session"] })).toEqual({ requests: kept, cutOffMs: cutMs });
  expect(await report({ groupBy: ["user", "provider"] })).toEqual({ requests: kept, cutOffMs: cutMs });
  expect(await report({ groupBy: ["tag:session"], since: cutMs })).toEqual({ requests: kept, cutOffMs: null });
  // The last half hour of it is not known.
  expect(await report({ until: firstMs + 90 * 60_000 })).toEqual({
    requests: before(firstMs + 60 * 60_000).length,
    cutOffMs: cutMs,
  });
});

test("a record that comes late gets a file of its own, and counts", async () => {
  const retirer = new UsageRetirer({ store });
  await retire(retirer);
  await insert(store, [makeRecord({ id: "req_late", time: firstMs + 7, tags: { session: "s 云" } })]);
  expect((await report({})).requests).toBe(records.length + 1);
  await retire(retirer);
  expect(readExport("usage-2026-03-01.2.jsonl.gz").map(({ id }) => id)).toEqual(["req_late"]);
  expect(await listIds()).not.toContain("req_late");
  expect((await report({})).requests).toBe(records.length + 1);
});

test("what is not exported is not deleted: a lost file, a cut one, a folder that takes none", async () => {
  const retirer = new UsageRetirer({ store });
  await retirer.exportDay(dir, cutMs, signal);
  const path = join(dir, "usage-2026-03-01.jsonl.gz");
  const whole = readFileSync(path);
  writeFileSync(path, whole.subarray(0, whole.length - 100));
  expect(await failureOf(retirer.deleteDay(dir, signal))).not.toBe("done");
  expect(await listIds()).toEqual(idsOf(records));
  rmSync(path);
  while ((await retirer.deleteDay(dir, signal)) !== undefined);
  expect(readExport("usage-2026-03-01.jsonl.gz").map(({ id }) => id)).toEqual(idsOf(before(firstMs + dayMs)));

  rmSync(dir, { recursive: true });
  writeFileSync(dir, "not a folder");
  expect(await failureOf(retirer.exportDay(dir, cutMs, signal))).toMatch(/exports/);
  expect((await listIds()).length).toBe(3 * 1_300);
});

test("a run that was cut goes on where it was, and two processes do not work at once", async () => {
  const abort = new AbortController();
  const first = new UsageRetirer({
    store: {
      ...store,
      async deleteUsage(ids) {
        await store.deleteUsage(ids);
        abort.abort(new Error("stopped"));
      },
    },
  });
  const stopped = AbortSignal.abort(new Error("stopped"));
  expect(await failureOf(first.exportDay(dir, cutMs, stopped))).toContain("stopped");
  expect(readdirSync(dir).filter((name) => !name.endsWith(".partial"))).toEqual([]);
  expect(await new UsageRetirer({ store }).exportDay(dir, cutMs, signal)).toBeUndefined();
  expect(await first.exportDay(dir, cutMs, signal)).toBe("2026-03-01");
  expect(await failureOf(first.deleteDay(dir, abort.signal))).toContain("stopped");
  expect((await listIds()).length).toBe(records.length - 500);
  await retire(first);
  const exported = readdirSync(dir).filter((name) => name.endsWith(".gz"));
  expect(exported.toSorted()).toEqual(["usage-2026-03-01.jsonl.gz", "usage-2026-03-03.jsonl.gz"]);
  expect(
    exported
      .toSorted()
      .flatMap(readExport)
      .map(({ id }) => id),
  ).toEqual(idsOf(before(cutMs)));
  expect(await listIds()).toEqual(idsOf(records.filter(({ time }) => time >= cutMs)));
});
