import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { Claim, MeterTerms } from "../account/bank.ts";
import { encodeUsageValues, type UsageRecord } from "../record/index.ts";
import type { Entry, UnknownSpend } from "./account-store.ts";
import { makeRecord } from "./store-contract.ts";
import type { Store } from "./store.ts";
import { wholeScope } from "./scope.ts";

const timeMs = 1_700_000_000_000;
const endless = Number.MAX_SAFE_INTEGER;
const leaseMs = 60_000;

/** What every store promises of accounts; see `testStore`. */
export function testAccounts(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`accounts: ${name}`, () => {
    let store: Store;
    let sequences: Map<string, number>;
    beforeEach(async () => {
      store = await open("the master key of the tests");
      sequences = new Map();
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    const termsOf = (account: string, fields: Partial<MeterTerms> = {}): MeterTerms => {
      const { measure = "budget" } = fields;
      const currency = measure === "budget" || measure === "balance" ? "USD" : "";
      const id = `${account} ${measure} ${currency}`.trimEnd();
      return { id, account, measure, currency, startMs: 0, endMs: endless, ...fields };
    };
    const team = termsOf("project:team");
    const claimOf = (meter: MeterTerms, fields: Partial<Claim> = {}): Claim => ({
      meter,
      limit: 1_000n,
      keeps: 0n,
      drained: 0n,
      idle: 0n,
      needs: 0n,
      waitedMs: 0,
      wants: 0n,
      ...fields,
    });
    const renew = (holder: string, claims: readonly Claim[], { sequence = 0, ms = leaseMs } = {}) => {
      const next = sequence || (sequences.get(holder) ?? 0) + 1;
      sequences.set(holder, next);
      return store.renewLeases({ id: holder, place: `test/${holder}`, sequence: next, leaseMs: ms }, claims);
    };
    const grantOf = async (holder: string, claim: Claim, options?: { sequence?: number; ms?: number }) =>
      (await renew(holder, [claim], options)).grants[0]!;
    const spend = (id: string, fields: Partial<UsageRecord> = {}, holder?: string) =>
      store.insertUsage(
        [makeRecord({ id, time: timeMs, project: "team", organisation: "acme", cost: 10n, ...fields })].map(
          encodeUsageValues,
        ),
        holder,
      );
    const viewOf = async ({ id, account }: MeterTerms) =>
      (await store.readMeters(wholeScope, [account], timeMs)).find((meter) => meter.id === id);
    const entryOf = (fields: Partial<Entry> & { id: string }): Entry => ({
      time: timeMs,
      kind: "adjustment",
      organisation: "acme",
      project: "team",
      keyId: "",
      amount: 7n,
      currency: "USD",
      note: "云",
      actor: "key_admin",
      ...fields,
    });
    const unknownOf = (amount: bigint): UnknownSpend => {
      return { organisation: "acme", project: "team", keyId: "key_1", currency: "USD", time: timeMs, amount };
    };
    const failureOf = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error: { code?: string }) => error.code,
      );

    describe("leases", () => {
      test("of several holders are together at most the limit, and what one gives back another gets", async () => {
        expect(await grantOf("a", claimOf(team, { needs: 600n, isNew: true }))).toMatchObject({
          keeps: 600n,
          free: 400n,
        });
        expect(await grantOf("b", claimOf(team, { needs: 300n, isNew: true }))).toMatchObject({
          keeps: 300n,
          free: 100n,
        });
        expect(await grantOf("c", claimOf(team, { needs: 200n, isNew: true }))).toMatchObject({
          keeps: 0n,
          free: 100n,
        });
        // What lies idle elsewhere is worth waiting for, and its holder hears of that.
        await grantOf("a", claimOf(team, { keeps: 600n, idle: 500n }));
        const waiting = await renew("c", [claimOf(team, { needs: 200n })]);
        expect(waiting.grants[0]).toMatchObject({ keeps: 100n, idleElsewhere: 500n });
        expect(waiting.wanted).toEqual([team.id]);
        expect(await store.wantedMeters()).toEqual([team.id]);
        expect(await grantOf("a", claimOf(team, { keeps: 600n, idle: 500n }))).toMatchObject({ yields: true });
        await grantOf("a", claimOf(team, { keeps: 100n }));
        expect(await grantOf("c", claimOf(team, { keeps: 100n, needs: 100n }))).toMatchObject({ keeps: 200n });
        expect(await store.wantedMeters()).toEqual([]);
        expect(await viewOf(team)).toMatchObject({ spent: 0n, leased: 600n, idle: 0n });
      });

      test("do not change by a message that comes again, late, or after its holder's end", async () => {
        await grantOf("a", claimOf(team, { needs: 600n, isNew: true }), { sequence: 5 });
        for (const sequence of [5, 4])
          expect(await failureOf(grantOf("a", claimOf(team, { needs: 50n, isNew: true }), { sequence }))).toBe(
            "conflict",
          );
        await grantOf("a", claimOf(team, { keeps: 0n, closes: true }), { sequence: 6 });
        expect(await failureOf(grantOf("a", claimOf(team, { keeps: 600n }), { sequence: 5 }))).toBe("conflict");
        expect(await viewOf(team)).toMatchObject({ leased: 0n });
        await store.closeHolder("a", []);
        expect(await failureOf(grantOf("a", claimOf(team, { keeps: 600n }), { sequence: 7 }))).toBe("conflict");
        expect(await viewOf(team)).toMatchObject({ leased: 0n });
      });

      test("are lessened by what their holder's records cost, which is spent from then on", async () => {
        const own = termsOf("key:key_1");
        const claims = [team, own].map((terms) => claimOf(terms, { needs: 100n, isNew: true }));
        await renew("a", claims);
        await spend("req_1", {}, "a");
        await spend("req_1", {}, "a");
        await spend("req_2", { cost: 5n });
        await spend("req_3", { keyId: "key_2", cost: 1n, accountCost: 20n, accountCurrency: "USD" }, "a");
        await spend("req_4", { cost: 1_000n, currency: "CNY" }, "a");
        expect(await viewOf(team)).toMatchObject({ spent: 35n, leased: 70n });
        expect(await viewOf(own)).toMatchObject({ spent: 15n, leased: 90n });
        expect(await grantOf("a", claimOf(team, { keeps: 100n }))).toMatchObject({
          spent: 35n,
          drained: 30n,
          free: 895n,
        });
      });

      test("of a holder that has vanished stay, those of a minute's share for a minute", async () => {
        const tokens = termsOf("project:team", { measure: "tokens" });
        for (const terms of [team, tokens])
          await grantOf("a", claimOf(terms, { needs: 900n, isNew: true }), { ms: -59_000 });
        for (const terms of [team, tokens])
          expect(await grantOf("b", claimOf(terms, { isNew: true }))).toMatchObject({ free: 100n });
        await renew("a", [], { ms: -61_000 });
        expect(await grantOf("b", claimOf(tokens))).toMatchObject({ free: 1_000n });
        expect(await grantOf("b", claimOf(team))).toMatchObject({ free: 100n });
        await renew("a", [], { ms: -86_401_000 });
        expect(await grantOf("b", claimOf(team))).toMatchObject({ free: 1_000n });
      });

      test("end with their holder, of which what is unknown is booked once; a minute's share ends with the minute", async () => {
        const tokens = termsOf("project:team", { measure: "tokens" });
        const concurrency = termsOf("project:team", { measure: "concurrency" });
        const key = termsOf("key:key_1");
        const claims = [team, tokens, concurrency, key].map((terms) => claimOf(terms, { needs: 900n, isNew: true }));
        await renew("a", claims);
        await spend("req_1", {}, "a");
        for (const amount of [40n, 50n]) await store.closeHolder("a", [unknownOf(amount)]);
        expect(await viewOf(team)).toMatchObject({ spent: 50n, leased: 0n });
        expect(await viewOf(key)).toMatchObject({ spent: 50n, leased: 0n });
        expect(await viewOf(concurrency)).toMatchObject({ leased: 0n });
        expect(await viewOf(tokens)).toMatchObject({ leased: 900n });
        const { entries } = await store.listEntries(wholeScope, { project: "team", limit: 10, cursor: undefined });
        expect(entries).toMatchObject([{ kind: "interrupted", time: timeMs, keyId: "key_1", amount: 40n }]);
      });
    });

    test("a new meter knows what was spent in its window before, in its currency", async () => {
      await spend("req_1");
      await spend("req_2", { time: timeMs + 100_000, cost: 3n });
      await spend("req_3", { currency: "CNY", cost: 5n });
      await spend("req_4", { project: "other", cost: 2n });
      await store.insertEntry(entryOf({ id: "adj_1", amount: -4n }));
      await store.insertEntry(entryOf({ id: "top_1", kind: "top-up", amount: 500n }));
      const all = [
        team,
        termsOf("project:team", { id: "first", endMs: timeMs + 100_000 }),
        termsOf("project:team", { id: "second", startMs: timeMs + 100_000 }),
        termsOf("project:team", { id: "yuan", currency: "CNY" }),
        termsOf("organisation:acme"),
        termsOf("session:key_1/s-1", { startsAtZero: true }),
      ];
      const { grants } = await renew(
        "a",
        all.map((terms) => claimOf(terms, { isNew: true })),
      );
      expect(grants.map(({ spent }) => spent)).toEqual([9n, 6n, 3n, 5n, 11n, 0n]);
      await spend("req_5", { tags: { session: "s-1" } }, "a");
      expect(await viewOf(all[5]!)).toMatchObject({ spent: 10n });
    });

    test("entries are booked once, listed newest first, and never change", async () => {
      await renew("a", [claimOf(team, { isNew: true })]);
      const entries = [
        entryOf({ id: "adj_1" }),
        entryOf({ id: "adj_2", time: timeMs + 1, keyId: "key_1", amount: -2n }),
        entryOf({ id: "adj_3", time: timeMs + 1, project: "", amount: 1n }),
      ];
      for (const entry of entries) expect(await store.insertEntry(entry)).toBeTrue();
      expect(await store.insertEntry(entryOf({ id: "adj_1", amount: 99n }))).toBeFalse();
      expect(await viewOf(team)).toMatchObject({ spent: 5n });
      const first = await store.listEntries(wholeScope, { limit: 2, cursor: undefined });
      expect(first.entries).toEqual([entries[2]!, entries[1]!]);
      const rest = await store.listEntries(wholeScope, { limit: 2, cursor: first.next! });
      expect(rest).toEqual({ entries: [entries[0]!], next: null });
      const idsOf = async (of: { project?: string; keyId?: string; organisation?: string }) =>
        (await store.listEntries(wholeScope, { ...of, limit: 10, cursor: undefined })).entries.map(({ id }) => id);
      expect(await idsOf({ project: "team" })).toEqual(["adj_2", "adj_1"]);
      expect(await idsOf({ keyId: "key_1" })).toEqual(["adj_2"]);
      expect(await idsOf({ organisation: "none" })).toEqual([]);
    });

    test("a balance is what was paid in, of which only what is spent later is taken", async () => {
      const nowMs = Date.now();
      const balance = termsOf("project:team", { id: "project:team balance USD", measure: "balance" });
      expect(await grantOf("a", claimOf(balance, { limit: 0n, needs: 1n, isNew: true }))).toMatchObject({ keeps: 0n });
      await store.insertEntry(entryOf({ id: "top_1", kind: "top-up", time: nowMs, amount: 100n }));
      await spend("req_old", { time: nowMs - 120_000 });
      // The clock of the machine that serves may be behind.
      await spend("req_1", { time: nowMs - 5_000 });
      expect(await grantOf("a", claimOf(balance, { limit: 0n, needs: 60n }))).toMatchObject({
        keeps: 60n,
        spent: 10n,
        credit: 100n,
      });
      expect(await grantOf("b", claimOf(balance, { limit: 0n, needs: 60n, isNew: true }))).toMatchObject({
        keeps: 0n,
        free: 30n,
      });
    });

    test("the last refusal of a key is kept", async () => {
      const note = (time: number) => ({ keyId: "key_1", time, requestId: `req_${time}`, code: "c", message: "m" });
      await store.noteRefusals([note(2), note(1)]);
      expect(await store.findRefusal(wholeScope, "key_1")).toEqual(note(2));
      expect(await store.findRefusal(wholeScope, "key_2")).toBeUndefined();
    });

    test("a sweep deletes what nobody needs, and no window in which something may still be booked", async () => {
      const nowMs = Date.now();
      const dayMs = 86_400_000;
      const old = termsOf("project:team", { id: "old", endMs: nowMs - 41 * dayMs });
      const ended = termsOf("project:team", { id: "ended", endMs: nowMs - dayMs });
      await renew("gone", [claimOf(old, { isNew: true, needs: 5n })], { ms: -2 * dayMs });
      await renew("a", [claimOf(ended, { isNew: true }), claimOf(team, { isNew: true, needs: 5n })]);
      await store.sweepAccounts(nowMs);
      const ids = (await store.readMeters(wholeScope, ["project:team"], 0)).map(({ id }) => id);
      expect(ids).toEqual(["ended", team.id]);
      expect(await viewOf(team)).toMatchObject({ leased: 5n });
    });

    test("records, replays and the end of their holder give one result in any order", async () => {
      const costs = [3n, 5n, 7n, 11n];
      const step = fc.oneof(
        fc.record({ kind: fc.constant("drain" as const), from: fc.nat(3), count: fc.integer({ min: 1, max: 4 }) }),
        fc.constant({ kind: "close" as const }),
        fc.record({ kind: fc.constant("renew" as const), keeps: fc.bigInt(0n, 100n) }),
        fc.record({ kind: fc.constant("expire" as const), ms: fc.integer({ min: -90_000_000, max: 0 }) }),
      );
      let run = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
          const holder = `h${run++}`;
          const terms = termsOf(`project:${holder}`);
          const rows = costs.map((cost, at) =>
            encodeUsageValues(makeRecord({ id: `req_${holder}_${at}`, project: holder, keyId: holder, cost })),
          );
          const close = () => store.closeHolder(holder, [{ ...unknownOf(13n), project: holder, keyId: holder }]);
          await renew(holder, [claimOf(terms, { needs: 100n, isNew: true })]);
          for (const one of steps) {
            if (one.kind === "drain") await store.insertUsage(rows.slice(one.from, one.from + one.count), holder);
            else if (one.kind === "close") await close();
            else if (one.kind === "renew")
              await failureOf(renew(holder, [claimOf(terms, { keeps: one.keeps, idle: one.keeps })]));
            else await failureOf(renew(holder, [], { ms: one.ms }));
          }
          await store.insertUsage(rows, holder);
          await close();
          expect(await viewOf(terms)).toMatchObject({ spent: 39n, leased: 0n });
        }),
        { numRuns: 40 },
      );
    });
  });
}
