import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { parseCloudConfig } from "../../base/cloud-config.ts";
import { createSealer, type Sealer } from "../../base/seal.ts";
import type { UsageRecord } from "../usage-record.ts";
import { UnfitRecordError, type KeyRow, type Store } from "./store.ts";

/** A usage record for tests. */
export function makeRecord(fields: Partial<UsageRecord> & { id: string }): UsageRecord {
  return {
    time: 1_700_000_000_000,
    keyId: "key_1",
    project: "default",
    model: "chat",
    provider: "fake",
    operation: "chat",
    attempts: 1,
    status: 200,
    outcome: "ok",
    streamed: false,
    inputTokens: 100,
    cachedInputTokens: 40,
    outputTokens: 20,
    reasoningTokens: 5,
    estimated: false,
    cost: 123_456_789n,
    currency: "USD",
    latencyMs: 12,
    firstTokenMs: null,
    ...fields,
  };
}

function makeKey(fields: Partial<KeyRow> & { id: string }): KeyRow {
  return {
    name: "a key",
    project: "default",
    hash: `hash of ${fields.id}`,
    prefix: "sk-sahab-abcde",
    createdMs: 1_700_000_000_000,
    expiresMs: null,
    revokedMs: null,
    terms: "{}",
    ...fields,
  };
}

const config = parseCloudConfig({
  providers: [
    { name: "z-first", vendor: "compatible", base_url: "http://z/v1", api_key: "sk-z", headers: { "x-a": "secret-a" } },
    { name: "a-second", vendor: "compatible", base_url: "http://a/v1" },
  ],
  models: [
    {
      name: "chat",
      targets: [{ provider: "z-first", model: "m", priority: 2 }],
      price: { currency: "USD", input: "0.10", output: 2 },
    },
    { name: "Nano", local: { file: "nano.gguf" } },
  ],
  projects: [{ name: "default", models: ["chat"], budget: { amount: "5000.5", period: "month" } }],
});

/**
 * What every store promises. `open` opens the same storage again each time it is called in one test, with the sealer
 * given; `clean` makes it empty for the next.
 */
export function testStore(name: string, open: (sealer: Sealer) => Promise<Store>, clean: () => void | Promise<void>) {
  describe(`store: ${name}`, () => {
    const sealer = createSealer("the master key of the tests");
    let store: Store;
    const reopen = async (other = sealer) => {
      await store.close();
      store = await open(other);
    };
    beforeEach(async () => {
      store = await open(sealer);
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    test("begins empty, at version 1", async () => {
      expect(await store.version()).toBe(1);
      expect(await store.readConfig()).toEqual({ providers: [], models: [], projects: [] });
      expect(await store.listKeys()).toEqual([]);
      expect(await store.listUsage({ limit: 10, cursor: undefined })).toEqual({ records: [], next: null });
    });

    test("keeps a configuration as it was given, order and secrets included", async () => {
      expect(await store.writeConfig(config, 1)).toBeTrue();
      expect(await store.readConfig()).toEqual(config);
      await reopen();
      expect(await store.readConfig()).toEqual(config);
      expect(await store.version()).toBe(2);
    });

    test("does not open secrets with another master key", async () => {
      await store.writeConfig(config, 1);
      await reopen(createSealer("another master key"));
      let problem = "";
      await store.readConfig().catch((error: unknown) => {
        problem = String(error);
      });
      expect(problem).toContain("master key");
      expect(problem).not.toContain("sk-z");
      await reopen(sealer);
    });

    test("replaces the configuration only at the expected version, and whole", async () => {
      await store.writeConfig(config, 1);
      const smaller = { ...config, models: config.models.slice(1), projects: [] };
      expect(await store.writeConfig(smaller, 1)).toBeFalse();
      expect(await store.readConfig()).toEqual(config);
      expect(await store.writeConfig(smaller, 2)).toBeTrue();
      expect(await store.readConfig()).toEqual(smaller);
    });

    test("of many writers at the same version one wins", async () => {
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          store.writeConfig({ ...config, projects: [{ name: `p${index}`, currency: "USD" }] }, 1),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.readConfig()).projects[0]?.name).toBe(`p${won.indexOf(true)}`);
      expect(await store.version()).toBe(2);
    });

    test("keeps keys and finds them by their hash", async () => {
      const key = makeKey({ id: "key_1", hash: "h1", expiresMs: 1_800_000_000_000, terms: '{"limits":{"rpm":1}}' });
      await store.insertKey(key);
      expect(await store.findKeyByHash("h1")).toEqual(key);
      expect(await store.findKeyByHash("h2")).toBeUndefined();
      expect(await store.version()).toBe(2);
      await reopen();
      expect(await store.listKeys()).toEqual([key]);
    });

    test("refuses a second key of the same hash", async () => {
      await store.insertKey(makeKey({ id: "key_1", hash: "h1" }));
      expect(await store.insertKey(makeKey({ id: "key_2", hash: "h1" })).then(String, () => "refused")).toBe("refused");
      expect(await store.listKeys()).toHaveLength(1);
    });

    test("revokes a key once, and tells when there is none", async () => {
      await store.insertKey(makeKey({ id: "key_1" }));
      expect(await store.revokeKey("key_1", 5)).toBeTrue();
      expect(await store.revokeKey("key_1", 9)).toBeTrue();
      expect((await store.listKeys())[0]?.revokedMs).toBe(5);
      expect(await store.revokeKey("key_9", 5)).toBeFalse();
    });

    test("takes each usage record once, and the first one stays", async () => {
      const first = makeRecord({ id: "req_1" });
      expect(await store.insertUsage([first, makeRecord({ id: "req_2" })])).toBe(2);
      expect(await store.insertUsage([makeRecord({ id: "req_1", cost: 1n }), makeRecord({ id: "req_3" })])).toBe(1);
      expect(await store.insertUsage([])).toBe(0);
      const { records } = await store.listUsage({ limit: 10, cursor: undefined });
      expect(records.map((record) => record.id)).toEqual(["req_3", "req_2", "req_1"]);
      expect(records[2]).toEqual(first);
    });

    test("takes a batch in which an id stands twice", async () => {
      expect(await store.insertUsage([makeRecord({ id: "req_1" }), makeRecord({ id: "req_1", cost: 1n })])).toBe(1);
      expect((await store.listUsage({ limit: 10, cursor: undefined })).records[0]?.cost).toBe(123_456_789n);
    });

    test("keeps every field of a record, large amounts included", async () => {
      const record = makeRecord({
        id: "req_1",
        cost: 9_000_000_000_000_000_001n,
        streamed: true,
        estimated: true,
        firstTokenMs: 0,
        inputTokens: 9_007_199_254_740_991,
        operation: "embedding",
        outcome: "stream_interrupted",
        provider: "",
        model: `odd "name" 云 ' ; \u0000`,
        status: 499,
      });
      await store.insertUsage([record]);
      expect((await store.listUsage({ limit: 1, cursor: undefined })).records).toEqual([record]);
    });

    test("takes thousands of records at once and lists them in pages, newest first, each once", async () => {
      const ids = Array.from({ length: 2_345 }, (_, index) => `req_${String(index).padStart(6, "0")}`);
      expect(await store.insertUsage(ids.map((id) => makeRecord({ id })))).toBe(ids.length);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (;;) {
        const page = await store.listUsage({ limit: 1_000, cursor });
        seen.push(...page.records.map((record) => record.id));
        if (page.next === null) break;
        cursor = page.next;
      }
      expect(seen).toEqual(ids.toReversed());
    });

    test("a page that ends with the last record has no next", async () => {
      await store.insertUsage([makeRecord({ id: "req_1" }), makeRecord({ id: "req_2" })]);
      expect((await store.listUsage({ limit: 2, cursor: undefined })).next).toBeNull();
      expect((await store.listUsage({ limit: 1, cursor: undefined })).next).toBe("req_2");
    });

    test("sums by every group, each currency by itself", async () => {
      const day = 86_400_000;
      await store.insertUsage([
        makeRecord({ id: "req_1", cost: 9_000_000_000_000_000_000n }),
        makeRecord({ id: "req_0", cost: 9_000_000_000_999_999_999n }),
        makeRecord({ id: "req_2", cost: 1n, time: 1_700_000_000_000 + day, keyId: "key_2", provider: "local" }),
        makeRecord({ id: "req_3", cost: 5n, currency: "CNY", project: "other", model: "nano" }),
      ]);
      const sum = (groupBy: "model" | "key" | "project" | "provider" | "day", extra: object = {}) =>
        store
          .sumUsage({ since: undefined, until: undefined, currency: undefined, groupBy, ...extra })
          .then((rows) => rows.map((row) => [row.group, row.currency, row.requests, row.cost] as const));
      expect(await sum("model")).toEqual([
        ["chat", "USD", 3, 18_000_000_001_000_000_000n],
        ["nano", "CNY", 1, 5n],
      ]);
      expect(await sum("key")).toEqual([
        ["key_1", "CNY", 1, 5n],
        ["key_1", "USD", 2, 18_000_000_000_999_999_999n],
        ["key_2", "USD", 1, 1n],
      ]);
      expect((await sum("project")).map(([group]) => group)).toEqual(["default", "other"]);
      expect((await sum("provider")).map(([group]) => group)).toEqual(["fake", "fake", "local"]);
      expect((await sum("day")).map(([group, , requests]) => [group, requests])).toEqual([
        ["2023-11-14", 1],
        ["2023-11-14", 2],
        ["2023-11-15", 1],
      ]);
      expect(await sum("model", { currency: "CNY" })).toEqual([["nano", "CNY", 1, 5n]]);
      expect(await sum("model", { since: 1_700_000_000_001 })).toEqual([["chat", "USD", 1, 1n]]);
      expect((await sum("model", { until: 1_700_000_000_000 })).length).toBe(0);
      const [first] = await store.sumUsage({
        since: undefined,
        until: undefined,
        currency: "USD",
        groupBy: "project",
      });
      expect(first).toMatchObject({ inputTokens: 300, cachedInputTokens: 120, outputTokens: 60, reasoningTokens: 15 });
    });

    test("a record that no column can hold is refused by name of its fault, and its batch with it", async () => {
      const records = [makeRecord({ id: "req_1" }), makeRecord({ id: "req_2", cost: 2n ** 63n })];
      // oxlint-disable-next-line typescript/await-thenable -- bun's matchers for promises are thenable
      await expect(store.insertUsage(records)).rejects.toBeInstanceOf(UnfitRecordError);
      expect((await store.listUsage({ limit: 10, cursor: undefined })).records).toEqual([]);
    });

    test("writers at the same time do not lose each other's records", async () => {
      const batches = Array.from({ length: 20 }, (_, batch) =>
        Array.from({ length: 50 }, (_, index) => makeRecord({ id: `req_${batch}_${index % 40}` })),
      );
      const added = await Promise.all(batches.map((batch) => store.insertUsage(batch)));
      expect(added.reduce((sum, count) => sum + count, 0)).toBe(20 * 40);
    });
  });
}
