import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { MasterKeyPlace } from "../../base/master-key.ts";
import type { NewBatch } from "./batch-store.ts";
import type { FileRow } from "./file-store.ts";
import type { Store } from "./store.ts";

const bounds = { filesMax: 3, bytesMax: 100 };

const makeFile = (fields: Partial<FileRow> & { id: string }): FileRow => ({
  project: "default",
  purpose: "batch",
  bytes: 10,
  createdMs: 1_000,
  expiresMs: 100_000,
  name: "输入.jsonl",
  ...fields,
});

const makeBatch = (fields: Partial<NewBatch> & { id: string }): NewBatch => ({
  project: "default",
  keyId: "key_1",
  keyHash: "hash",
  inputFile: "a",
  createdMs: 1_000,
  expiresMs: 90_000,
  terms: '{"endpoint":"/v1/embeddings"}',
  ...fields,
});

/** What every store promises of files and batches; see `testStore`. */
export function testFiling(
  name: string,
  open: (masterKey: string | MasterKeyPlace) => Promise<Store>,
  clean: () => void | Promise<void>,
) {
  describe(`files and batches: ${name}`, () => {
    const masterKey = "the master key of the tests";
    let store: Store;
    const reopen = async () => {
      await store.close();
      store = await open(masterKey);
    };
    const find = (id: string, more: { project?: string; nowMs?: number } = {}) =>
      store.findFile({ project: "default", nowMs: 2_000, ...more, id });
    const claim = async (owner: string, nowMs: number) =>
      (await store.claimBatches({ owner, nowMs, untilMs: nowMs + 1_000 })).map(({ id, epoch }) => `${id} ${epoch}`);
    beforeEach(async () => {
      store = await open(masterKey);
    });
    afterEach(async () => {
      await store.close();
      await clean();
    });

    test("a file is found again by its project until it expires, also opened anew", async () => {
      const file = makeFile({ id: "a" });
      expect(await store.insertFile(file, bounds)).toBeUndefined();
      const key = await store.fileKey();
      await reopen();
      expect(await store.fileKey()).toBe(key);
      expect(await find("a")).toEqual(file);
      expect(await find("a", { project: "other" })).toBeUndefined();
      expect(await find("a", { nowMs: 100_000 })).toBeUndefined();
      expect(await store.deleteFile({ project: "other", id: "a" })).toBe(false);
      expect(await store.deleteFile({ project: "default", id: "a" })).toBe(true);
      expect(await find("a")).toBeUndefined();
    });

    test("a project has no more files and bytes than it may, and another's do not count", async () => {
      await store.insertFile(makeFile({ id: "other", project: "other", bytes: 100 }), bounds);
      await store.insertFile(makeFile({ id: "a", bytes: 60 }), bounds);
      expect(await store.insertFile(makeFile({ id: "b", bytes: 41 }), bounds)).toBe("bytes");
      expect(await find("b")).toBeUndefined();
      expect(await store.insertFile(makeFile({ id: "b", bytes: 40 }), bounds)).toBeUndefined();
      expect(await store.checkFile({ project: "default", bytes: 1 }, bounds)).toBe("bytes");
      await store.insertFile(makeFile({ id: "c", bytes: 0 }), bounds);
      expect(await store.insertFile(makeFile({ id: "d", bytes: 0 }), bounds)).toBe("files");
    });

    test("a file that a batch reads is neither deleted nor swept before the batch has ended", async () => {
      await store.insertFile(makeFile({ id: "a" }), bounds);
      await store.insertFile(makeFile({ id: "b" }), bounds);
      await store.insertBatch(makeBatch({ id: "batch" }), 10);
      expect(await store.deleteFile({ project: "default", id: "a" })).toBe("in use");
      expect(await store.sweepFiles(100_000, 10)).toEqual(["b"]);
      const [{ epoch } = { epoch: 0 }] = await store.claimBatches({ owner: "o", nowMs: 1, untilMs: 2 });
      const end = { id: "batch", epoch, nowMs: 5, from: ["validating"], to: "failed" } as const;
      expect(await store.changeBatch(end)).toBe(true);
      expect(await store.sweepFiles(100_000, 10)).toEqual(["a"]);
      expect(await store.sweepBatches(1_000)).toBe(0);
      expect(await store.sweepBatches(1_001)).toBe(1);
    });

    test("one owner has all batches until its lease is over, and what it does later is refused", async () => {
      await store.insertBatch(makeBatch({ id: "a" }), 10);
      expect(await claim("one", 0)).toEqual(["a 1"]);
      await store.insertBatch(makeBatch({ id: "b" }), 10);
      expect(await claim("two", 999)).toEqual([]);
      expect(await claim("one", 999)).toEqual(["a 1", "b 1"]);
      expect(await claim("two", 1_998)).toEqual([]);
      expect(await claim("two", 1_999)).toEqual(["a 2", "b 2"]);
      const change = { id: "a", nowMs: 5, from: ["validating"], to: "in_progress" } as const;
      expect(await store.changeBatch({ ...change, epoch: 1 })).toBe(false);
      expect(await store.changeBatch({ ...change, epoch: 2, progress: '{"total":1}' })).toBe(true);
      await store.releaseBatches("two");
      await reopen();
      expect(await claim("one.life", 2_000)).toEqual(["a 3", "b 3"]);
      await store.releaseBatches("one");
      expect(await claim("two", 2_001)).toEqual(["a 4", "b 4"]);
      expect(await store.findBatch({ project: "default", id: "a" })).toMatchObject({
        status: "in_progress",
        times: { in_progress: 5 },
        progress: '{"total":1}',
        terms: '{"endpoint":"/v1/embeddings"}',
      });
    });

    test("a batch ends together with its files, and is cancelled before its end alone", async () => {
      await store.insertBatch(makeBatch({ id: "a" }), 10);
      await claim("one", 0);
      expect(await store.cancelBatch({ project: "other", id: "a", nowMs: 3 })).toBe(false);
      expect(await store.cancelBatch({ project: "default", id: "a", nowMs: 3 })).toBe(true);
      const end = { id: "a", epoch: 1, nowMs: 9, files: [makeFile({ id: "out" })] };
      expect(await store.changeBatch({ ...end, from: ["finalizing"], to: "completed" })).toBe(false);
      expect(await find("out")).toBeUndefined();
      expect(await store.changeBatch({ ...end, from: ["cancelling"], to: "cancelled" })).toBe(true);
      expect(await find("out")).toBeDefined();
      expect(await store.cancelBatch({ project: "default", id: "a", nowMs: 10 })).toBe(false);
      const found = await store.findBatch({ project: "default", id: "a" });
      expect(found?.times).toEqual({ cancelling: 3, cancelled: 9 });
      expect(await claim("one", 1)).toEqual([]);
    });

    test("a project has no more unfinished batches than it may", async () => {
      expect(await store.insertBatch(makeBatch({ id: "a" }), 1)).toBe(true);
      expect(await store.insertBatch(makeBatch({ id: "b" }), 1)).toBe(false);
      expect(await store.insertBatch(makeBatch({ id: "c", project: "other" }), 1)).toBe(true);
      const page = { project: "default", limit: 10, after: undefined, order: "desc" } as const;
      expect((await store.listBatches(page)).map(({ id }) => id)).toEqual(["a"]);
    });

    test("all of it goes when the master key is lost", async () => {
      await store.insertFile(makeFile({ id: "a" }), bounds);
      const key = await store.fileKey();
      await store.forgetSecrets();
      expect(await find("a")).toBeUndefined();
      expect(await store.fileKey()).not.toBe(key);
    });
  });
}
