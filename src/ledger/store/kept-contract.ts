import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { KeptRow } from "./kept-store.ts";
import type { Store } from "./store.ts";

/** A row with an answer, for tests. */
export function makeKept(fields: Partial<KeptRow> & { id: string }): KeptRow {
  return {
    kind: "answer",
    project: "default",
    createdMs: 1_000,
    expiresMs: 100_000,
    status: "completed",
    owner: "",
    model: "chat",
    previous: "",
    request: '{"input":"Hi"}',
    answer: '{"output":"云 \\u0000"}',
    ...fields,
  };
}

/** What every store promises of what it keeps between turns; see `testStore`. */
export function testKept(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`what is kept: ${name}`, () => {
    const masterKey = "the master key of the tests";
    let store: Store;
    const reopen = async (other: string | MasterKeyPlace = masterKey) => {
      await store.close();
      store = await open(other);
    };
    const find = (ids: string[], more: { kind?: string; project?: string; nowMs?: number } = {}) =>
      store.findKept({ kind: "answer", project: "default", nowMs: 2_000, ...more, ids });
    const idsOf = (rows: KeptRow[]) => rows.map(({ id }) => id).sort();
    beforeEach(async () => {
      store = await open(masterKey);
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    test("gives back what it keeps, also opened anew, and to nobody else", async () => {
      const row = makeKept({ id: "a", request: null });
      await store.keep([row, makeKept({ id: "b" })]);
      expect(await find(["a", "none"])).toEqual([row]);
      expect(await find([])).toEqual([]);
      await reopen();
      expect(await find(["a"])).toEqual([row]);
      expect(await find(["a"], { project: "other" })).toEqual([]);
      expect(await find(["a"], { kind: "reasoning" })).toEqual([]);
    });

    test("replaces a row of the same name", async () => {
      await store.keep([makeKept({ id: "a" })]);
      const next = makeKept({ id: "a", answer: "2", createdMs: 5_000 });
      await store.keep([next]);
      expect(await find(["a"])).toEqual([next]);
    });

    test("leaves a row of the same name where the new one is to be unique, until it has expired", async () => {
      const first = makeKept({ id: "a", expiresMs: 3_000 });
      const second = makeKept({ id: "a", createdMs: 2_999, answer: "2" });
      const both = [
        { ...second, isUnique: true },
        { ...makeKept({ id: "b" }), isUnique: true },
      ];
      expect(await store.keep([{ ...first, isUnique: true }])).toEqual([true]);
      expect(await store.keep(both)).toEqual([false, true]);
      expect(await find(["a"])).toEqual([first]);
      const later = { ...second, createdMs: 3_000 };
      expect(await store.keep([{ ...later, isUnique: true }])).toEqual([true]);
      expect(await find(["a"])).toEqual([later]);
      expect(await store.keep([{ ...second, project: "other", isUnique: true }])).toEqual([true]);
    });

    test("finds nothing that has expired, and sweeps it", async () => {
      await store.keep([makeKept({ id: "a", expiresMs: 3_000 }), makeKept({ id: "b" })]);
      expect(idsOf(await find(["a", "b"], { nowMs: 3_000 }))).toEqual(["b"]);
      expect(await store.sweepKept(3_000, [])).toBe(1);
      expect(idsOf(await find(["a", "b"]))).toEqual(["b"]);
    });

    test("deletes the oldest beyond a bound of rows or bytes, of one project or of all", async () => {
      const rows = [1, 2, 3, 4].flatMap((age) =>
        ["one", "two"].map((project) => makeKept({ id: `${project}-${age}`, project, createdMs: age })),
      );
      await store.keep(rows);
      const left = async (project: string) =>
        idsOf(await find(idsOf(rows), { project })).map((id) => Number(id.at(-1)));
      expect(await store.sweepKept(10, [{ kind: "answer", project: "one", rowsMax: 3, bytesMax: 1e9 }])).toBe(1);
      expect([await left("one"), await left("two")]).toEqual([
        [2, 3, 4],
        [1, 2, 3, 4],
      ]);
      expect(await store.sweepKept(10, [{ kind: "answer", rowsMax: 5, bytesMax: 1e9 }])).toBe(2);
      expect([await left("one"), await left("two")]).toEqual([
        [3, 4],
        [2, 3, 4],
      ]);
      expect(await store.sweepKept(10, [{ kind: "answer", project: "two", rowsMax: 9, bytesMax: 1_100 }])).toBe(1);
      expect(await left("two")).toEqual([3, 4]);
      expect(await store.sweepKept(10, [{ kind: "other", rowsMax: 0, bytesMax: 0 }])).toBe(0);
    });

    test("follows a chain up to its bound, and ends where a row is missing or leads in a circle", async () => {
      const chain = ["c", "b", "a"];
      await store.keep([
        makeKept({ id: "a" }),
        makeKept({ id: "b", previous: "a" }),
        makeKept({ id: "c", previous: "b" }),
        makeKept({ id: "x", previous: "y" }),
        makeKept({ id: "y", previous: "x" }),
      ]);
      const follow = async (id: string, rowsMax = 10) => {
        const key = { kind: "answer", project: "default", id };
        return (await store.findKeptChain({ ...key, nowMs: 2_000, rowsMax, bytesMax: 1e9 })).map((row) => row.id);
      };
      expect(await follow("c")).toEqual(chain);
      expect(await follow("c", 2)).toEqual(["c", "b"]);
      expect(await follow("x")).toEqual(["x", "y"]);
      await store.deleteKept({ kind: "answer", project: "default", id: "b" });
      expect(await follow("c")).toEqual(["c"]);
      expect(await follow("b")).toEqual([]);
    });

    test("of two that end a row one is first", async () => {
      const key = { kind: "answer", project: "default", id: "a" };
      await store.keep([makeKept({ id: "a", status: "queued", owner: "0", answer: null })]);
      const done = { status: "completed", owner: "", answer: "done" };
      const cancelled = { status: "cancelled", owner: "" };
      expect(await store.changeKept(key, ["queued"], { status: "in_progress", owner: "0" })).toBeTrue();
      expect(await store.changeKept(key, ["queued", "in_progress"], cancelled)).toBeTrue();
      expect(await store.changeKept(key, ["in_progress"], done)).toBeFalse();
      expect(await find(["a"])).toMatchObject([{ status: "cancelled", owner: "", answer: null }]);
      await store.keep([makeKept({ id: "a", status: "in_progress", owner: "0", answer: null })]);
      expect(await store.changeKept(key, ["in_progress"], done)).toBeTrue();
      expect(await find(["a"])).toMatchObject([{ status: "completed", answer: "done", request: '{"input":"Hi"}' }]);
      expect(await store.changeKept({ ...key, project: "other" }, ["completed"], cancelled)).toBeFalse();
    });

    test("ends what a process, or all of them, left unfinished", async () => {
      const unfinished = (id: string, owner: string, status: string) => makeKept({ id, owner, status, answer: null });
      await store.keep([
        unfinished("a", "one/0", "queued"),
        unfinished("b", "one/0", "in_progress"),
        unfinished("c", "one/1", "queued"),
        makeKept({ id: "d" }),
      ]);
      const from = ["queued", "in_progress"];
      expect(await store.endKept({ owner: "one/0", from, to: "failed" })).toBe(2);
      expect((await find(["a", "b", "c", "d"])).map(({ id, status }) => `${id} ${status}`).sort()).toEqual([
        "a failed",
        "b failed",
        "c queued",
        "d completed",
      ]);
      const query = { kind: "answer", project: "default", ids: ["a", "none"] };
      const [head, ...others] = await store.findKeptHeads({ ...query, nowMs: 2_000 });
      expect(head).toEqual({ id: "a", status: "failed", model: "chat", previous: "", bytes: expect.any(Number) });
      expect(head?.bytes).toBeGreaterThan(400);
      expect(others).toEqual([]);
      expect(await store.findKeptHeads({ ...query, nowMs: 100_000 })).toEqual([]);
      expect(await store.endKept({ owner: undefined, from, to: "failed" })).toBe(1);
    });

    test("stays readable when the master key changes, and is gone when that is lost", async () => {
      await store.keep([makeKept({ id: "a" })]);
      await reopen({ keys: ["another master key", masterKey] });
      await store.resealSecrets();
      await reopen("another master key");
      expect(await find(["a"])).toEqual([makeKept({ id: "a" })]);
      await store.forgetSecrets();
      expect(await find(["a"])).toEqual([]);
      await store.keep([makeKept({ id: "b" })]);
      expect(await find(["b"])).toEqual([makeKept({ id: "b" })]);
    }, 20_000);
  });
}
