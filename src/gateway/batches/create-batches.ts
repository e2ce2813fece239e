import { must } from "../../base/assert.ts";
import type { Log } from "../../base/log.ts";
import type { Snapshot } from "../../config/index.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import type { Store } from "../../ledger/index.ts";
import type { FilingDeps } from "../files/filing-request.ts";
import type { RouteTable } from "../match-route.ts";
import { BatchRunner } from "./batch-runner.ts";
import { LineSlots } from "./line-slots.ts";
import { serveLine, type ServeAlone } from "./serve-line.ts";

/** Requests of batches that run at once where the configuration does not say. */
const requestsUsual = 4;
const dayMs = 24 * 3_600_000;
/** For so long a batch that has ended can be asked for. */
const daysKept = 90;

/** Where files and batches are; `process` names this process among those that share the store. */
export type Filing = Pick<FilingDeps, "shelf" | "clock"> & { store: Store; process: string };

interface Deps {
  filing: Filing;
  dialects: readonly Dialect[];
  log: Log;
  snapshot: () => Snapshot;
}

/** What runs batches over the request path, and what deletes files and batches whose time is over. */
export function createBatches(
  { filing, dialects, log, snapshot }: Deps,
  path: { routes: RouteTable; serve: ServeAlone },
): { batches: BatchRunner; sweepFiling(): Promise<void> } {
  const { store, shelf, clock, process } = filing;
  const batches = new BatchRunner(
    {
      store,
      shelf,
      clock,
      log,
      slots: new LineSlots(() => snapshot().batchRequests ?? requestsUsual),
      formOf: (name) =>
        must(dialects.find((dialect) => dialect.name === name)?.files, "a batch is of a dialect that has them"),
      serve: (job) => serveLine(path, job),
    },
    { process },
  );
  return {
    batches,
    async sweepFiling() {
      await shelf.sweep();
      await store.sweepBatches(clock.now() - daysKept * dayMs);
    },
  };
}
