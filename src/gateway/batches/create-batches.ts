import { must } from "../../base/assert.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import type { Store } from "../../ledger/index.ts";
import type { FilingDeps } from "../files/filing-request.ts";
import type { RouteTable } from "../match-route.ts";
import { BatchRunner } from "./batch-runner.ts";
import { LineSlots } from "./line-slots.ts";
import { ProjectSlots } from "./project-slots.ts";
import { serveLine, type ServeAlone } from "./serve-line.ts";
import { createVendorPlaces } from "./vendor-places.ts";
import type { VendorWorkDeps } from "./worked-batch.ts";

/** Requests of batches that run at once where the configuration does not say. */
const requestsUsual = 4;
const dayMs = 24 * 3_600_000;
/** For so long a batch that has ended can be asked for. */
const daysKept = 90;

/** Batches that are being given to vendors, or read from them, at once; and those of one project. */
const transfersMax = 4;
const transfersOfProjectMax = 2;

/** Where files and batches are; `process` names this process among those that share the store. */
export type Filing = Pick<FilingDeps, "shelf" | "clock"> & { store: Store; process: string } & Pick<
    VendorWorkDeps,
    "pauses"
  >;

interface Deps extends Omit<Parameters<typeof createVendorPlaces>[0], "folder" | "routes"> {
  filing: Filing;
  dialects: readonly Dialect[];
}

/** What runs batches over the request path, and what deletes files and batches whose time is over. */
export function createBatches(
  outside: Deps,
  path: { routes: RouteTable; serve: ServeAlone },
): { batches: BatchRunner; sweepFiling(): Promise<void> } {
  const { filing, dialects, log, snapshot } = outside;
  const { store, shelf, clock, process, pauses } = filing;
  const batches = new BatchRunner(
    {
      store,
      shelf,
      clock,
      log,
      pauses,
      vendors: createVendorPlaces({ ...outside, folder: shelf.dir, routes: path.routes }),
      transfers: new ProjectSlots(transfersMax, transfersOfProjectMax),
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
