import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert } from "../base/assert.ts";
import { readHolder } from "./account/hold-file.ts";
import { insertFitting, settledRows, type JournalDeps } from "./insert-fitting.ts";
import type { JournalPosition } from "./journal.ts";
import { decodeJournalLines } from "./journal-line.ts";
import { listSegments, sequenceOf } from "./journal-segments.ts";

/** Bytes read at once: about 300 records, which take a few milliseconds. Other calls of the store wait for no more than that. */
const readBytes = 128 * 1024;

/**
 * The same while so much is waiting: about 2,500 records. Sums are updated once a piece, and each piece is synced once, so that
 * records take 37 µs of processor time each instead of 118, with 300 combinations of key, model and provider.
 */
const readBytesBehind = 1024 * 1024;

/** After this time a call ends, at the end of a piece, so that it is known that the store still works. */
const moveMsMax = 1_000;

/**
 * Moves journals into the store, as far as they are durable, and deletes the segments that the store has in full. A segment
 * that holds the last known count of a request under way stays, since only it would be left of that request after a crash.
 */
export class JournalMover {
  readonly #deps: JournalDeps;
  /** Bytes of each segment that the store has. */
  readonly #movedBytes = new Map<string, number>();
  readonly #damaged = new Set<string>();
  /** Where the last count of each request under way is: the path of a segment by the request's id. */
  readonly #underWay = new Map<string, string>();
  readonly #holders = new Map<string, string>();
  #current: Promise<unknown> = Promise.resolve();

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /**
   * Moves the lines before the position, and returns whether that was all of them: a call takes about a second at most. Rejects when the
   * store does not take them. The next call goes on from there.
   */
  move(dir: string, position: JournalPosition): Promise<boolean> {
    const moving = this.#current.then(() => this.#moveSegments(dir, position));
    this.#current = moving.catch(() => undefined);
    return moving;
  }

  async #moveSegments(dir: string, position: JournalPosition): Promise<boolean> {
    const untilMs = performance.now() + moveMsMax;
    const closed: string[] = [];
    let isAll = true;
    for (const segment of listSegments(dir)) {
      const sequence = sequenceOf(segment);
      // A later segment was opened after the position was told.
      if (sequence > position.sequence) continue;
      const path = join(dir, segment);
      const isOpen = sequence === position.sequence;
      isAll = await this.#moveLines(path, isOpen ? position.durableBytes : Number.POSITIVE_INFINITY, untilMs);
      if (!isAll) break;
      if (!isOpen) closed.push(path);
    }
    if (closed.length === 0) return isAll;
    const needed = new Set(this.#underWay.values());
    for (const path of closed) {
      if (needed.has(path)) continue;
      if (this.#damaged.delete(path)) renameSync(path, `${path}.damaged`);
      else rmSync(path);
      this.#movedBytes.delete(path);
    }
    return isAll;
  }

  /** Whose lines are in a folder: while its journal is moved, this process's own or a sibling's, which it is for life. */
  #holderOf(dir: string): string | undefined {
    const known = this.#holders.get(dir) ?? readHolder(dir);
    if (known !== undefined) this.#holders.set(dir, known);
    return known;
  }

  /** Returns false where the time was over before the end. */
  async #moveLines(path: string, durableBytes: number, untilMs: number): Promise<boolean> {
    const end = Math.min(durableBytes, statSync(path).size);
    const pieceBytesAt = (from: number) => (end - from > readBytesBehind ? readBytesBehind : readBytes);
    let pieceBytes = pieceBytesAt(this.#movedBytes.get(path) ?? 0);
    for (;;) {
      const from = this.#movedBytes.get(path) ?? 0;
      const to = Math.min(end, from + pieceBytes);
      if (to <= from) return true;
      if (performance.now() > untilMs) return false;
      const { lines, usedBytes, damaged } = decodeJournalLines(readPiece(path, from, to));
      if (damaged > 0) {
        this.#damaged.add(path);
        this.#deps.log.error(
          { segment: path, damaged },
          "the journal has damaged lines; they are skipped and the file is kept",
        );
      }
      if (usedBytes === 0) {
        if (to === end) return true;
        // The piece ends within its first line; read a longer one.
        pieceBytes *= 2;
        continue;
      }
      const { unfit } = await insertFitting(this.#deps, settledRows(lines), this.#holderOf(dirname(path)));
      if (unfit > 0) this.#damaged.add(path);
      for (const line of lines) {
        if (line.kind === "progress") this.#underWay.set(line.record.id, path);
        else this.#underWay.delete(String(line.values[0]));
      }
      assert(from + usedBytes <= end, "only durable lines are moved");
      this.#movedBytes.set(path, from + usedBytes);
      pieceBytes = pieceBytesAt(from + usedBytes);
      // Lets waiting calls run; they never wait for more than one piece.
      await new Promise<void>((resolve) => setImmediate(resolve));
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
