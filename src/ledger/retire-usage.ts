import { randomText } from "../base/ids.ts";
import type { UsageRecord } from "./record/index.ts";
import type { RetentionStore } from "./store/index.ts";
import { exportsOf, readExportIds, writeExport } from "./usage-exports.ts";

const dayMs = 86_400_000;

/** Records that are read or deleted by one statement: about 10 ms. Other calls of the store wait for no more than that. */
const stepRows = 500;

/** How long no other process exports or deletes after a step of this one. */
const leaseMs = 5 * 60_000;

/**
 * Exports usage records into files by the day, and deletes them. States of a day (UTC): whole → exported (reports ask for no records of it
 * any more) → deleted. What is deleted is what was read back from a file, so nothing goes that an export does not have; a record that
 * came late goes into a file of its own.
 */
export class UsageRetirer {
  readonly #store: RetentionStore;
  readonly #owner = randomText(16);

  constructor(deps: { store: RetentionStore }) {
    this.#store = deps.store;
  }

  /** Exports the oldest whole day before `beforeMs` that is not exported yet; returns it, or undefined where there is none to do. */
  async exportDay(dir: string, beforeMs: number, signal: AbortSignal): Promise<string | undefined> {
    const upkeep = await this.#store.takeUpkeep(this.#owner, leaseMs);
    if (!upkeep) return undefined;
    const { recordsFromMs } = upkeep;
    const until = startOfDay(beforeMs);
    const oldest = await this.#store.oldestUsageMs({ ...(recordsFromMs !== null && { since: recordsFromMs }), until });
    if (oldest === undefined) return undefined;
    const since = startOfDay(oldest);
    const day = nameOfDay(since);
    // A file of an earlier run that was cut off before it said so is whole; what it lacks is exported before it is deleted.
    if (exportsOf(dir, day).length === 0) await this.#write(dir, since, signal);
    await this.#store.endRecordsBefore(since + dayMs);
    return day;
  }

  /** Deletes what is exported of the oldest exported day that still has records; returns the day, or undefined where there is none. */
  async deleteDay(dir: string, signal: AbortSignal): Promise<string | undefined> {
    const upkeep = await this.#store.takeUpkeep(this.#owner, leaseMs);
    if (!upkeep || upkeep.recordsFromMs === null) return undefined;
    const oldest = await this.#store.oldestUsageMs({ until: upkeep.recordsFromMs });
    if (oldest === undefined) return undefined;
    const since = startOfDay(oldest);
    const day = nameOfDay(since);
    for (const path of exportsOf(dir, day)) {
      // Nothing is deleted for a file that is cut or damaged anywhere.
      for await (const _ of readExportIds(path, stepRows)) signal.throwIfAborted();
      for await (const ids of readExportIds(path, stepRows)) {
        await this.#store.deleteUsage(ids);
        await this.#rest(signal);
      }
    }
    // The next call deletes these.
    const left = await this.#store.oldestUsageMs({ since, until: since + dayMs });
    if (left !== undefined) await this.#write(dir, since, signal);
    return day;
  }

  #write(dir: string, since: number, signal: AbortSignal): Promise<void> {
    return writeExport(dir, nameOfDay(since), this.#pages(since, signal));
  }

  async *#pages(since: number, signal: AbortSignal): AsyncGenerator<UsageRecord[]> {
    let after: UsageRecord | undefined;
    for (;;) {
      const records = await this.#store.readUsage({ since, until: since + dayMs }, { limit: stepRows, after });
      yield records;
      after = records.at(-1);
      if (!after) return;
      await this.#rest(signal);
    }
  }

  /** Lets other calls run, and makes sure that this one may go on. */
  async #rest(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    if (!(await this.#store.takeUpkeep(this.#owner, leaseMs)))
      throw new Error("another process exports usage records now; this one held the lease no longer");
  }
}

function startOfDay(timeMs: number): number {
  return Math.floor(timeMs / dayMs) * dayMs;
}

function nameOfDay(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}
