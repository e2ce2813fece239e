import { afterAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createSealer } from "../base/seal.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { readHolder } from "./account/hold-file.ts";
import { recoverJournals } from "./recover-journal.ts";
import { openSqliteStore } from "./store/sqlite.ts";
import { wholeScope } from "./store/scope.ts";

const folder = makeTemporaryFolder();
afterAll(() => removeTemporaryFolder(folder));
const log = { warn: () => {}, error: () => {} };

/** Serves requests of two keys as the gateway does, leaves some under way, and is killed. */
const programOf = (dir: string) => `
  import { HoldFile } from ${JSON.stringify(join(import.meta.dir, "account", "hold-file.ts"))};
  import { Journal } from ${JSON.stringify(join(import.meta.dir, "journal.ts"))};
  import { Hold } from ${JSON.stringify(join(import.meta.dir, "account", "teller.ts"))};
  import { Meter } from ${JSON.stringify(join(import.meta.dir, "account", "meter.ts"))};
  import { makeRecord } from ${JSON.stringify(join(import.meta.dir, "store", "store-contract.ts"))};
  const dir = ${JSON.stringify(dir)};
  const journal = new Journal(dir);
  const holds = new HoldFile(dir);
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const terms = { id: "m", account: "project:team", measure: "budget", currency: "USD", startMs: 0, endMs: 1e15 };
  const meter = new Meter(terms, 1000n, 0);
  const slots = { one: holds.slotOf(keyOf("one")), two: holds.slotOf(keyOf("two")) };
  function keyOf(keyId) { return { organisation: "acme", project: "team", keyId, currency: "USD", time: 1000 }; }
  const reserve = (key, amount) => {
    meter.reserve(amount, 0);
    return new Hold({ reserveMore: () => undefined }, clock, { demands: [{ meter, amount }], slot: slots[key], reservedMs: 0 });
  };
  const recordOf = (id, keyId, cost) => makeRecord({ id, keyId, cost, project: "team", organisation: "acme", time: 2000 });
  for (let at = 0; at < 20; at++) {
    const hold = reserve(at % 2 ? "one" : "two", 10n);
    const settled = journal.settle(recordOf("req_" + at, at % 2 ? "one" : "two", 4n));
    hold.settle(4n, 0n);
    await settled;
    hold.noteDurable();
  }
  // Under way at the end: two of the first key, of which one has told of its progress, and one of the second, which has grown.
  reserve("one", 30n);
  reserve("one", 50n);
  journal.progress(recordOf("req_under_way", "one", 12n));
  await reserve("two", 5n).extend(25n);
  await journal.settle(recordOf("req_last", "two", 1n));
  console.log(holds.id);
  process.kill(process.pid, "SIGKILL");`;

test("a process that is killed leaves its records, and one entry by key of what is not known", async () => {
  const dir = join(folder, "journal", "0");
  mkdirSync(dir, { recursive: true });
  const child = Bun.spawn([process.execPath, "-e", programOf(dir)], { stdout: "pipe", stderr: "inherit" });
  const holder = (await new Response(child.stdout).text()).trim();
  expect(await child.exited).toBe(137);
  expect(readHolder(dir)).toBe(holder);

  const store = await openSqliteStore(join(folder, "sahab.db"), createSealer("the master key of the tests"));
  const account = "project:team";
  const meter = { id: "m", account, measure: "budget", currency: "USD", startMs: 0, endMs: 10_000 } as const;
  const claim = { meter, limit: 1_000n, keeps: 0n, drained: 0n, idle: 0n, needs: 300n, waitedMs: 0, wants: 0n };
  await store.renewLeases({ id: holder, place: "test", sequence: 1, leaseMs: 60_000 }, [{ ...claim, isNew: true }]);
  for (let time = 0; time < 2; time++) await recoverJournals(join(folder, "journal"), { store, log });

  const { records } = await store.listUsage(wholeScope, { limit: 100, cursor: undefined });
  expect(records.filter(({ outcome }) => outcome === "ok")).toHaveLength(21);
  expect(records.filter(({ outcome }) => outcome === "interrupted")).toMatchObject([
    { id: "req_under_way", cost: 12n },
  ]);
  const { entries } = await store.listEntries(wholeScope, { limit: 10, cursor: undefined });
  expect(entries.map(({ keyId, kind, amount, time }) => ({ keyId, kind, amount, time }))).toEqual(
    expect.arrayContaining([
      { keyId: "one", kind: "interrupted", amount: 68n, time: 1_000 },
      { keyId: "two", kind: "interrupted", amount: 25n, time: 1_000 },
    ]),
  );
  expect(entries).toHaveLength(2);
  const sum = 20n * 4n + 1n + 12n + 68n + 25n;
  expect(await store.readMeters(wholeScope, [account], 0)).toMatchObject([{ spent: sum, leased: 0n }]);
  expect(readHolder(dir)).toBeUndefined();
  await store.close();
});
