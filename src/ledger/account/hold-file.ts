import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomText } from "../../base/ids.ts";
import type { Nano } from "../../base/money.ts";
import type { UnknownSpend } from "../store/account-store.ts";

const idFile = "holder";
const holdsFile = "holds";

/** One slot: the amount in 8 bytes, then the length and the text of what it is for. */
const slotBytes = 512;
const headBytes = 10;
/** Keys that have requests under way at one time; of more, what they hold is not known after a crash. */
const slotsMax = 4_096;

/** What one key has reserved for requests under way, in one set of windows, where a crash cannot lose it. */
export interface HoldSlot {
  /** Nano-units more, or less. */
  add(amount: Nano): void;
}

interface Slot extends HoldSlot {
  name: Buffer;
  amount: Nano;
  /** Where it is in the file; -1 for nowhere. */
  start: number;
}

/**
 * What requests under way have reserved, by key, in a file that is mapped into memory: a write costs nanoseconds, and what is written is
 * there after the process was killed. (A power cut may lose the last moments; then what was under way is not known.)
 */
export class HoldFile {
  /** Names this life of the process. */
  readonly id: string;
  readonly #bytes: Buffer;
  readonly #placed: Slot[] = [];

  /** Makes the files of a new life; those of the last one must have been read. */
  constructor(dir: string) {
    this.id = `hld_${randomText(20)}`;
    const path = join(dir, holdsFile);
    rmSync(path, { force: true });
    this.#bytes = makeBytes(path);
    writeFileSync(join(dir, `${idFile}.new`), this.id, { mode: 0o600 });
    renameSync(join(dir, `${idFile}.new`), join(dir, idFile));
  }

  /** The slot of a key and the windows of `time`, which takes room in the file while it holds something. */
  slotOf({ organisation, project, keyId, currency, time }: Omit<UnknownSpend, "amount">): HoldSlot {
    const name = Buffer.from(JSON.stringify([organisation, project, keyId, currency, time]));
    const slot: Slot = {
      name,
      amount: 0n,
      start: -1,
      add: (amount) => {
        slot.amount += amount;
        if (slot.start >= 0 || this.#place(slot)) this.#bytes.writeBigInt64LE(slot.amount, slot.start);
      },
    };
    return slot;
  }

  /** Gives it a place that is free, or that of one that holds nothing now. Returns false where there is none. */
  #place(slot: Slot): boolean {
    if (slot.name.length > slotBytes - headBytes) return false;
    let index = this.#placed.length;
    if (index === slotsMax) index = this.#placed.findIndex(({ amount }) => amount === 0n);
    if (index === -1) return false;
    const last = this.#placed[index];
    if (last) last.start = -1;
    this.#placed[index] = slot;
    slot.start = index * slotBytes;
    // While the name is being written, nothing counts for whoever it is.
    this.#bytes.writeBigInt64LE(0n, slot.start);
    this.#bytes.writeUInt16LE(slot.name.length, slot.start + 8);
    this.#bytes.set(slot.name, slot.start + headBytes);
    return true;
  }
}

/**
 * The file, mapped. Its blocks are on the disk before it is: a write to one for which there is no room would end the process. Where the disk
 * is full it is memory alone; then no request is admitted either, since the journal takes none.
 */
function makeBytes(path: string): Buffer {
  const bytes = Buffer.alloc(slotsMax * slotBytes);
  try {
    writeFileSync(path, bytes, { mode: 0o600, flag: "wx" });
    return Buffer.from(Bun.mmap(path, { shared: true }).buffer);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") throw error;
    rmSync(path, { force: true });
    return bytes;
  }
}

/** Which process's records are in a journal's folder; undefined where no accounts were kept. */
export function readHolder(dir: string): string | undefined {
  const path = join(dir, idFile);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** What was reserved when the process ended, in a folder of which it is the journal; what is nothing is left out. */
export function readHolds(dir: string): UnknownSpend[] {
  const path = join(dir, holdsFile);
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const holds: UnknownSpend[] = [];
  for (let start = 0; start + slotBytes <= bytes.length; start += slotBytes) {
    const length = bytes.readUInt16LE(start + 8);
    if (length === 0) break;
    const amount = bytes.readBigInt64LE(start);
    if (amount <= 0n || length > slotBytes - headBytes) continue;
    const [organisation, project, keyId, currency, time] = JSON.parse(
      bytes.toString("utf8", start + headBytes, start + headBytes + length),
    ) as [string, string, string, string, number];
    holds.push({ organisation, project, keyId, currency, time, amount });
  }
  return holds;
}

/** What a life has left is in the store. */
export function forgetHolder(dir: string): void {
  rmSync(join(dir, idFile), { force: true });
  rmSync(join(dir, holdsFile), { force: true });
}
