import { closeSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { assert } from "../base/assert.ts";
import { readHolder } from "./account/hold-file.ts";
import { insertFitting, settledRows, type JournalDeps } from "./insert-fitting.ts";
import type { JournalPosition } from "./journal.ts";
import { decodeJournalLines } from "./journal-line.ts";
import { listSegments, sequenceOf } from "./journal-segments.ts";

/** Bytes read at once: about 400 records, which take a few milliseconds. Other calls of the store wait for no more than that. */
const readBytes = 128 * 1024;

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
  #current: Promise<void> = Promise.resolve();

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /** Moves all lines before the position. Rejects when the store does not take them; the next call goes on from there. */
  move(dir: string, position: JournalPosition): Promise<void> {
    const moving = this.#current.then(() => this.#moveSegments(dir, position));
    this.#current = moving.catch(() => undefined);
    return moving;
  }

  async #moveSegments(dir: string, position: JournalPosition): Promise<void> {
    const closed: string[] = [];
    for (const segment of listSegments(dir)) {
      const sequence = sequenceOf(segment);
      // A later segment was opened after the position was told.
      if (sequence > position.sequence) continue;
      const path = join(dir, segment);
      const isOpen = sequence === position.sequence;
      await this.#moveLines(path, isOpen ? position.durableBytes : Number.POSITIVE_INFINITY);
      if (!isOpen) closed.push(path);
    }
    if (closed.length === 0) return;
    const needed = new Set(this.#underWay.values());
    for (const path of closed) {
      if (needed.has(path)) continue;
      if (this.#damaged.delete(path)) renameSync(path, `${path}.damaged`);
      else rmSync(path);
      this.#movedBytes.delete(path);
    }
  }

  /** Whose lines are in a folder: while its journal is moved, this process's own or a sibling's, which it is for life. */
  #holderOf(dir: string): string | undefined {
    const known = this.#holders.get(dir) ?? readHolder(dir);
    if (known !== undefined) this.#holders.set(dir, known);
    return known;
  }

  async #moveLines(path: string, durableBytes: number): Promise<void> {
    const end = Math.min(durableBytes, statSync(path).size);
    let pieceBytes = readBytes;
    for (;;) {
      const from = this.#movedBytes.get(path) ?? 0;
      const to = Math.min(end, from + pieceBytes);
      if (to <= from) return;
      const { lines, usedBytes, damaged } = decodeJournalLines(readPiece(path, from, to));
      if (damaged > 0) {
        this.#damaged.add(path);
        this.#deps.log.error(
          { segment: path, damaged },
          "the journal has damaged lines; they are skipped and the file is kept",
        );
      }
      if (usedBytes === 0) {
        if (to === end) return;
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
      pieceBytes = readBytes;
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
