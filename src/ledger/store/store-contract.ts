import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import { encodeUsageValues, noTags, type AttemptRecord, type UsageRecord } from "../record/index.ts";
import {
  UnfitRecordError,
  type KeyRow,
  type Resource,
  type Store,
  type UsageGroup,
  type UsageListing,
  type UsageQuery,
} from "./store.ts";
import { wholeScope } from "./scope.ts";

/** A usage record with one attempt, for tests. */
export function makeRecord(fields: Partial<UsageRecord> & { id: string }): UsageRecord {
  return {
    time: 1_700_000_000_000,
    keyId: "key_1",
    project: "default",
    model: "chat",
    provider: "fake",
    operation: "chat",
    dialect: "openai-chat",
    attemptCount: 1,
    attempts: [makeAttempt({})],
    status: 200,
    outcome: "ok",
    streamed: false,
    inputTokens: 100,
    cachedInputTokens: 40,
    cacheWriteTokens: 10,
    outputTokens: 20,
    reasoningTokens: 5,
    estimated: false,
    cost: 123_456_789n,
    currency: "USD",
    providerCost: null,
    providerCurrency: null,
    vendorCost: null,
    comparedCost: null,
    isSplit: false,
    latencyMs: 12,
    firstTokenMs: null,
    images: 0,
    seconds: 0,
    characters: 0,
    searches: 0,
    user: "",
    tags: noTags,
    askedModel: "",
    organisation: "",
    accountCost: null,
    accountCurrency: null,
    ...fields,
  };
}

/** Inserts records as the drain does. */
export function insert(store: Pick<Store, "insertUsage">, records: readonly UsageRecord[]): Promise<number> {
  return store.insertUsage(records.map(encodeUsageValues));
}

export function makeAttempt(fields: Partial<AttemptRecord>): AttemptRecord {
  return {
    provider: "fake",
    model: "fake-chat",
    startedMs: 0,
    sentMs: 1,
    firstTextMs: 8,
    durationMs: 11,
    vendorRequestId: "chatcmpl-1",
    outcome: "ok",
    inputTokens: 100,
    cachedInputTokens: 40,
    cacheWriteTokens: 10,
    outputTokens: 20,
    reasoningTokens: 5,
    estimated: false,
    cost: 123_456_789n,
    vendorCost: null,
    currency: "USD",
    providerCost: null,
    providerCurrency: null,
    providerKey: null,
    images: 0,
    seconds: 0,
    characters: 0,
    searches: 0,
    vendorStatus: null,
    vendorCode: null,
    ...fields,
  };
}

export function makeKey(fields: Partial<KeyRow> & { id: string }): KeyRow {
  return {
    name: "a key",
    role: "user",
    project: "default",
    hash: `hash of ${fields.id}`,
    prefix: "sk-sahab-abcde",
    createdMs: 1_700_000_000_000,
    expiresMs: null,
    revokedMs: null,
    terms: "{}",
    models: null,
    addresses: null,
    usedMs: null,
    replacedBy: null,
    ...fields,
  };
}

const resource = (kind: string, position: number, name: string, spec: object, secret: object | null = null) =>
  ({ kind, name, position, spec, secret }) satisfies Resource;

/** By kind and position, as the store returns them. */
const resources: Resource[] = [
  resource("models", 0, "chat", { name: "chat", targets: [{ provider: "z-first", model: "m", priority: 2 }] }),
  resource("models", 1, "Nano", { name: "Nano", local: { file: "nano.gguf" } }, { key: "云 \u0000" }),
  resource("projects", 0, "z-first", { budget: { amount: "5000.5", period: "month" } }, { same: "name" }),
  resource("providers", 0, "z-first", { base_url: "http://z/v1" }, { api_key: "sk-z", headers: { "x-a": "s" } }),
  { ...resource("providers", 1, "a-second", { base_url: "http://a/v1" }), managedBy: "file" },
];

/**
 * What every store promises. `open` opens the same storage again each time it is called in one test, with the master key
 * given; `clean` makes it empty for the next.
 */
export function testStore(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`store: ${name}`, () => {
    const masterKey = "the master key of the tests";
    let store: Store;
    const reopen = async (other: string | MasterKeyPlace = masterKey) => {
      await store.close();
      store = await open(other);
    };
    beforeEach(async () => {
      store = await open(masterKey);
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    test("begins empty, at version 1", async () => {
      expect(await store.version()).toBe(1);
      expect(await store.readResources()).toEqual([]);
      expect(await store.listKeys(wholeScope)).toEqual([]);
      expect(await store.listUsage(wholeScope, { limit: 10, cursor: undefined })).toEqual({ records: [], next: null });
    });

    test("keeps resources as they were given, order and secrets included", async () => {
      expect(await store.writeResources(resources.toReversed(), 1)).toBeTrue();
      expect(await store.readResources()).toEqual(resources);
      await reopen();
      expect(await store.readResources()).toEqual(resources);
      expect(await store.version()).toBe(2);
    });

    test("keeps more resources than one statement takes", async () => {
      const many = Array.from({ length: 1_203 }, (_, index) => resource("models", index, `m${index}`, { index }));
      await store.writeResources(many, 1);
      expect(await store.readResources()).toEqual(many);
    });

    test("does not open secrets with another master key", async () => {
      await store.writeResources(resources, 1);
      await reopen("another master key");
      let problem = "";
      await store.readResources().catch((error: unknown) => {
        problem = String(error);
      });
      expect(problem).toContain("master key");
      expect(problem).not.toContain("sk-z");
      await reopen(masterKey);
    });

    test("seals all secrets anew with another master key, or forgets them", async () => {
      await store.writeResources(resources, 1);
      const sealed = resources.filter(({ secret }) => secret !== null);
      await reopen({ keys: ["another master key", masterKey] });
      expect(await store.resealSecrets()).toBe(sealed.length);
      // Who has read before must not write back what the old key sealed.
      expect(await store.writeResources(resources, 2)).toBeFalse();
      await reopen("another master key");
      expect(await store.readResources()).toEqual(resources);

      await reopen({ keys: [] });
      expect(await store.forgetSecrets()).toEqual(sealed.map(({ kind, name }) => ({ kind, name })));
      await reopen();
      expect(await store.readResources()).toEqual(resources.map((resource) => ({ ...resource, secret: null })));
    }, 20_000);

    test("replaces the resources only at the expected version, and all of them", async () => {
      await store.writeResources(resources, 1);
      const fewer = resources.slice(2);
      expect(await store.writeResources(fewer, 1)).toBeFalse();
      expect(await store.readResources()).toEqual(resources);
      expect(await store.writeResources(fewer, 2)).toBeTrue();
      expect(await store.readResources()).toEqual(fewer);
    });

    test("keeps what it had when the new resources cannot be stored", async () => {
      await store.writeResources(resources, 1);
      const twice = [resource("models", 0, "same", {}), resource("models", 1, "same", {})];
      expect(await store.writeResources(twice, 2).then(String, () => "refused")).toBe("refused");
      expect(await store.readResources()).toEqual(resources);
      expect(await store.version()).toBe(2);
    });

    test("of many writers at the same version one wins", async () => {
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          store.writeResources([...resources.slice(3), resource("projects", 0, `p${index}`, {})], 1),
        ),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect((await store.readResources())[0]?.name).toBe(`p${won.indexOf(true)}`);
      expect(await store.version()).toBe(2);
    });

    test("keeps keys and finds them by their hash", async () => {
      const key = makeKey({ id: "key_1", hash: "h1", expiresMs: 1_800_000_000_000, terms: '{"limits":{"rpm":1}}' });
      await store.insertKey(key);
      expect(await store.findKeysByHash(["h0", "h1", "h2"])).toEqual([key]);
      expect(await store.findKeysByHash(["h2"])).toEqual([]);
      expect(await store.version()).toBe(2);
      await reopen();
      expect(await store.listKeys(wholeScope)).toEqual([key]);
    });

    test("refuses a second key of the same hash", async () => {
      await store.insertKey(makeKey({ id: "key_1", hash: "h1" }));
      expect(await store.insertKey(makeKey({ id: "key_2", hash: "h1" })).then(String, () => "refused")).toBe("refused");
      expect(await store.listKeys(wholeScope)).toHaveLength(1);
    });

    test("revokes a key once, and returns false where there is none", async () => {
      await store.insertKey(makeKey({ id: "key_1" }));
      expect(await store.revokeKey("key_1", 5)).toBeTrue();
      expect(await store.revokeKey("key_1", 9)).toBeTrue();
      expect((await store.listKeys(wholeScope))[0]?.revokedMs).toBe(5);
      expect(await store.revokeKey("key_9", 5)).toBeFalse();
    });

    test("keeps a key's limits, and changes what it is told to change", async () => {
      const key = makeKey({ id: "key_1", role: "admin", models: ["a", "云*"], addresses: ["10.0.0.0/8"] });
      await store.insertKey(key);
      await store.insertKey(makeKey({ id: "key_2" }));
      expect(await store.findKey(wholeScope, "key_1")).toEqual(key);
      expect(await store.findKey(wholeScope, "key_9")).toBeUndefined();
      expect(await store.updateKey("key_1", {})).toBeTrue();
      expect(await store.findKey(wholeScope, "key_1")).toEqual(key);
      const changes = { name: "other", expiresMs: 7, models: null, addresses: ["::1"] };
      const version = await store.version();
      expect(await store.updateKey("key_1", changes)).toBeTrue();
      expect(await store.version()).toBe(version + 1);
      expect(await store.findKey(wholeScope, "key_1")).toEqual({ ...key, ...changes });
      expect(await store.updateKey("key_1", { expiresMs: null, revokedMs: 5 })).toBeTrue();
      expect(await store.findKey(wholeScope, "key_1")).toEqual({ ...key, ...changes, expiresMs: null, revokedMs: 5 });
      expect(await store.updateKey("key_9", changes)).toBeFalse();
      expect(await store.findKey(wholeScope, "key_2")).toEqual(makeKey({ id: "key_2" }));
    });

    test("replaces a key by another, both or neither, and never lets the old one live longer", async () => {
      const next = (id: string) => makeKey({ id });
      await store.insertKey(makeKey({ id: "key_1", models: ["chat"], addresses: ["10.0.0.0/8"] }));
      await store.insertKey(makeKey({ id: "key_2", expiresMs: 50 }));
      await store.insertKey(makeKey({ id: "key_3", revokedMs: 5 }));
      expect(await store.replaceKey("key_1", next("key_a"), 100, { isByOther: false })).toBeTrue();
      expect(await store.replaceKey("key_2", next("key_b"), 100, { isByOther: false })).toBeTrue();
      expect(await store.replaceKey("key_3", next("key_c"), 100, { isByOther: false })).toBeFalse();
      expect(await store.replaceKey("key_9", next("key_d"), 100, { isByOther: false })).toBeFalse();
      expect(
        await store.replaceKey("key_1", next("key_b"), 10, { isByOther: false }).then(String, () => "refused"),
      ).toBe("refused");
      // What was read of the old one before may have changed since.
      expect(await store.findKey(wholeScope, "key_a")).toMatchObject({ models: ["chat"], addresses: ["10.0.0.0/8"] });
      const rows = (await store.listKeys(wholeScope)).map(({ id, expiresMs, replacedBy }) => [
        id,
        expiresMs,
        replacedBy,
      ]);
      expect(rows).toEqual([
        ["key_1", 100, "key_a"],
        ["key_2", 50, "key_b"],
        ["key_3", null, null],
        ["key_a", null, null],
        ["key_b", null, null],
      ]);
    });

    test("keeps the latest use of a key, which is no change of it", async () => {
      await store.insertKey(makeKey({ id: "key_1" }));
      const version = await store.version();
      for (const usedMs of [20, 30, 10])
        await store.noteKeyUses([
          { id: "key_1", usedMs },
          { id: "key_9", usedMs },
        ]);
      await store.noteKeyUses([]);
      expect((await store.findKey(wholeScope, "key_1"))?.usedMs).toBe(30);
      expect(await store.version()).toBe(version);
    });

    test("takes each usage record once, and the first one stays", async () => {
      const first = makeRecord({ id: "req_1" });
      expect(await insert(store, [first, makeRecord({ id: "req_2" })])).toBe(2);
      expect(await insert(store, [makeRecord({ id: "req_1", cost: 1n }), makeRecord({ id: "req_3" })])).toBe(1);
      expect(await insert(store, [])).toBe(0);
      const { records } = await store.listUsage(wholeScope, { limit: 10, cursor: undefined });
      expect(records.map((record) => record.id)).toEqual(["req_3", "req_2", "req_1"]);
      expect(records[2]).toEqual(first);
    });

    test("takes a batch that holds an id twice", async () => {
      expect(await insert(store, [makeRecord({ id: "req_1" }), makeRecord({ id: "req_1", cost: 1n })])).toBe(1);
      expect((await store.listUsage(wholeScope, { limit: 10, cursor: undefined })).records[0]?.cost).toBe(123_456_789n);
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
        dialect: "anthropic-messages",
        cacheWriteTokens: 7,
        attemptCount: 3,
        attempts: [
          makeAttempt({ vendorCost: { amount: 2n ** 80n, currency: "CNY" }, cost: -(2n ** 70n) }),
          makeAttempt({ outcome: "upstream_timeout", model: `odd "name" 云 ' ; \u0000`, sentMs: null }),
        ],
      });
      await insert(store, [record]);
      expect((await store.listUsage(wholeScope, { limit: 1, cursor: undefined })).records).toEqual([record]);
    });

    test("takes thousands of records at once and lists them in pages, newest first, each once", async () => {
      const ids = Array.from({ length: 2_345 }, (_, index) => `req_${String(index).padStart(6, "0")}`);
      expect(
        await insert(
          store,
          ids.map((id) => makeRecord({ id })),
        ),
      ).toBe(ids.length);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (;;) {
        const page = await store.listUsage(wholeScope, { limit: 1_000, cursor });
        seen.push(...page.records.map((record) => record.id));
        if (page.next === null) break;
        cursor = page.next;
      }
      expect(seen).toEqual(ids.toReversed());
    });

    test("a page that ends with the last record has no next", async () => {
      await insert(store, [makeRecord({ id: "req_1" }), makeRecord({ id: "req_2" })]);
      expect((await store.listUsage(wholeScope, { limit: 2, cursor: undefined })).next).toBeNull();
      const { next } = await store.listUsage(wholeScope, { limit: 1, cursor: undefined });
      expect(next).not.toBeNull();
      const last = await store.listUsage(wholeScope, { limit: 1, cursor: next ?? undefined });
      expect([last.records.map(({ id }) => id), last.next]).toEqual([["req_1"], null]);
    });

    test("a cursor that is none is refused by name", async () => {
      const error = await store.listUsage(wholeScope, { limit: 1, cursor: "req_1" }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "invalid_request", param: "cursor" });
    });

    test("lists the records that each filter asks for, and all filters together, in pages", async () => {
      const records = Array.from({ length: 600 }, (_, index) => {
        const mixed = (index * 7_919) % 600;
        return makeRecord({
          id: `req_${String(mixed).padStart(3, "0")}`,
          time: mixed % 199,
          keyId: `key_${(index % 3) + 1}`,
          project: index % 5 < 3 ? "default" : "other",
          model: index % 7 < 3 ? "chat" : "nano",
          provider: ["fake", "local", ""][Math.floor(index / 3) % 3] ?? "",
          status: index % 4 === 0 ? 429 : index % 11 === 0 ? 502 : 200,
          user: index % 6 === 0 ? "anna" : "",
          tags: index % 9 === 0 ? { team: "search" } : noTags,
          latencyMs: (mixed * 31) % 97,
          cost: BigInt((mixed * 17) % 101),
        });
      });
      await insert(store, records);
      const newestFirst = records.toSorted((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1));
      const filters: Omit<UsageListing, "limit" | "cursor">[] = [
        {},
        { since: 50, until: 60 },
        { keys: ["key_1"] },
        { keys: ["key_1", "key_3", "none"] },
        { keys: [] },
        { project: "other", until: 100 },
        { model: "nano" },
        { provider: "" },
        { status: 429, since: 20 },
        { status: 429, keys: ["key_2"], model: "nano", project: "other", provider: "local" },
        { status: 200, keys: ["key_1", "key_2"], since: 10, until: 190 },
        { model: "none", status: 200 },
        { status: { min: 400, max: 499 } },
        { status: { min: 400, max: 599 }, project: "other" },
        { status: { min: 300, max: 399 } },
        { status: [{ min: 500, max: 599 }, 429] },
        { model: ["nano", "none"], provider: ["fake", ""], since: 20 },
        { latencyMin: 60, costMin: 50n },
        { costMin: 90n, project: ["other", "none"] },
        { user: "anna" },
        { user: "", keys: ["key_1", "key_2"], since: 30 },
        { tags: [{ name: "team", value: "search" }] },
        { tags: [{ name: "team", value: "" }], user: "anna", status: 429 },
        { endedSince: 150 },
        { endedSince: 120, since: 60, until: 180, keys: ["key_1", "key_3"], status: { min: 400, max: 599 }, user: "" },
      ];
      for (const filter of filters) {
        const expected = newestFirst.filter(
          ({ time, keyId, status, user, tags, latencyMs, cost, ...record }) =>
            time + latencyMs >= (filter.endedSince ?? 0) &&
            time >= (filter.since ?? 0) &&
            time < (filter.until ?? Infinity) &&
            (filter.keys?.includes(keyId) ?? true) &&
            latencyMs >= (filter.latencyMin ?? 0) &&
            cost >= (filter.costMin ?? 0n) &&
            [filter.status ?? { min: 0, max: 999 }]
              .flat()
              .map((range) => (typeof range === "number" ? { min: range, max: range } : range))
              .some(({ min, max }) => status >= min && status <= max) &&
            user === (filter.user ?? user) &&
            (filter.tags ?? []).every(({ name, value }) => (tags[name] ?? "") === value) &&
            (["project", "model", "provider"] as const).every(
              (name) => filter[name] === undefined || [filter[name]].flat().includes(record[name]),
            ),
        );
        const found: UsageRecord[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.listUsage(wholeScope, { ...filter, limit: 37, cursor });
          found.push(...page.records);
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        if (filter.endedSince !== undefined)
          expected.sort((a, b) => b.time + b.latencyMs - (a.time + a.latencyMs) || (a.id < b.id ? 1 : -1));
        expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
      }
    });

    test("finds records by the beginning of their ids", async () => {
      const ids = ["req_a1", "req_a2", "req_a", "req_b", "req_a1x"];
      await insert(
        store,
        ids.map((id) => makeRecord({ id })),
      );
      const find = async (start: string) => (await store.findUsage(wholeScope, start, 3)).map(({ id }) => id);
      expect(await find("req_a")).toEqual(["req_a", "req_a1", "req_a1x"]);
      expect(await find("req_a2")).toEqual(["req_a2"]);
      for (const none of ["req_a%", "REQ_A", "' or 1 = 1 --", "req_c"]) expect(await find(none)).toEqual([]);
      expect((await store.findUsage(wholeScope, "req_b", 1))[0]).toEqual(makeRecord({ id: "req_b" }));
    });

    test("sums what one provider's attempts used and cost, whatever else it is by", async () => {
      const failed = makeAttempt({ provider: "first", outcome: "upstream_error", inputTokens: 7, cost: 3n });
      const attempts = [failed, makeAttempt({ provider: "second", cost: 10n })];
      const both = { attempts, attemptCount: 2, provider: "second", inputTokens: 107, cost: 13n };
      await insert(store, [
        makeRecord({ id: "req_1", ...both }),
        makeRecord({ id: "req_2", model: "nano", provider: "second", cost: 5n }),
      ]);
      const sum = async (groupBy: UsageGroup[], provider: string) => {
        const all = { since: undefined, until: undefined, currency: undefined };
        const { rows } = await store.sumUsage(wholeScope, { ...all, groupBy, provider });
        return rows.map(({ groups, requests, inputTokens, cost }) => [...groups, requests, inputTokens, cost]);
      };
      expect(await sum(["model"], "first")).toEqual([["chat", 1, 7, 3n]]);
      expect(await sum(["model"], "second")).toEqual([
        ["chat", 1, 100, 10n],
        ["nano", 1, 100, 5n],
      ]);
      expect(await sum(["provider"], "first")).toEqual([["first", 1, 7, 3n]]);
      expect(await sum([], "second")).toEqual([[2, 200, 15n]]);
      expect(await sum(["key"], "third")).toEqual([]);
    });

    test("sums by every group, each currency by itself", async () => {
      const day = 86_400_000;
      await insert(store, [
        makeRecord({ id: "req_1", cost: 9_000_000_000_000_000_000n }),
        makeRecord({ id: "req_0", cost: 9_000_000_000_999_999_999n }),
        makeRecord({ id: "req_2", cost: 1n, time: 1_700_000_000_000 + day, keyId: "key_2", provider: "local" }),
        makeRecord({ id: "req_3", cost: 5n, currency: "CNY", project: "other", model: "nano" }),
      ]);
      const sum = (groupBy: UsageGroup, extra: object = {}) =>
        store
          .sumUsage(wholeScope, {
            since: undefined,
            until: undefined,
            currency: undefined,
            groupBy: [groupBy],
            ...extra,
          })
          .then(({ rows }) => rows.map((row) => [row.groups[0], row.currency, row.requests, row.cost] as const));
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
      const {
        rows: [first],
      } = await store.sumUsage(wholeScope, {
        since: undefined,
        until: undefined,
        currency: "USD",
        groupBy: ["project"],
      });
      expect(first).toMatchObject({
        inputTokens: 300,
        cachedInputTokens: 120,
        cacheWriteTokens: 30,
        outputTokens: 60,
        reasoningTokens: 15,
      });
    });

    describe("sums by what clients say", () => {
      const day = 86_400_000;
      const all = { since: undefined, until: undefined, currency: undefined };
      const failed = makeAttempt({ provider: "first", cost: 2n, outcome: "upstream_error" });
      const records = [
        makeRecord({ id: "req_1", user: "anna", cost: 5n, tags: { session: "s1", "a.b-c": "x" } }),
        makeRecord({ id: "req_2", user: "anna", cost: 7n, tags: { session: "s2" }, time: 1_700_000_000_000 + day }),
        makeRecord({ id: "req_3", user: "bo", cost: 1n, tags: { session: "s1", constructor: "y" }, keyId: "key_2" }),
        makeRecord({ id: "req_4", cost: 100n, model: "nano" }),
        // Its second attempt cost the rest.
        makeRecord({
          id: "req_5",
          user: 'it\'s "me"',
          cost: 6n,
          attemptCount: 2,
          attempts: [failed, makeAttempt({ cost: 4n })],
          tags: { session: "'; drop table usage; --" },
        }),
      ];
      const sum = async (groupBy: UsageGroup[], extra: Partial<UsageQuery> = {}) => {
        const { rows } = await store.sumUsage(wholeScope, { ...all, groupBy, ...extra });
        return rows.map(({ groups, requests, cost }) => [...groups, requests, cost]);
      };
      beforeEach(() => insert(store, records));

      test("by user and by tag, the costliest first, those without by themselves", async () => {
        expect(await sum(["user"])).toEqual([
          ["", 1, 100n],
          ["anna", 2, 12n],
          ['it\'s "me"', 1, 6n],
          ["bo", 1, 1n],
        ]);
        expect(await sum(["tag:session"])).toEqual([
          ["", 1, 100n],
          ["s2", 1, 7n],
          ["s1", 2, 6n],
          ["'; drop table usage; --", 1, 6n],
        ]);
        expect(await sum(["tag:a.b-c"])).toEqual([
          ["", 4, 114n],
          ["x", 1, 5n],
        ]);
        expect(await sum(["tag:constructor"])).toEqual([
          ["", 4, 118n],
          ["y", 1, 1n],
        ]);
        expect(await sum(["tag:never"])).toEqual([["", 5, 119n]]);
      });

      test("by several at once, in their order", async () => {
        expect(await sum(["key", "day"])).toEqual([
          ["key_1", "2023-11-14", 3, 111n],
          ["key_1", "2023-11-15", 1, 7n],
          ["key_2", "2023-11-14", 1, 1n],
        ]);
        expect(await sum(["tag:session", "provider"], { user: 'it\'s "me"' })).toEqual([
          ["'; drop table usage; --", "fake", 1, 4n],
          ["'; drop table usage; --", "first", 1, 2n],
        ]);
        expect(await sum(["provider", "user"], { project: "default", model: "nano" })).toEqual([["fake", "", 1, 100n]]);
      });

      test("only of some requests", async () => {
        expect(await sum(["user"], { keys: ["key_2"] })).toEqual([["bo", 1, 1n]]);
        expect(await sum(["key"], { keys: ["key_1", "key_2", "key_3"] })).toEqual([
          ["key_1", 4, 118n],
          ["key_2", 1, 1n],
        ]);
        expect(await sum(["model"], { user: "anna" })).toEqual([["chat", 2, 12n]]);
        expect(await sum(["model"], { user: "" })).toEqual([["nano", 1, 100n]]);
        const s1 = { name: "session", value: "s1" };
        expect(await sum(["user"], { tags: [s1] })).toEqual([
          ["anna", 1, 5n],
          ["bo", 1, 1n],
        ]);
        expect(await sum(["user"], { tags: [s1, { name: "a.b-c", value: "x" }] })).toEqual([["anna", 1, 5n]]);
        expect(await sum(["user"], { tags: [{ name: "session", value: "" }] })).toEqual([["", 1, 100n]]);
        expect(await sum(["user"], { tags: [{ name: "session", value: "s" }] })).toEqual([]);
      });

      test("a report of few rows has those of the most cost, and the sum of the others", async () => {
        const { rows, more, rest } = await store.sumUsage(wholeScope, { ...all, groupBy: ["tag:session"], rowsMax: 2 });
        expect(rows.map(({ groups, cost }) => [groups, cost])).toEqual([
          [[""], 100n],
          [["s2"], 7n],
        ]);
        expect(more).toBe(2);
        expect(rest).toMatchObject([{ groups: [], currency: "USD", requests: 3, cost: 12n, inputTokens: 300 }]);
        expect(await store.sumUsage(wholeScope, { ...all, groupBy: ["user"], rowsMax: 4 })).toMatchObject({
          more: 0,
          rest: [],
        });
      });
    });

    test("sums thousands of records of different times, also within limits of time", async () => {
      const records = Array.from({ length: 12_345 }, (_, index) =>
        makeRecord({
          id: `req_${index}`,
          // Many of one millisecond, and times that do not come in order.
          time: index < 6_000 ? 5_000_000 : 1_000 * ((index * 7_919) % 12_345),
          model: `m${index % 3}`,
          inputTokens: index,
          cost: BigInt(index),
        }),
      );
      await insert(store, records);
      const ranges = [
        [undefined, undefined],
        [5_000_000, 5_000_001],
        [1_000_000, 9_000_000],
        [undefined, 5_000_000],
        [5_000_001, undefined],
      ] as const;
      for (const [since, until] of ranges) {
        const { rows } = await store.sumUsage(wholeScope, { since, until, groupBy: ["model"], currency: undefined });
        const expected = ["m0", "m1", "m2"].map((group) => {
          const within = records.filter(
            ({ model, time }) => model === group && time >= (since ?? 0) && time < (until ?? Infinity),
          );
          const inputTokens = within.reduce((sum, record) => sum + record.inputTokens, 0);
          const cost = within.reduce((sum, record) => sum + record.cost, 0n);
          return { group, requests: within.length, inputTokens, cost };
        });
        expect(
          rows.map(({ groups: [group], requests, inputTokens, cost }) => ({ group, requests, inputTokens, cost })),
        ).toEqual(expected);
      }
    });

    test("a report is of one moment", async () => {
      const ids = Array.from({ length: 12_000 }, (_, index) => `req_${index}`);
      await insert(
        store,
        ids.map((id, index) => makeRecord({ id, time: index })),
      );
      const report = store.sumUsage(wholeScope, {
        since: undefined,
        until: undefined,
        groupBy: ["model"],
        currency: undefined,
      });
      // The first is in the slice that is summed first, the second in the last one.
      await insert(store, [makeRecord({ id: "req_early", time: -1, model: "early" })]);
      await insert(store, [makeRecord({ id: "req_late", time: 99_999, model: "late" })]);
      const seen = (await report).rows.map(({ groups: [model], requests }) => `${requests} ${model}`);
      expect(["12000 chat", "12000 chat,1 early", "12000 chat,1 early,1 late"]).toContain(String(seen));
    });

    test("a report whose signal is aborted rejects", async () => {
      await insert(store, [makeRecord({ id: "req_1" })]);
      const abort = new AbortController();
      const query: UsageQuery = { since: undefined, until: undefined, groupBy: ["model"], currency: undefined };
      const report = store.sumUsage(wholeScope, query, { signal: abort.signal });
      abort.abort();
      expect(await report.then(String, () => "rejected")).toBe("rejected");
    });

    test("a record that no column can hold is refused as unfit, and its batch with it", async () => {
      const records = [makeRecord({ id: "req_1" }), makeRecord({ id: "req_2", cost: 2n ** 63n })];
      // oxlint-disable-next-line typescript/await-thenable -- bun's matchers for promises are thenable
      await expect(insert(store, records)).rejects.toBeInstanceOf(UnfitRecordError);
      expect((await store.listUsage(wholeScope, { limit: 10, cursor: undefined })).records).toEqual([]);
    });

    test("writers at the same time do not lose each other's records", async () => {
      const batches = Array.from({ length: 20 }, (_, batch) =>
        Array.from({ length: 50 }, (_, index) => makeRecord({ id: `req_${batch}_${index % 40}` })),
      );
      const added = await Promise.all(batches.map((batch) => insert(store, batch)));
      expect(added.reduce((sum, count) => sum + count, 0)).toBe(20 * 40);
    });
  });
}
