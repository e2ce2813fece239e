import { closeSync, constants, fsyncSync, mkdirSync, openSync, write } from "node:fs";
import { join } from "node:path";
import { SahabError } from "../base/errors.ts";
import { encodeJournalLine } from "./journal-line.ts";
import { encodeUsageRecord, type UsageRecord } from "./usage-record.ts";

/** A full segment is closed and the next one begun, so that what the store has taken can be deleted. */
const segmentBytesMax = 4 * 1024 * 1024;

/** Lines waiting for the disk; beyond it requests are refused instead of held in memory. */
const pendingLinesMax = 100_000;

/**
 * Under load the next write waits until so many records share it, or so long: a write costs the process about 40 µs
 * however much it carries. A batch below `busyLines` is a sign that there is no load, and then nothing waits.
 */
const gatherLines = 24;
const gatherMs = 1;
const busyLines = 8;

/** Appending, and each write returns only when the disk has it: one system call instead of a write and a sync. */
const openFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_DSYNC;

/** Records that become durable together; all that wait for them share one promise. */
interface Batch {
  lines: string[];
  done: PromiseWithResolvers<void>;
}

/**
 * The append-only journal of one process: what happened, durable before the last byte of an answer leaves.
 *
 * Group commit: while one write is on its way to the disk, further lines gather, and go out together in the next.
 * So a lone request waits for one synchronous write (0.2 ms on the machine of the README's table) and a thousand share one.
 * States of a segment: open (this process appends) → closed (full) → deleted (drain-journal.ts, once the store has it).
 */
export class Journal {
  readonly dir: string;
  #file = -1;
  #segment = "";
  #sequence = 0;
  #writtenBytes = 0;
  #durableBytes = 0;
  #next = newBatch();
  /** A write is on its way, or about to be. */
  #flushing = false;
  /** Runs while records gather for the next write. */
  #gathering: Timer | undefined;
  #idle: (() => void)[] = [];
  #closed = false;

  constructor(dir: string) {
    this.dir = dir;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    this.#openSegment();
  }

  /** Resolves when the record is durable; rejects with `store_unavailable` when the disk does not take it. */
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
    this.#flushSoon();
    return batch.done.promise;
  }

  /** Notes what a request still under way has used so far, for the case of a crash. Nobody waits for it. */
  progress(record: UsageRecord): void {
    if (this.#closed || this.#next.lines.length >= pendingLinesMax) return;
    this.#next.lines.push(encodeJournalLine("progress", encodeUsageRecord(record)));
    this.#flushSoon();
  }

  /** How far each segment may be read: the open one as far as it is durable, any other to its end. */
  durableBytes(segment: string): number {
    return segment === this.#segment ? this.#durableBytes : Number.POSITIVE_INFINITY;
  }

  get openSegment(): string {
    return this.#segment;
  }

  /** Waits until all lines are durable, then closes the file. */
  async close(): Promise<void> {
    if (this.#flushing) await new Promise<void>((resolve) => this.#idle.push(resolve));
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    // No segment is open now, so that a drain takes them all.
    this.#segment = "";
    this.#closed = true;
  }

  #flushSoon(): void {
    if (this.#gathering !== undefined && this.#next.lines.length >= gatherLines) this.#flush();
    if (this.#flushing) return;
    this.#flushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    const batch = this.#next;
    this.#next = newBatch();
    try {
      if (this.#file < 0 || this.#writtenBytes >= segmentBytesMax) this.#openSegment();
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#write(batch, Buffer.from(batch.lines.join("")));
  }

  #write(batch: Batch, bytes: Buffer): void {
    write(this.#file, bytes, (error, written) => {
      if (error) {
        this.#fail(batch, error);
        return;
      }
      this.#writtenBytes += written;
      if (written < bytes.length) {
        this.#write(batch, bytes.subarray(written));
        return;
      }
      this.#durableBytes = this.#writtenBytes;
      batch.done.resolve();
      this.#flushed(batch.lines.length);
    });
  }

  #flushed(lines: number): void {
    if (this.#next.lines.length > 0) {
      if (lines < busyLines || this.#next.lines.length >= gatherLines) this.#flush();
      else this.#gathering = setTimeout(() => this.#flush(), gatherMs);
      return;
    }
    this.#flushing = false;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** A half-written line stays behind in the failed segment, where readers skip it; the next write starts a new file. */
  #fail(batch: Batch, cause: unknown): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    this.#segment = "";
    batch.done.reject(
      new SahabError("store_unavailable", "The journal cannot be written; see the log for the disk's error", { cause }),
    );
    this.#flushed(batch.lines.length);
  }

  #openSegment(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
    const segment = `${Date.now().toString().padStart(14, "0")}-${process.pid}-${this.#sequence++}.journal`;
    this.#file = openSync(join(this.dir, segment), openFlags, 0o600);
    this.#segment = segment;
    this.#writtenBytes = 0;
    this.#durableBytes = 0;
    // Without this a power cut could lose the file's name while its content is safe.
    const dir = openSync(this.dir, "r");
    fsyncSync(dir);
    closeSync(dir);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Progress lines have nobody who waits; a failure to write them must not end the process.
  done.promise.catch(() => undefined);
  return { lines: [], done };
}
