import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { assert } from "../base/assert.ts";
import type { Log } from "../base/log.ts";
import type { Journal } from "./journal.ts";
import { decodeJournalLines, type JournalLine } from "./journal-line.ts";
import { encodeUsageValues, type UsageRecord, type UsageValues } from "./record/index.ts";
import { UnfitRecordError, type Store } from "./store/index.ts";

/** Bytes read at once: about 150 records, which hold the event loop for a millisecond or two. */
const readBytes = 48 * 1024;

interface DrainDeps {
  journal: Journal;
  store: Pick<Store, "insertUsage">;
  log: Log;
}

/** Moves the durable lines of this process's journal into the store, in batches, again and again until stopped. */
export class JournalDrain {
  readonly #deps: DrainDeps;
  readonly #positions = new Map<string, number>();
  readonly #damaged = new Set<string>();
  readonly #intervalMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #current: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(deps: DrainDeps, options: { intervalMs?: number } = {}) {
    this.#deps = deps;
    this.#intervalMs = options.intervalMs ?? 250;
  }

  run(): void {
    this.#timer = setTimeout(() => {
      void this.drain().finally(() => {
        if (!this.#stopped) this.run();
      });
    }, this.#intervalMs);
  }

  /** Moves all lines that are durable now. If the store fails, the next round tries again; nothing is lost. */
  drain(): Promise<void> {
    this.#current = this.#current.then(() => this.#drainSegments());
    return this.#current;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.drain();
  }

  async #drainSegments(): Promise<void> {
    const { journal, store, log } = this.#deps;
    try {
      for (const segment of listSegments(journal.dir)) {
        const path = join(journal.dir, segment);
        let pieceBytes = readBytes;
        for (;;) {
          const from = this.#positions.get(segment) ?? 0;
          const end = Math.min(journal.durableBytes(segment), statSync(path).size);
          const to = Math.min(end, from + pieceBytes);
          if (to <= from) break;
          const { lines, usedBytes, damaged } = decodeJournalLines(readPiece(path, from, to));
          if (damaged > 0) {
            this.#damaged.add(segment);
            log.error({ segment, damaged }, "the journal has damaged lines; they are skipped and the file is kept");
          }
          if (usedBytes === 0) {
            if (to === end) break;
            // The piece ends within its first line; read a longer one.
            pieceBytes *= 2;
            continue;
          }
          const { unfit } = await insertFitting(store, settledRows(lines), log);
          if (unfit > 0) this.#damaged.add(segment);
          assert(from + usedBytes <= end, "only durable lines are drained");
          this.#positions.set(segment, from + usedBytes);
          pieceBytes = readBytes;
          // Lets waiting requests run; they never wait for more than one piece.
          await new Promise<void>((resolve) => setImmediate(resolve));
        }
        if (segment === journal.openSegment) continue;
        if (this.#damaged.delete(segment)) renameSync(path, `${path}.damaged`);
        else rmSync(path);
        this.#positions.delete(segment);
      }
    } catch (error) {
      log.warn({ err: error }, "the store did not take usage records; they stay in the journal and are tried again");
    }
  }
}

/** Synchronous: the bytes were just written and are in memory; waking another thread takes longer than the copy. */
function readPiece(path: string, from: number, to: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(to - from);
  const file = openSync(path, "r");
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
  } finally {
    closeSync(file);
  }
}

interface Recovered {
  records: number;
  interrupted: number;
  damaged: number;
}

/** Recovers the journals of all processes of an earlier run, one folder each. */
export async function recoverJournals(root: string, deps: Pick<DrainDeps, "store" | "log">): Promise<Recovered> {
  const total: Recovered = { records: 0, interrupted: 0, damaged: 0 };
  if (!existsSync(root)) return total;
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const found = await recoverJournal(join(root, entry.name), deps);
    total.records += found.records;
    total.interrupted += found.interrupted;
    total.damaged += found.damaged;
  }
  return total;
}

/**
 * Recovers the journal of a process that has ended. Settled records go into the store under their own ids; those already
 * there stay as they are. A request that was under way is recorded as `interrupted` with its last known count.
 * Runs before another process opens its journal in the same folder.
 */
export async function recoverJournal(dir: string, deps: Pick<DrainDeps, "store" | "log">): Promise<Recovered> {
  const found: Recovered = { records: 0, interrupted: 0, damaged: 0 };
  if (!existsSync(dir)) return found;
  const open = new Map<string, UsageRecord>();
  const done: (() => void)[] = [];
  for (const segment of listSegments(dir)) {
    const path = join(dir, segment);
    const { lines, usedBytes, damaged } = decodeJournalLines(await Bun.file(path).bytes());
    for (const line of lines) {
      if (line.kind === "progress") open.set(line.record.id, line.record);
      else open.delete(String(line.values[0]));
    }
    const { added, unfit } = await insertFitting(deps.store, settledRows(lines), deps.log);
    found.records += added;
    found.damaged += damaged + unfit;
    if (statSync(path).size > usedBytes) {
      deps.log.warn(
        { segment },
        "the journal ends in the middle of a record, which a crash cut; its answer had not been sent",
      );
    }
    if (damaged > 0)
      deps.log.error({ segment, damaged }, "the journal has damaged lines; they are skipped and the file is kept");
    // A damaged segment is kept for people to examine; its good lines are safe in the store.
    done.push(() => (damaged + unfit > 0 ? renameSync(path, `${path}.damaged`) : rmSync(path)));
  }
  const interrupted = [...open.values()].map((record) =>
    encodeUsageValues({ ...record, outcome: "interrupted", estimated: true }),
  );
  found.interrupted = (await insertFitting(deps.store, interrupted, deps.log)).added;
  for (const finish of done) finish();
  return found;
}

function settledRows(lines: readonly JournalLine[]): UsageValues[] {
  return lines.flatMap((line) => (line.kind === "settled" ? [line.values] : []));
}

/** Inserts all records that the store can hold. One that it cannot hold is logged and stays in its segment; the others go in. */
async function insertFitting(
  store: DrainDeps["store"],
  rows: readonly UsageValues[],
  log: Log,
): Promise<{ added: number; unfit: number }> {
  try {
    return { added: await store.insertUsage(rows), unfit: 0 };
  } catch (error) {
    if (!(error instanceof UnfitRecordError)) throw error;
    const [first] = rows;
    if (rows.length === 1 && first) {
      log.error({ request: first[0], err: error }, "a usage record cannot be stored; its journal file is kept");
      return { added: 0, unfit: 1 };
    }
    const half = Math.ceil(rows.length / 2);
    const one = await insertFitting(store, rows.slice(0, half), log);
    const two = await insertFitting(store, rows.slice(half), log);
    return { added: one.added + two.added, unfit: one.unfit + two.unfit };
  }
}

function listSegments(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith(".journal"))
    .sort();
}
