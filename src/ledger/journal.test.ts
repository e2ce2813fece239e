import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openLog } from "../base/log.ts";
import { eventually } from "../testing/eventually.ts";
import { makeTemporaryFolder, removeTemporaryFolder } from "../testing/temporary-folder.ts";
import { JournalDrain } from "./drain-journal.ts";
import { decodeJournalLines, encodeJournalLine, type JournalLine } from "./journal-line.ts";
import { Journal, type JournalPosition } from "./journal.ts";
import { listSegments, segmentName, sequenceOf } from "./journal-segments.ts";
import { JournalMover } from "./move-journal.ts";
import {
  decodeUsageRow,
  encodeUsageRecord,
  usageColumns,
  type UsageRecord,
  type UsageRow,
  type UsageValues,
} from "./record/index.ts";
import { recoverJournals } from "./recover-journal.ts";
import { makeRecord } from "./store/store-contract.ts";
import { openStoreThread, type StoreThread } from "./thread/store-thread.ts";
import { wholeScope } from "./store/scope.ts";

const log = openLog({ level: "silent", pretty: false });
let root: string;
let dir: string;

beforeEach(() => {
  root = makeTemporaryFolder();
  dir = join(root, "0");
});
afterEach(() => removeTemporaryFolder(root));

const recordOf = (values: UsageValues): UsageRecord =>
  decodeUsageRow(Object.fromEntries(usageColumns.map(({ sql }, index) => [sql, values[index]])) as UsageRow);

/** Takes records as a store does: each id once. `fail` makes it refuse. */
class MemoryStore {
  readonly records = new Map<string, UsageRecord>();
  fail = false;
  readonly #mover = new JournalMover({ store: this, log });
  drainJournal(dir: string, position: JournalPosition): Promise<boolean> {
    return this.#mover.move(dir, position);
  }
  insertUsage(rows: readonly UsageValues[]): Promise<number> {
    if (this.fail) return Promise.reject(new Error("the store is away"));
    const fresh = rows.map(recordOf).filter((record) => !this.records.has(record.id));
    for (const record of fresh) this.records.set(record.id, record);
    return Promise.resolve(new Set(fresh.map((record) => record.id)).size);
  }
  closeHolder(): Promise<void> {
    return Promise.resolve();
  }
}

const line = (id: string, kind: "settled" | "progress" = "settled", fields: Partial<UsageRecord> = {}) =>
  encodeJournalLine(kind, encodeUsageRecord(makeRecord({ id, ...fields })));
const idOf = (line: JournalLine) => (line.kind === "settled" ? String(line.values[0]) : line.record.id);
const segments = () => readdirSync(dir).filter((name) => name.endsWith(".journal"));

describe("a line", () => {
  test("with any one byte changed is found out", () => {
    const bytes = Buffer.from(line("req_1"));
    for (let at = 0; at < bytes.length - 1; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x01;
      const { lines } = decodeJournalLines(changed);
      expect({ at, lines }).toEqual({ at, lines: [] });
    }
  });

  test("that is cut is left for later; what is whole before it counts", () => {
    const whole = line("req_1");
    const bytes = Buffer.from(whole + line("req_2"));
    for (const cut of [whole.length, whole.length + 1, bytes.length - 1]) {
      const decoded = decodeJournalLines(bytes.subarray(0, cut));
      expect(decoded.lines.map((line) => idOf(line))).toEqual(["req_1"]);
      expect(decoded.usedBytes).toBe(whole.length);
      expect(decoded.damaged).toBe(0);
    }
    expect(decodeJournalLines(new Uint8Array(0))).toEqual({ lines: [], usedBytes: 0, damaged: 0 });
  });

  test("that is no whole record, or of a version of the future, counts as damaged", () => {
    const bodies = ['["req_1",1]', '[2,"req_1",1]', "[1]", '[99,"req_1"]', "null", "{}"];
    const text = bodies.map((json) => encodeJournalLine("settled", json)).join("");
    expect(decodeJournalLines(Buffer.from(text))).toMatchObject({ lines: [], damaged: bodies.length });
  });

  test("that is damaged does not hide its neighbours", () => {
    const text = `${line("req_1")}zzzz this is nothing\n${line("req_2")}\n${line("req_3").replace("req_3", "req_4")}`;
    const decoded = decodeJournalLines(Buffer.from(text));
    expect(decoded.lines.map((line) => idOf(line))).toEqual(["req_1", "req_2"]);
    expect(decoded.damaged).toBe(2);
  });
});

describe("the journal", () => {
  test("is durable when settle resolves, for one and for a thousand at once, in one file", async () => {
    const journal = new Journal(dir);
    await journal.settle(makeRecord({ id: "req_first" }));
    expect(readFileSync(join(dir, journal.openSegment), "utf8")).toContain("req_first");
    await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => {
        await journal.settle(makeRecord({ id: `req_${index}` }));
        if (index % 200 === 0) expect(readFileSync(join(dir, journal.openSegment), "utf8")).toContain(`"req_${index}"`);
      }),
    );
    expect(segments()).toHaveLength(1);
    expect(journal.position).toEqual({ sequence: 0, durableBytes: statSync(join(dir, journal.openSegment)).size });
    const { lines, damaged } = decodeJournalLines(readFileSync(join(dir, journal.openSegment)));
    expect(damaged).toBe(0);
    expect(new Set(lines.map((line) => idOf(line))).size).toBe(1_001);
    await journal.close();
  });

  test("many settles share one write to the disk", async () => {
    const journal = new Journal(dir);
    /** How far the journal was durable when a settle resolved: each write to the disk has a length of its own. */
    const lengths = new Set<number>();
    await Promise.all(
      Array.from({ length: 2_000 }, async (_, index) => {
        await journal.settle(makeRecord({ id: `req_${index}` }));
        lengths.add(journal.position.durableBytes);
      }),
    );
    expect(lengths.size).toBeWithin(1, 10);
    await journal.close();
  });

  test("begins a new file when one is full", async () => {
    const journal = new Journal(dir);
    const model = "m".repeat(100_000);
    for (let i = 0; i < 60; i++) await journal.settle(makeRecord({ id: `req_${i}`, model }));
    expect(segments().length).toBeGreaterThan(1);
    await journal.close();
  });

  test("is readable by its owner alone", async () => {
    const journal = new Journal(dir);
    await journal.settle(makeRecord({ id: "req_1" }));
    expect(statSync(join(dir, journal.openSegment)).mode & 0o077).toBe(0);
    await journal.close();
  });

  test("whose folder has gone says so to those who wait, and recovers with it", async () => {
    const journal = new Journal(dir);
    await journal.settle(makeRecord({ id: "req_1" }));
    const model = "m".repeat(100_000);
    for (let i = 0; i < 42; i++) await journal.settle(makeRecord({ id: `req_full_${i}`, model })); // the next write opens a file
    rmSync(dir, { recursive: true });
    const failed = await journal.settle(makeRecord({ id: "req_2" })).then(
      () => "settled",
      (error: unknown) => (error as { code: string }).code,
    );
    expect(failed).toBe("store_unavailable");
    expect(journal.fault?.message).toContain("ENOENT");
    mkdirSync(dir);
    await journal.settle(makeRecord({ id: "req_3" }));
    expect(journal.fault).toBeUndefined();
    // What had failed goes first, as its client has heard it.
    const { lines } = decodeJournalLines(readFileSync(join(dir, journal.openSegment)));
    expect(lines.map(idOf)).toEqual(["req_2", "req_3"]);
    const [kept] = lines;
    expect(kept?.kind === "settled" && recordOf(kept.values)).toMatchObject({
      outcome: "store_unavailable",
      status: 503,
    });
    await journal.close();
  });

  test("that has failed takes nothing new until a write succeeds, if only a try of the disk", async () => {
    const journal = new Journal(dir);
    journal.run();
    const model = "m".repeat(100_000);
    for (let i = 0; i < 42; i++) await journal.settle(makeRecord({ id: `req_${i}`, model })); // the next write opens a file
    renameSync(dir, `${dir}-away`);
    journal.progress(makeRecord({ id: "req_under_way" }));
    await eventually("the fault", () => journal.fault !== undefined);
    expect(journal.keptLines).toEqual([]);
    // There is room, and a file in the folder's place: statistics are well, and writes are not.
    writeFileSync(dir, "");
    await Bun.sleep(700);
    expect(journal.fault).toBeDefined();
    rmSync(dir);
    renameSync(`${dir}-away`, dir);
    await eventually("the disk to be found well", () => journal.fault === undefined);
    expect(readFileSync(join(dir, journal.openSegment), "utf8")).toBe("\n");
    await journal.close();
  });

  test("that has failed is tried again by itself", async () => {
    const journal = new Journal(dir);
    journal.run();
    rmSync(dir, { recursive: true });
    const model = "m".repeat(100_000);
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => journal.settle(makeRecord({ id: `req_${index}`, model }))),
    );
    const next = await Promise.allSettled([journal.settle(makeRecord({ id: "req_late" }))]);
    expect(next[0]?.status).toBe("rejected");
    expect(settled.length).toBe(50);
    mkdirSync(dir);
    await eventually("the disk to be found well", () => journal.fault === undefined);
    expect(readFileSync(join(dir, journal.openSegment), "utf8")).toContain("req_late");
    await journal.close();
  });
});

describe("the drain", () => {
  test("moves what is durable, deletes closed files, and leaves nothing after the end", async () => {
    const store = new MemoryStore();
    const journal = new Journal(dir);
    const drain = new JournalDrain({ journal, store, log }, { intervalMs: 5 });
    drain.run();
    const model = "m".repeat(50_000);
    for (let i = 0; i < 150; i++) await journal.settle(makeRecord({ id: `req_${i}`, model }));
    await drain.drain();
    expect(store.records.size).toBe(150);
    expect(segments()).toEqual([journal.openSegment]);
    await journal.close();
    await drain.stop();
    expect(segments()).toEqual([]);
  });

  test("tries again while the store is away, and loses nothing", async () => {
    const store = new MemoryStore();
    store.fail = true;
    const journal = new Journal(dir);
    const drain = new JournalDrain({ journal, store, log });
    await journal.settle(makeRecord({ id: "req_1" }));
    for (let i = 0; i < 2; i++) expect(await drain.drain().then(String, () => "not taken")).toBe("not taken");
    expect(store.records.size).toBe(0);
    store.fail = false;
    await drain.drain();
    expect([...store.records.keys()]).toEqual(["req_1"]);
    await journal.close();
    await drain.stop();
  });

  test("two drains at once take each record once and in order", async () => {
    const store = new MemoryStore();
    const journal = new Journal(dir);
    const drain = new JournalDrain({ journal, store, log });
    await Promise.all(Array.from({ length: 50 }, (_, index) => journal.settle(makeRecord({ id: `req_${index}` }))));
    await Promise.all([drain.drain(), drain.drain(), drain.drain()]);
    expect(store.records.size).toBe(50);
    await journal.close();
    await drain.stop();
  });
});

describe("the mover", () => {
  test("reads no further than the position, and leaves segments that were opened after it", async () => {
    mkdirSync(dir, { recursive: true });
    const half = line("req_1");
    const path = (sequence: number) => join(dir, segmentName(1_700_000_000_000 + sequence, sequence));
    writeFileSync(path(9), line("req_0"));
    writeFileSync(path(10), half + line("req_2"));
    writeFileSync(path(11), line("req_3"));
    const store = new MemoryStore();
    await store.drainJournal(dir, { sequence: 10, durableBytes: half.length });
    expect([...store.records.keys()]).toEqual(["req_0", "req_1"]);
    expect(listSegments(dir).map(sequenceOf)).toEqual([10, 11]);
    await store.drainJournal(dir, { sequence: 12, durableBytes: 0 });
    expect([...store.records.keys()]).toEqual(["req_0", "req_1", "req_2", "req_3"]);
    expect(segments()).toEqual([]);
  });

  test("keeps the segment with the last count of a request under way, until there is a later one or the request's end", async () => {
    mkdirSync(dir, { recursive: true });
    const write = (sequence: number, ...lines: string[]) =>
      writeFileSync(join(dir, segmentName(1_700_000_000_000 + sequence, sequence)), lines.join(""));
    const kept = () => listSegments(dir).map(sequenceOf);
    write(0, line("req_long", "progress", { outputTokens: 3 }), line("req_a"));
    write(1, line("req_b"));
    const store = new MemoryStore();
    await store.drainJournal(dir, { sequence: 2, durableBytes: 0 });
    expect([...store.records.keys()]).toEqual(["req_a", "req_b"]);
    expect(kept()).toEqual([0]);
    // A copy of the folder as a crash would leave it now.
    const after = new MemoryStore();
    cpSync(root, `${root}-copy`, { recursive: true });
    expect(await recoverJournals(`${root}-copy`, { store: after, log })).toMatchObject({ interrupted: 1 });
    expect(after.records.get("req_long")).toMatchObject({ outcome: "interrupted", outputTokens: 3 });
    rmSync(`${root}-copy`, { recursive: true });

    write(2, line("req_long", "progress", { outputTokens: 9 }));
    await store.drainJournal(dir, { sequence: 3, durableBytes: 0 });
    expect(kept()).toEqual([2]);
    write(3, line("req_long"));
    await store.drainJournal(dir, { sequence: 4, durableBytes: 0 });
    expect(kept()).toEqual([]);
    expect(store.records.get("req_long")).toMatchObject({ outcome: "ok" });
  });

  test("that begins anew, as after a crash of its thread, adds nothing twice", async () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, segmentName(1, 0)), line("req_0"));
    const store = new MemoryStore();
    const position = { sequence: 0, durableBytes: line("req_0").length };
    await store.drainJournal(dir, position);
    const kept = store.records.get("req_0");
    await new JournalMover({ store, log }).move(dir, position);
    expect(store.records.get("req_0")).toBe(kept);
    expect(store.records.size).toBe(1);
  });
});

describe("a record that the store can never hold", () => {
  const unfit = { id: "req_unfit", cost: 2n ** 63n };
  let store: StoreThread;
  beforeEach(async () => {
    store = await openStoreThread({ log }, { path: join(root, "sahab.db"), masterKey: "a master key for tests" });
  });
  afterEach(() => store.close());
  const stored = async () =>
    (await store.listUsage(wholeScope, { limit: 100, cursor: undefined })).records
      .map((record) => record.id)
      .toSorted();

  test("holds up no other, and its file is kept", async () => {
    const journal = new Journal(dir);
    const drain = new JournalDrain({ journal, store, log });
    const ids = Array.from({ length: 21 }, (_, index) => `req_${index}`);
    await Promise.all(ids.map((id) => journal.settle(makeRecord(id === "req_11" ? unfit : { id }))));
    await drain.drain();
    expect(await stored()).toEqual(ids.filter((id) => id !== "req_11").toSorted());
    await journal.settle(makeRecord({ id: "req_after" }));
    await journal.close();
    await drain.stop();
    expect(await stored()).toContain("req_after");
    expect(readdirSync(dir).map((name) => name.replace(/.*journal/, ""))).toEqual([".damaged"]);
  });

  test("does not keep the next start from recovering the rest", async () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(
      join(dir, "1.journal"),
      line("req_a") + line(unfit.id, "settled", unfit) + line("req_b") + line(unfit.id, "progress", unfit),
    );
    expect(await store.recoverJournals(root)).toMatchObject({ records: 2, damaged: 1 });
    expect(await stored()).toEqual(["req_a", "req_b"]);
    expect(readdirSync(dir)).toEqual(["1.journal.damaged"]);
  });
});

describe("recovery", () => {
  const write = (name: string, text: string | Uint8Array, process = "0") => {
    mkdirSync(join(root, process), { recursive: true });
    writeFileSync(join(root, process, name), text);
  };

  test("of nothing is nothing", async () => {
    expect(await recoverJournals(join(root, "none"), { store: new MemoryStore(), log })).toEqual({
      records: 0,
      interrupted: 0,
      damaged: 0,
    });
  });

  test("takes settled records of all processes, calls what was under way interrupted, and deletes the files", async () => {
    write("1.journal", line("req_a") + line("req_b", "progress", { outputTokens: 3 }) + line("req_c", "progress"));
    write("2.journal", line("req_b", "progress", { outputTokens: 8 }) + line("req_c"));
    write("1.journal", line("req_d"), "1");
    const store = new MemoryStore();
    expect(await recoverJournals(root, { store, log })).toEqual({ records: 3, interrupted: 1, damaged: 0 });
    expect([...store.records.keys()].toSorted()).toEqual(["req_a", "req_b", "req_c", "req_d"]);
    expect(store.records.get("req_b")).toMatchObject({ outcome: "interrupted", estimated: true, outputTokens: 8 });
    expect(store.records.get("req_c")).toMatchObject({ outcome: "ok" });
    expect(segments()).toEqual([]);
  });

  test("twice changes nothing more, even when the first ended before it deleted the files", async () => {
    const text = line("req_a") + line("req_b", "progress");
    write("1.journal", text);
    const store = new MemoryStore();
    await recoverJournals(root, { store, log });
    const after = new Map(store.records);
    write("1.journal", text);
    expect(await recoverJournals(root, { store, log })).toMatchObject({ records: 0, interrupted: 0 });
    expect(store.records).toEqual(after);
  });

  test("of a file that a crash cut takes the whole lines", async () => {
    const text = Buffer.from(line("req_a") + line("req_b"));
    write("1.journal", text.subarray(0, text.length - 10));
    const store = new MemoryStore();
    expect(await recoverJournals(root, { store, log })).toMatchObject({ records: 1, damaged: 0 });
    expect([...store.records.keys()]).toEqual(["req_a"]);
    expect(segments()).toEqual([]);
  });

  test("keeps a damaged file for people to look at, out of the way of the next start", async () => {
    write("1.journal", `${line("req_a")}${line("req_b").replace("req_b", "req_x")}${line("req_c")}`);
    const store = new MemoryStore();
    expect(await recoverJournals(root, { store, log })).toMatchObject({ records: 2, damaged: 1 });
    expect([...store.records.keys()]).toEqual(["req_a", "req_c"]);
    expect(existsSync(join(dir, "1.journal.damaged"))).toBeTrue();
    expect(await recoverJournals(root, { store, log })).toEqual({ records: 0, interrupted: 0, damaged: 0 });
  });

  test("deletes nothing when the store does not take the records", async () => {
    write("1.journal", line("req_a"));
    const store = new MemoryStore();
    store.fail = true;
    expect(await recoverJournals(root, { store, log }).then(String, () => "failed")).toBe("failed");
    expect(segments()).toEqual(["1.journal"]);
  });
});
