import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { openLog } from "../../base/log.ts";
import { addManyRecords } from "../../testing/many-records.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../../testing/temporary-folder.ts";
import { testAlerts } from "../store/alerts-contract.ts";
import { testConversations } from "../store/conversations-contract.ts";
import { testSessions } from "../store/sessions-contract.ts";
import { testFiling } from "../store/filing-contract.ts";
import { testAccounts } from "../store/account-contract.ts";
import { testKept } from "../store/kept-contract.ts";
import { testStore } from "../store/store-contract.ts";
import { testViews } from "../store/views-contract.ts";
import type { UsageQuery } from "../store/index.ts";
import type { FromThread } from "./messages.ts";
import { serveStore } from "./serve-store.ts";
import { openStoreThread, type StoreThreadOptions } from "./store-thread.ts";
import { wholeScope } from "../store/scope.ts";

const log = openLog({ level: "silent", pretty: false });
const masterKey = "the master key of the tests";
const folder = makeTemporaryFolder();
let round = 0;
afterAll(() => removeTemporaryFolder(folder));

for (const testContract of [
  testStore,
  testViews,
  testKept,
  testFiling,
  testAccounts,
  testAlerts,
  testConversations,
  testSessions,
])
  testContract(
    "SQLite on its thread",
    (masterKey) => openStoreThread({ log }, { path: join(folder, `${round}.db`), masterKey }),
    () => {
      round++;
    },
  );

test("a database that cannot be opened is named in the error, and no thread is left", async () => {
  const path = join(folder, "none", "a.db");
  const failure = await openStoreThread({ log }, { path, masterKey }).catch((error: unknown) => String(error));
  expect(failure).toMatch(/Cannot create the database .*none/);
});

describe("a report of many slices", () => {
  const location = { path: join(folder, "many.db"), masterKey };
  // By a tag, which is summed from the records themselves.
  const query: UsageQuery = { since: undefined, until: undefined, groupBy: ["tag:session"], currency: undefined };
  const open = (options: StoreThreadOptions = {}) => openStoreThread({ log }, location, options);
  const outcomeOf = (report: Promise<unknown>) =>
    report.then(
      () => "a report",
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
  beforeAll(() => addManyRecords(location, 150_000), 30_000);

  test("ends within its time, with what to do in the error", async () => {
    const store = await open({ reportMs: 20 });
    const error = await store.sumUsage(wholeScope, query).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "request_timeout", status: 504 });
    expect(String(error)).toContain("since and until");
    await store.close();
  });

  test("whose client leaves ends in the thread, too", async () => {
    const messages: FromThread[] = [];
    const { promise: answered, resolve } = Promise.withResolvers<FromThread>();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const receive = serveStore((message) => {
      messages.push(message);
      if (message.type === "opened") open();
      if (message.type === "failure" || message.type === "value") resolve(message);
    });
    receive({ type: "open", location });
    await opened;
    receive({ type: "call", id: 1, method: "sumUsage", args: [query] });
    await Bun.sleep(20);
    receive({ type: "cancel", id: 1 });
    expect(await answered).toMatchObject({ type: "failure", id: 1 });
    receive({ type: "close" });
  });

  test("does not hold up other calls", async () => {
    const store = await open();
    const order: string[] = [];
    const report = store.sumUsage(wholeScope, query).then(() => order.push("report"));
    await Bun.sleep(20);
    for (let i = 0; i < 3; i++) {
      await store.findKeysByHash([`hash ${i}`]);
      order.push("key");
    }
    await report;
    expect(order).toEqual(["key", "key", "key", "report"]);
    await store.close();
  });

  test("is refused while four are under way, and taken after them", async () => {
    const store = await open();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => outcomeOf(store.sumUsage(wholeScope, query))));
    expect(outcomes).toEqual([...Array.from({ length: 4 }, () => "a report"), "overloaded"]);
    expect(await outcomeOf(store.sumUsage(wholeScope, query))).toBe("a report");
    await store.close();
  });

  test("does not hold up the end of the thread", async () => {
    const store = await open();
    const report = outcomeOf(store.sumUsage(wholeScope, query));
    await store.version();
    await store.close();
    expect(await report).not.toBe("a report");
    expect(await outcomeOf(store.version())).toBe("store_unavailable");
  });
});
