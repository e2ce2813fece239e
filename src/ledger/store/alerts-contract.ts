import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { NewAlert } from "./alert-store.ts";
import type { Store } from "./store.ts";

const makeAlert = (fields: Partial<NewAlert> & { id: string }): NewAlert => ({
  meterId: "project:default budget USD 2026-11",
  percent: 80,
  limit: 5_000_000_000n,
  endMs: 2_000_000_000_000,
  body: `{"id":"${fields.id}"}`,
  ...fields,
});

/** What every store promises of alerts; see `testStore`. */
export function testAlerts(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`alerts: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await open("the master key of the tests");
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });
    const claim = (owner: string, leaseMs = 60_000, countMax = 10) =>
      store.claimDeliveries({ owner, leaseMs, countMax });
    const ids = async (owner: string, leaseMs?: number) =>
      (await claim(owner, leaseMs)).map(({ id, hook }) => `${id} ${hook}`).sort();

    test("one is raised once for its meter, percent and limit, whoever is asked", async () => {
      const raised = await Promise.all(
        ["a", "b", "c"].map((id) => store.raiseAlert(makeAlert({ id }), ["one", "two"], 100)),
      );
      expect(raised.filter(({ isFirst }) => isFirst)).toHaveLength(1);
      for (const other of [{ percent: 95 }, { limit: 9_000_000_000_000_000_000n }, { meterId: "another" }]) {
        const id = JSON.stringify(Object.keys(other));
        expect(await store.raiseAlert(makeAlert({ id, ...other }), [], 100)).toEqual({ isFirst: true, isQueued: true });
      }
      expect(await claim("p")).toHaveLength(2);
    });

    test("only so many deliveries wait", async () => {
      expect(await store.raiseAlert(makeAlert({ id: "a" }), ["one"], 1)).toEqual({ isFirst: true, isQueued: true });
      const second = makeAlert({ id: "b", percent: 95 });
      expect(await store.raiseAlert(second, ["one"], 1)).toEqual({ isFirst: true, isQueued: false });
      expect(await store.raiseAlert(second, ["one"], 100)).toEqual({ isFirst: false, isQueued: false });
      expect(await ids("p")).toEqual(["a one"]);
    });

    test("a delivery is one process's until its lease ends, and then another's, which alone may end it", async () => {
      await store.raiseAlert(makeAlert({ id: "a" }), ["one", "two"], 100);
      const both = await Promise.all([claim("p", 150), claim("q", 150)]);
      const [first] = both.flat();
      expect(both.flat()).toHaveLength(2);
      expect(first).toMatchObject({ id: "a", body: '{"id":"a"}', tries: 0 });
      expect(Math.abs((first?.createdMs ?? 0) - Date.now())).toBeLessThan(60_000);
      expect(await claim("r")).toEqual([]);
      await Bun.sleep(160);
      const again = await claim("r");
      expect(again.map(({ tries }) => tries)).toEqual([1, 1]);
      // Its lease is over, and the delivery is another's.
      for (const delivery of again) await store.endDelivery(delivery, "p");
      for (const delivery of again) await store.deferDelivery(delivery, "q", 0);
      expect(await claim("s")).toEqual([]);
      await store.endDelivery({ id: "a", hook: "one" }, "r");
      await store.deferDelivery({ id: "a", hook: "two" }, "r", 80);
      expect(await claim("s")).toEqual([]);
      await Bun.sleep(90);
      expect(await ids("s")).toEqual(["a two"]);
    });

    test("those whose windows ended long ago are deleted, with what waits of them", async () => {
      await store.raiseAlert(makeAlert({ id: "a", endMs: 1_000 }), ["one"], 100);
      await store.raiseAlert(makeAlert({ id: "b", percent: 95, endMs: Number.MAX_SAFE_INTEGER }), ["one"], 100);
      expect(await store.sweepAlerts(2_000)).toBe(1);
      expect(await ids("p")).toEqual(["b one"]);
      expect((await store.raiseAlert(makeAlert({ id: "c" }), [], 100)).isFirst).toBe(true);
    });
  });
}
