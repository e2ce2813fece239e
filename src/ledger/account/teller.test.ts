import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../base/clock.ts";
import { SahabError } from "../../base/errors.ts";
import { createSealer } from "../../base/seal.ts";
import { encodeUsageValues } from "../record/index.ts";
import type { Store } from "../store/index.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { makeRecord } from "../store/store-contract.ts";
import type { MeterTerms } from "./bank.ts";
import { Teller, type Hold } from "./teller.ts";

let dir: string;
let store: Store;
let tellers: Teller[];
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "sahab-teller-"));
  store = await openSqliteStore(join(dir, "sahab.db"), createSealer("00".repeat(32)));
  tellers = [];
});
afterEach(async () => {
  for (const teller of tellers) await teller.stop();
  await store.close();
  rmSync(dir, { recursive: true });
});

const log = { warn: () => {}, error: () => {} };
const open = (holder: string, of: Pick<Store, "renewLeases" | "wantedMeters"> = store) => {
  const teller = new Teller({ store: of, clock: systemClock, log }, { holder, place: "test" });
  tellers.push(teller);
  return teller;
};
const terms = (measure: MeterTerms["measure"], more: Partial<MeterTerms> = {}): MeterTerms => ({
  id: `project:team ${measure}`,
  account: "project:team",
  measure,
  currency: measure === "budget" ? "USD" : "",
  startMs: 0,
  endMs: Number.MAX_SAFE_INTEGER,
  ...more,
});
const codeOf = async (work: () => Hold | Promise<Hold>) => {
  try {
    await work();
    return "admitted";
  } catch (error) {
    return error instanceof SahabError ? error.code : String(error);
  }
};
const spend = async (holder: string, id: string, cost: bigint) =>
  store.insertUsage([encodeUsageValues(makeRecord({ id, project: "team", cost }))], holder);

describe("a budget", () => {
  test("is spent to its last part by one process, and not beyond", async () => {
    const teller = open("a");
    const demand = (amount: bigint) => [{ meter: teller.meterOf(terms("budget"), 100n), amount }];
    for (let at = 0; at < 10; at++) {
      const hold = await teller.reserve(demand(15n));
      hold.settle(10n, 0n);
      await spend("a", `req_${at}`, 10n);
      if (at === 7) expect(await codeOf(() => teller.reserve(demand(21n)))).toBe("budget_exceeded");
      if (at === 8) {
        expect(await codeOf(() => teller.reserve(demand(15n)))).toBe("budget_exceeded");
        (await teller.reserve(demand(10n))).settle(10n, 0n);
        break;
      }
    }
    expect(await codeOf(() => teller.reserve(demand(1n)))).toBe("budget_exceeded");
    expect(await codeOf(() => teller.reserve(demand(0n)))).toBe("admitted");
  });

  test("goes to another process within two seconds once it is not used here", async () => {
    const [one, two] = [open("a"), open("b")];
    const first = await one.reserve([{ meter: one.meterOf(terms("budget"), 100n), amount: 90n }]);
    expect(await codeOf(() => two.reserve([{ meter: two.meterOf(terms("budget"), 100n), amount: 20n }]))).toBe(
      "budget_exceeded",
    );
    first.settle(10n, 0n);
    await spend("a", "req_1", 10n);
    // The second process may hear of it only at the first one's next look at the store.
    await Bun.sleep(600);
    const startMs = performance.now();
    const hold = await two.reserve([{ meter: two.meterOf(terms("budget"), 100n), amount: 90n }]);
    expect(performance.now() - startMs).toBeLessThan(5_000);
    hold.settle(0n, 0n);
  });

  test("that is raised admits at once", async () => {
    const teller = open("a");
    const ask = (limit: bigint) => () =>
      teller.reserve([{ meter: teller.meterOf(terms("budget"), limit), amount: 60n }]);
    expect(await codeOf(ask(50n))).toBe("budget_exceeded");
    expect(await codeOf(ask(100n))).toBe("admitted");
  });

  test("needs no call of the store while the lease has room", async () => {
    let calls = 0;
    const counted: Pick<Store, "renewLeases" | "wantedMeters"> = {
      renewLeases: (...args) => (calls++, store.renewLeases(...args)),
      wantedMeters: () => store.wantedMeters(),
    };
    const teller = open("a", counted);
    const demand = () => [{ meter: teller.meterOf(terms("budget"), 1_000_000n), amount: 10n }];
    (await teller.reserve(demand())).settle(1n, 0n);
    for (let at = 0; at < 100; at++) (await teller.reserve(demand())).settle(1n, 0n);
    await Bun.sleep(1_200);
    const before = calls;
    const startMs = performance.now();
    for (let at = 0; at < 1_000; at++) {
      const hold = teller.reserve(demand());
      expect(hold).not.toBeInstanceOf(Promise);
      (hold as Hold).settle(1n, 0n);
    }
    if (performance.now() - startMs < 400) expect(calls - before).toBeLessThanOrEqual(1);
  });
});

describe("requests a minute", () => {
  test("may be used at once, and no more of them", async () => {
    const teller = open("a");
    const ask = () => codeOf(() => teller.reserve([{ meter: teller.meterOf(terms("requests"), 5n), amount: 1n }]));
    const codes = [];
    for (let at = 0; at < 7; at++) codes.push(await ask());
    expect(codes).toEqual([...Array<string>(5).fill("admitted"), "rate_limit_exceeded", "rate_limit_exceeded"]);
  });
});

test("requests at once end with their holds", async () => {
  const teller = open("a");
  const ask = () => teller.reserve([{ meter: teller.meterOf(terms("concurrency"), 2n), amount: 1n }]);
  const one = await ask();
  await ask();
  expect(await codeOf(ask)).toBe("rate_limit_exceeded");
  one.settle(0n, 0n);
  expect(await codeOf(ask)).toBe("admitted");
});
