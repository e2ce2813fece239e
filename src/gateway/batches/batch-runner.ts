import { randomText } from "../../base/ids.ts";
import type { BatchRow, Store } from "../../ledger/index.ts";
import { BatchRun, type BatchDeps } from "./run-batch.ts";

/** How often it is looked for batches that others have added, cancelled or left. */
const lookMs = 2_000;
/** A process that has not been heard of for so long has lost its batches. */
const leaseMs = 30_000;
/** Each has its input open, and a line or two of it in memory. */
const openMax = 32;
/** How many times what is left of them a project may have: three quarters while it is alone (see Shares). */
const openShare = 3;
/** Of those that vendors run; each has a byte for a line. */
const waitingMax = 1_000;
/** A batch that could not go on is left alone for so long. */
const againMs = 5_000;

type RunnerDeps = Omit<BatchDeps, "store"> & {
  store: BatchDeps["store"] & Pick<Store, "claimBatches" | "releaseBatches">;
};

/**
 * Runs batches, each request of them in the normal way, at most so many at once. Of several processes one has all batches, by a lease
 * in the store.
 */
export class BatchRunner {
  readonly #deps: RunnerDeps;
  readonly #owner: string;
  readonly #runs = new Map<string, BatchRun>();
  readonly #ended = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;
  #looksAgain = false;
  #isStopping = false;

  /** `process` names this process among those that share the store. */
  constructor(deps: RunnerDeps, options: { process: string }) {
    this.#deps = deps;
    // A life of its own: one that was given up must not be taken for its successor.
    this.#owner = `${options.process}.${randomText(8)}`;
  }

  run(): void {
    this.#timer = setInterval(() => this.wake(), lookMs);
    this.wake();
  }

  /** A batch was added or cancelled. */
  wake(): void {
    if (this.#isStopping || this.#timer === undefined) return;
    this.#looksAgain = true;
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  /** Takes no more lines. What is being served may go on until requests are ended. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#looking;
    for (const run of this.#runs.values()) run.giveUp();
  }

  /** Resolves when nothing is being served any more, and others may have the batches. */
  async stopped(): Promise<void> {
    await Promise.all(this.#ended);
    await this.#deps.store
      .releaseBatches(this.#owner)
      .catch((error: unknown) => this.#deps.log.warn({ err: error }, "batches could not be released"));
  }

  async #look(): Promise<void> {
    while (this.#looksAgain && !this.#isStopping) {
      this.#looksAgain = false;
      try {
        const nowMs = this.#deps.clock.now();
        const rows = await this.#deps.store.claimBatches({ owner: this.#owner, nowMs, untilMs: nowMs + leaseMs });
        this.#take(rows);
      } catch {
        // A store that does not answer is told of elsewhere; the next look is soon.
      }
    }
  }

  #take(rows: readonly BatchRow[]): void {
    if (this.#isStopping) return;
    const byId = new Map(rows.map((row) => [row.id, row]));
    for (const [id, run] of this.#runs) {
      const row = byId.get(id);
      if (row) run.look(row);
      else {
        run.giveUp();
        run.cut();
      }
    }
    const isOpen = (row: BatchRow) => this.#runs.has(row.id);
    for (const row of inTurns(rows, isOpen)) {
      if (this.#isFull) return;
      if (this.#hasShare(row.project)) this.#start(row);
    }
  }

  /** So that a project which has nothing open yet finds room: a batch may be open for days. */
  #hasShare(project: string): boolean {
    let [open, own] = [0, 0];
    for (const run of this.#runs.values()) {
      if (run.isWaiting) continue;
      open++;
      if (run.row.project === project) own++;
    }
    return own < openShare * (openMax - open);
  }

  get #isFull(): boolean {
    let open = 0;
    for (const run of this.#runs.values()) if (!run.isWaiting) open++;
    return open >= openMax || this.#runs.size >= waitingMax;
  }

  #start(row: BatchRow): void {
    const run = new BatchRun(this.#deps, row);
    this.#runs.set(row.id, run);
    const ended = this.#runToEnd(run).finally(() => {
      this.#runs.delete(row.id);
      this.#ended.delete(ended);
      this.wake();
    });
    this.#ended.add(ended);
  }

  async #runToEnd(run: BatchRun): Promise<void> {
    try {
      await run.run();
    } catch (error) {
      this.#deps.log.error({ err: error, batch: run.row.id }, "a batch could not go on; it is tried again");
      if (!this.#isStopping) await Bun.sleep(againMs);
    }
  }
}

/** Those that are not open yet: first of projects that have the fewest open. */
function inTurns(rows: readonly BatchRow[], isOpen: (row: BatchRow) => boolean): BatchRow[] {
  const counts = new Map<string, number>();
  const ranked: { row: BatchRow; rank: number }[] = [];
  for (const row of [...rows].sort((one, other) => Number(isOpen(other)) - Number(isOpen(one)))) {
    const rank = counts.get(row.project) ?? 0;
    counts.set(row.project, rank + 1);
    if (!isOpen(row)) ranked.push({ row, rank });
  }
  return ranked.sort((one, other) => one.rank - other.rank).map(({ row }) => row);
}
