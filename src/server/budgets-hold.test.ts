import { afterEach, expect, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { budgetConfig, runBudget, spendRest, startBillingVendor } from "../testing/budget-run.ts";
import { eventually } from "../testing/eventually.ts";
import type { FakeVendor } from "../testing/fake-vendor.ts";
import { findFreePort } from "../testing/free-port.ts";
import { chooseSeed, seededRandom } from "../testing/random.ts";
import { runSahab, type TestSahab } from "../testing/run-sahab.ts";

// One budget, two processes on one machine, of which one is killed again and again in the middle of its work.

let sahab: TestSahab | undefined;
let vendor: FakeVendor | undefined;
afterEach(async () => {
  await sahab?.close();
  await vendor?.stop();
});

const budget = 1_000_000_000n;
/** More are sent where somebody asks for it: `SAHAB_BUDGET_REQUESTS=10000`. */
const requests = Number(process.env["SAHAB_BUDGET_REQUESTS"] ?? 1_500);
const atOnce = Math.min(500, requests / 15);

test("a budget of 1 USD holds over two workers that are killed at random, and is spent to its last cent", async () => {
  const random = seededRandom(chooseSeed("budgets-hold"));
  const billing = startBillingVendor(random);
  ({ vendor } = billing);
  sahab = await runSahab({
    env: { SAHAB_WORKERS: "2", SAHAB_PORT: String(await findFreePort()), SAHAB_LOG: "fatal" },
    config: budgetConfig(vendor.url, 1),
  });
  const running = sahab;
  const { key } = await running.createKey();
  const workers = () =>
    running.children().filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("worker-main"));
  const addresses = () => [running.address];
  let isOver = false;
  const killing = (async () => {
    for (let kills = 0; kills < 4 && !isOver; kills++) {
      await Bun.sleep(100 + random() * 400);
      const pids = workers();
      const pid = pids[Math.floor(random() * pids.length)];
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    }
  })();
  const watching = (async () => {
    while (!isOver) {
      expect(billing.billed()).toBeLessThanOrEqual(budget);
      await Bun.sleep(5);
    }
  })();
  const statuses = await runBudget({ addresses, key, requests, atOnce, random });
  await killing;
  await eventually("two workers", () => workers().length === 2);
  await spendRest({ addresses, key });
  isOver = true;
  await watching;
  expect(statuses.get(200)).toBeGreaterThan(0);

  // What the crashes left unknown stands in entries; with the vendor's bill at hand it is corrected, and the rest is spent.
  await running.kill("SIGTERM");
  const before = readAccount(join(running.dataDir, "sahab.db"));
  expect(before.spent).toBe(before.recorded + before.entered);
  expect(billing.billed()).toBeLessThanOrEqual(before.spent);
  expect(before.spent).toBeLessThanOrEqual(budget);
  expect(before.spent).toBeGreaterThanOrEqual((budget * 99n) / 100n);
  await running.start();
  const amount = Number(billing.billed() - before.spent) / 1e9;
  if (amount !== 0)
    await running.adminJson("/entries", {
      json: { kind: "adjustment", project: "default", amount: amount.toFixed(9), note: "as the vendor bills" },
    });
  await spendRest({ addresses, key });
  expect(billing.billed()).toBeLessThanOrEqual(budget);
  expect(billing.billed()).toBeGreaterThanOrEqual((budget * 99n) / 100n);
  await running.kill("SIGTERM");
  const after = readAccount(join(running.dataDir, "sahab.db"));
  expect(after.spent).toBe(after.recorded + after.entered);
  expect(after.spent).toBe(billing.billed());
  expect(after.leases).toBe(0n);
});

function readAccount(path: string): { spent: bigint; recorded: bigint; entered: bigint; leases: bigint } {
  const database = new Database(path, { readonly: true, safeIntegers: true });
  const one = (sql: string) => database.query<{ value: bigint | null }, []>(sql).get()?.value ?? 0n;
  const account = {
    spent: one("select spent as value from meters where account = 'project:default'"),
    recorded: one("select sum(cost) as value from usage where project = 'default'"),
    entered: one("select sum(amount) as value from entries where project = 'default'"),
    leases: one("select count(*) as value from leases"),
  };
  database.close();
  return account;
}
