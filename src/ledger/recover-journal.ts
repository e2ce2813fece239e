import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { forgetHolder, readHolder, readHolds } from "./account/hold-file.ts";
import { unknownSpend } from "./account/unknown-spend.ts";
import { insertFitting, settledRows, type JournalDeps } from "./insert-fitting.ts";
import { decodeJournalLines } from "./journal-line.ts";
import { listSegments } from "./journal-segments.ts";
import { encodeUsageValues, type UsageRecord } from "./record/index.ts";
import type { Store, UnknownSpend } from "./store/index.ts";

/** What recovers journals needs. */
type RecoveryDeps = JournalDeps & { store: Pick<Store, "closeHolder"> };

/** What a recovery found. */
export interface Recovered {
  records: number;
  interrupted: number;
  damaged: number;
}

/** Recovers the journals of all processes of an earlier run, one folder each. */
export async function recoverJournals(root: string, deps: RecoveryDeps): Promise<Recovered> {
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
export async function recoverJournal(dir: string, deps: RecoveryDeps): Promise<Recovered> {
  const found: Recovered = { records: 0, interrupted: 0, damaged: 0 };
  if (!existsSync(dir)) return found;
  const holder = readHolder(dir);
  const open = new Map<string, UsageRecord>();
  const done: (() => void)[] = [];
  for (const segment of listSegments(dir)) {
    const path = join(dir, segment);
    const { lines, usedBytes, damaged } = decodeJournalLines(await Bun.file(path).bytes());
    for (const line of lines) {
      if (line.kind === "progress") open.set(line.record.id, line.record);
      else open.delete(String(line.values[0]));
    }
    const { added, unfit } = await insertFitting(deps, settledRows(lines), holder);
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
  found.interrupted = (await insertFitting(deps, interrupted, holder)).added;
  if (holder !== undefined) {
    await deps.store.closeHolder(holder, unknownSpend(readHolds(dir), [...open.values()].map(knownSpend)));
    forgetHolder(dir);
  }
  for (const finish of done) finish();
  return found;
}

function knownSpend(record: UsageRecord): UnknownSpend {
  const { organisation, project, keyId, time, accountCost, accountCurrency, cost, currency } = record;
  return { organisation, project, keyId, time, amount: accountCost ?? cost, currency: accountCurrency ?? currency };
}
