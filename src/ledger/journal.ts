import { closeSync, constants, ftruncateSync, mkdirSync, openSync, statfsSync, write } from "node:fs";
import { dirname, join } from "node:path";
import { assert } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import { syncFolder } from "../base/sync-folder.ts";
import { encodeJournalLine } from "./journal-line.ts";
import { segmentName } from "./journal-segments.ts";
import { encodeUsageRecord, type UsageRecord } from "./record/index.ts";

/** A segment of this size is closed and the next one begun, so that segments which the store has can be deleted. */
const segmentBytesMax = 4 * 1024 * 1024;

/** Lines waiting for the disk; beyond it requests are refused, to bound the memory. */
const pendingLinesMax = 100_000;

/**
 * Under load the next write waits for `gatherLines` lines or `gatherMs`, because a write costs the process about 40 µs
 * whatever its size. If the last batch had fewer than `busyLines` lines there is no load, and nothing waits.
 */
const gatherLines = 24;
const gatherMs = 1;
const busyLines = 8;
/** How long lines gather that nobody waits for: a thousand streams note their progress 500 times a second. */
const progressMs = 20;

/** With less than this free the journal takes no new requests: what is under way must still fit. It reopens at twice that. */
const freeBytesMin = 1024 * 1024;
/** How often a disk that failed is tried again, and the room on a good one is looked at. */
const retryMs = 250;
const watchMs = 1_000;

/** Append; each write returns when the disk has it, which saves the system call for a sync. */
const openFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_DSYNC;

/** How far a journal may be read. */
export interface JournalPosition {
  /** Number of the open segment, or of the next one where none is open; segments with a smaller number are whole. */
  sequence: number;
  /** How many bytes of the open segment are on the disk. */
  durableBytes: number;
}

/** Records that become durable together; all that wait for them share one promise. */
interface Batch {
  lines: string[];
  /** The settled ones, for which somebody waits. */
  records: UsageRecord[];
  done: PromiseWithResolvers<void>;
}

/**
 * The append-only journal of one process. A record is durable before the last byte of its answer leaves.
 *
 * Group commit: while one write is under way, further lines gather and are written together by the next.
 * So a single request waits for one synchronous write (0.2 ms on the machine of the table in docs/numbers.md) and a thousand share one.
 * States of a segment: open (this process appends) → closed (full) → deleted (move-journal.ts, once the store has it).
 *
 * A write that fails is told to those who wait for it. Their records stay in memory, as ones whose client has heard of the
 * failure, and go first once the disk takes them. Until then `fault` says why no new request may begin; so it does where
 * the disk has hardly any room left, since a request must be recorded once a vendor has been asked.
 */
export class Journal {
  readonly dir: string;
  #file = -1;
  #segment = "";
  #sequence = 0;
  #namedMs = 0;
  #writtenBytes = 0;
  #durableBytes = 0;
  #next = newBatch();
  /** A write is under way or scheduled. */
  #flushing = false;
  /** Runs while records gather for the next write. */
  #gathering: Timer | undefined;
  /** Runs while there are only lines that nobody waits for. */
  #waiting: Timer | undefined;
  #idle: (() => void)[] = [];
  #closed = false;
  #fault: SahabError | undefined;
  /** The last write failed: only one that succeeds shows that the disk is well. */
  #hasFailed = false;
  /** Lines of records that the disk has refused, oldest first. */
  #kept: string[] = [];
  #watch: Timer | undefined;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    syncFolder(dirname(dir));
    this.#openSegment();
    this.#checkRoom(freeBytesMin);
  }

  /** Looks at the disk's room from time to time, and tries again a disk that failed. */
  run(): void {
    this.#watchLater();
  }

  /** Why no new request may begin; undefined while the disk takes records. */
  get fault(): SahabError | undefined {
    return this.#fault;
  }

  /** Lines of records that wait for a disk that has failed. */
  get keptLines(): readonly string[] {
    return this.#kept;
  }

  /** Resolves when the record is durable; rejects with `store_unavailable` when the disk refuses it, and keeps it then. */
  settle(record: UsageRecord): Promise<void> {
    if (this.#closed)
      return Promise.reject(new SahabError("shutting_down", "Sahab is shutting down; send the request again"));
    if (this.#next.lines.length >= pendingLinesMax) {
      return Promise.reject(
        new SahabError("store_unavailable", `The journal is behind by ${pendingLinesMax} records; try again shortly`),
      );
    }
    const batch = this.#next;
    batch.lines.push(encodeJournalLine("settled", encodeUsageRecord(record)));
    batch.records.push(record);
    this.#flushSoon();
    return batch.done.promise;
  }

  /** Writes what a request under way has used so far, so that a crash cannot lose it. Nobody waits for it, so it need not go at once. */
  progress(record: UsageRecord): void {
    if (this.#closed || this.#fault || this.#next.lines.length >= pendingLinesMax) return;
    this.#next.lines.push(encodeJournalLine("progress", encodeUsageRecord(record)));
    if (!this.#flushing) this.#flushLater();
  }

  /** How far the journal may be read now. */
  get position(): JournalPosition {
    if (this.#segment === "") return { sequence: this.#sequence, durableBytes: 0 };
    return { sequence: this.#sequence - 1, durableBytes: this.#durableBytes };
  }

  get openSegment(): string {
    return this.#segment;
  }

  /** Waits until all lines are durable, or the disk has refused them once more; then closes the file. */
  async close(): Promise<void> {
    clearTimeout(this.#watch);
    if (this.#next.lines.length + this.#kept.length > 0) this.#flushSoon();
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    // No segment is open now, so the drain deletes them all.
    this.#segment = "";
    this.#closed = true;
  }

  #flushSoon(): void {
    if (this.#gathering !== undefined && this.#next.lines.length >= gatherLines) this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flushLater(): void {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined;
      this.#flushSoon();
    }, progressMs);
  }

  #flush(): void {
    assert(this.#flushing, "only one chain of writes runs at a time, and it is marked");
    clearTimeout(this.#gathering);
    clearTimeout(this.#waiting);
    this.#gathering = undefined;
    this.#waiting = undefined;
    const batch = this.#next;
    this.#next = newBatch();
    const kept = this.#kept;
    this.#kept = [];
    try {
      if (this.#file < 0 || this.#writtenBytes >= segmentBytesMax) this.#openSegment();
    } catch (error) {
      this.#fail(batch, kept, error);
      return;
    }
    const lines = kept.length === 0 ? batch.lines : [...kept, ...batch.lines];
    // Nothing but the disk itself is to be tried; readers pass over an empty line.
    if (lines.length === 0) lines.push("\n");
    this.#write(batch, kept, Buffer.from(lines.join("")));
  }

  #write(batch: Batch, kept: string[], bytes: Buffer): void {
    write(this.#file, bytes, (error, written) => {
      if (error) {
        this.#fail(batch, kept, error);
        return;
      }
      assert(written > 0 && written <= bytes.length, "a write that succeeds writes something");
      this.#writtenBytes += written;
      if (written < bytes.length) {
        this.#write(batch, kept, bytes.subarray(written));
        return;
      }
      this.#durableBytes = this.#writtenBytes;
      this.#hasFailed = false;
      batch.done.resolve();
      if (this.#fault) this.#checkRoom(2 * freeBytesMin);
      this.#flushed(batch.lines.length);
    });
  }

  #flushed(lines: number): void {
    const isAwaited = this.#next.records.length > 0 || (this.#idle.length > 0 && this.#next.lines.length > 0);
    if (isAwaited) {
      if (lines < busyLines || this.#next.lines.length >= gatherLines) this.#flush();
      else this.#gathering = setTimeout(() => this.#flush(), gatherMs);
      return;
    }
    this.#flushing = false;
    if (this.#next.lines.length > 0) this.#flushLater();
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** What reached the file of a batch that failed is taken back, so that each record is there once, as it ended. */
  #fail(batch: Batch, kept: string[], cause: unknown): void {
    this.#hasFailed = true;
    this.#fault = new SahabError("store_unavailable", `Usage cannot be recorded: ${describe(cause)}`, {
      cause,
      retryAfterS: 1,
    });
    this.#kept = [...kept, ...batch.records.map(encodeRefused)];
    this.#takeBack();
    batch.done.reject(this.#fault);
    this.#flushed(batch.lines.length);
  }

  #takeBack(): void {
    try {
      if (this.#file < 0) return;
      if (this.#writtenBytes > this.#durableBytes) ftruncateSync(this.#file, this.#durableBytes);
      this.#writtenBytes = this.#durableBytes;
    } catch {
      // Readers skip a line that is cut; the next write begins a new file.
      closeSync(this.#file);
      this.#file = -1;
      this.#segment = "";
    }
  }

  #watchLater(): void {
    this.#watch = setTimeout(
      () => {
        if (this.#fault) this.#checkRoom(2 * freeBytesMin);
        else this.#checkRoom(freeBytesMin);
        if (this.#hasFailed) this.#flushSoon();
        this.#watchLater();
      },
      this.#fault ? retryMs : watchMs,
    );
  }

  /** Sets the fault where there is too little room, and clears it where there is enough and writes succeed. */
  #checkRoom(bytesMin: number): void {
    try {
      const { bavail, bsize } = statfsSync(this.dir);
      const free = bavail * bsize;
      if (free < bytesMin)
        this.#fault = new SahabError(
          "store_unavailable",
          `Usage cannot be recorded: the disk of the data folder has ${free} bytes free; at least ${bytesMin} are needed`,
          { retryAfterS: 1 },
        );
      else if (!this.#hasFailed) this.#fault = undefined;
    } catch (cause) {
      this.#fault = new SahabError("store_unavailable", `Usage cannot be recorded: ${describe(cause)}`, { cause });
    }
  }

  #openSegment(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    // Names sort by their time, whatever the machine's clock does.
    this.#namedMs = Math.max(this.#namedMs, Date.now());
    const segment = segmentName(this.#namedMs, this.#sequence++);
    this.#file = openSync(join(this.dir, segment), openFlags, 0o600);
    this.#segment = segment;
    this.#writtenBytes = 0;
    this.#durableBytes = 0;
    syncFolder(this.dir);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Nobody waits for progress lines; a failure to write them must not end the process.
  done.promise.catch(() => undefined);
  return { lines: [], records: [], done };
}

/** The record of a request whose client has heard that it could not be recorded. */
function encodeRefused(record: UsageRecord): string {
  const isWhole = record.outcome === "ok";
  const told: UsageRecord = isWhole ? { ...record, status: 503, outcome: "store_unavailable" } : record;
  return encodeJournalLine("settled", encodeUsageRecord(told));
}

function describe(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk of the data folder is full";
  if (code === "EROFS") return "the disk of the data folder is read-only";
  return `the journal cannot be written (${code ?? message ?? String(cause)})`;
}
