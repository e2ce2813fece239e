import type { JournalLine } from "./journal-line.ts";
import type { UsageValues } from "./record/index.ts";
import { UnfitRecordError, type Store } from "./store/index.ts";

/** What moves records from a journal into the store needs. */
export interface JournalDeps {
  store: Pick<Store, "insertUsage">;
  log: LineLog;
}

/** The part of a log that the thread of the store has, too. */
export interface LineLog {
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Inserts all records that the store can hold. One that it cannot hold is logged and stays in its segment; the others go in. */
export async function insertFitting(
  { store, log }: JournalDeps,
  rows: readonly UsageValues[],
  holder?: string,
): Promise<{ added: number; unfit: number }> {
  try {
    return { added: await store.insertUsage(rows, holder), unfit: 0 };
  } catch (error) {
    if (!(error instanceof UnfitRecordError)) throw error;
    const [first] = rows;
    if (rows.length === 1 && first) {
      log.error({ request: first[0], err: error }, "a usage record cannot be stored; its journal file is kept");
      return { added: 0, unfit: 1 };
    }
    const half = Math.ceil(rows.length / 2);
    const one = await insertFitting({ store, log }, rows.slice(0, half), holder);
    const two = await insertFitting({ store, log }, rows.slice(half), holder);
    return { added: one.added + two.added, unfit: one.unfit + two.unfit };
  }
}

export function settledRows(lines: readonly JournalLine[]): UsageValues[] {
  return lines.flatMap((line) => (line.kind === "settled" ? [line.values] : []));
}
