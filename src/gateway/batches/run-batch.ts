import { SahabError, toSahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import type { FilesForm } from "../../dialect/files-form.ts";
import type { BatchRow, BatchStatus, FileRow, Store } from "../../ledger/index.ts";
import { progressOf, termsOf, type KeptProgress, type KeptTerms } from "./batch-state.ts";
import { Results } from "./results.ts";
import { LineRunner, type LineRunnerDeps } from "./run-lines.ts";
import { validateInput } from "./validate-input.ts";
import { VendorWork } from "./vendor-work.ts";
import type { ServedResult, VendorWorkDeps } from "./worked-batch.ts";
import { lineId, unrunOf, writeResults, type Ending } from "./write-results.ts";

export interface BatchDeps extends VendorWorkDeps, LineRunnerDeps {
  store: Pick<Store, "findBatch" | "changeBatch">;
  /** By the name of a dialect. */
  formOf(dialect: string): FilesForm;
}

const notedEveryMs = 1_000;
/** What is under way when a batch is cancelled may end in this time. */
const cancelGraceMs = 10_000;
const diskPauseMs = 5_000;
const noCounts = { completed: 0, failed: 0 };
/** Of all results together: what 50,000 answers of 10,000 tokens have. */
const resultBytesMax = 2 * 1024 ** 3;

/**
 * One batch, from when this process takes it until it has ended or is given up.
 *
 *   validating ─▶ in_progress ─▶ finalizing ─▶ completed, expired or failed;  cancelling ─▶ cancelled
 *
 * The store has the status. Each change names the states that it starts from and the epoch in which this process took the batch; where
 * it fails, the batch was cancelled meanwhile, or is another's.
 */
export class BatchRun {
  readonly row: BatchRow;
  readonly tenant: Tenant;
  readonly #deps: BatchDeps;
  readonly #form: FilesForm;
  readonly #terms: KeptTerms;
  readonly #stopped = new AbortController();
  readonly #aborted: Promise<void>;
  #status: BatchStatus;
  #ending: Ending | undefined;
  #isGivenUp = false;
  /** What went wrong with this process's work, so that it must begin again. */
  #fault: Error | undefined;
  /** The input cannot be read to its end. */
  #isInputLost = false;
  #progress: KeptProgress;
  #changing: Promise<unknown> = Promise.resolve();
  #results: Results | undefined;
  #lines: { vendor: VendorWork; local: LineRunner } | undefined;
  #isWaiting = false;
  #notedMs = 0;
  #noting: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: BatchDeps, row: BatchRow) {
    this.#deps = deps;
    this.row = row;
    this.tenant = { project: row.project, keyId: row.keyId };
    this.#terms = termsOf(row);
    this.#aborted = new Promise((resolve) => {
      this.#stopped.signal.addEventListener("abort", () => resolve());
    });
    this.#form = deps.formOf(this.#terms.dialect);
    this.#status = row.status;
    this.#progress = progressOf(row);
    if (row.status === "cancelling") this.#end("cancelled");
    else if (row.status === "finalizing") this.#end(this.#progress.ending ?? "completed");
  }

  /** Only vendors are at work on it: hardly anything is held for it here. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** What the store says of it now. */
  look(row: BatchRow): void {
    if (row.epoch !== this.row.epoch) this.giveUp();
    else if (row.status === "cancelling") this.#end("cancelled");
    else if (this.#deps.clock.now() >= row.expiresMs) this.#end("expired");
  }

  /** Leaves it as it is; what is under way is cut unless it ends by itself. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#stopped.abort();
    this.#lines?.vendor.giveUp();
  }

  cut(): void {
    this.#lines?.local.cut();
  }

  /** Resolves when it has ended here. Rejects where it could not go on, and is to be tried again. */
  async run(): Promise<void> {
    try {
      if (!this.#ending && this.#status === "validating" && !(await this.#validate())) return;
      if (this.#deps.clock.now() >= this.row.expiresMs) this.#end("expired");
      this.#results = await Results.open(this.#deps.shelf, this.row.id, this.#progress.total);
      this.#takeCounts();
      const lines = (this.#lines = this.#openLines(this.#results));
      if (this.#isGivenUp) return;
      if (this.#status !== "finalizing") await this.#serveLines(lines);
      if (this.#isGivenUp) return;
      await this.#finish();
      await lines.vendor.discard();
    } finally {
      clearTimeout(this.#noting);
      this.#stopped.abort();
      this.#lines?.vendor.giveUp();
      await this.#lines?.vendor.ended().catch(() => undefined);
      await this.#results?.close();
    }
  }

  /** False where the batch has ended with it. */
  async #validate(): Promise<boolean> {
    const { endpoint } = this.#terms;
    const found = await validateInput(this.#form, this.#input(), endpoint).catch((error: unknown) => {
      const { code, message } = this.#loseInput(error);
      return { errors: [{ code, message, param: null, line: null }], total: 0, model: undefined };
    });
    const { errors, total, model } = found;
    if (errors.length > 0) {
      this.#progress = { ...this.#progress, errors };
      await this.#change(["validating"], "failed");
      return false;
    }
    this.#progress = { ...this.#progress, total, model };
    return (await this.#change(["validating"], "in_progress")) || !this.#isGivenUp;
  }

  #input(): AsyncGenerator<Buffer> {
    return this.#deps.shelf.read({ id: this.row.inputFile, bytes: this.#terms.inputBytes });
  }

  /** Its content is gone, or damaged. Throws where the store or the disk is in the way for the moment. */
  #loseInput(cause: unknown): SahabError {
    if (cause instanceof SahabError) throw cause;
    this.#deps.log.error({ err: cause, batch: this.row.id }, "the input of a batch cannot be read");
    this.#isInputLost = true;
    return new SahabError("not_found", "The input file cannot be read to its end any more", { cause });
  }

  /** The lines that run here, and those that vendors serve. */
  #openLines(results: Results): { vendor: VendorWork; local: LineRunner } {
    const { row, tenant } = this;
    const terms = this.#terms;
    const isDone = (index: number) => results.isDone(index);
    const batch = { row, terms, tenant, form: this.#form, isDone };
    const fail = (error: SahabError) => this.#end("failed", error);
    const vendor = new VendorWork(
      this.#deps,
      {
        ...batch,
        inputFile: { id: row.inputFile, bytes: terms.inputBytes },
        total: results.total,
        fail,
        save: (parts) => {
          this.#progress = { ...this.#progress, parts };
          return this.#change(["in_progress", "cancelling"], undefined);
        },
        add: (line) => this.#add(line),
        note: () => this.#noteProgress(),
      },
      this.#progress.parts ?? [],
    );
    const local = new LineRunner(this.#deps, {
      ...batch,
      stopped: this.#stopped.signal,
      input: () => this.#input(),
      isTaken: (index) => isDone(index) || vendor.holds(index),
      fail,
      failInput: (error) => this.#failInput(error),
      beginAgain: (error) => void this.#beginAgain(error),
      add: async (line) => {
        await this.#add(line);
        await this.#noteProgress();
      },
    });
    return { vendor, local };
  }

  /** Has all lines served, by vendors or here, and again here those that a vendor has not served. */
  async #serveLines({ vendor, local }: { vendor: VendorWork; local: LineRunner }): Promise<void> {
    if (this.#ending) vendor.end(this.#endingMs);
    await vendor.begin().catch((error: unknown) => this.#failInput(error));
    let isMore = !this.#stopped.signal.aborted;
    while (isMore) {
      await local.run();
      this.#isWaiting = true;
      isMore = await Promise.race([vendor.released(), this.#aborted.then(() => false)]).catch((error: unknown) =>
        this.#beginAgain(error),
      );
      this.#isWaiting = false;
    }
    if (!this.#isGivenUp && !this.#fault) this.#end("completed");
    if (this.#isGivenUp || this.#fault) vendor.giveUp();
    else vendor.end(this.#endingMs);
    const timer = this.#ending === "cancelled" ? setTimeout(() => local.cut(), cancelGraceMs) : undefined;
    await local.ended();
    clearTimeout(timer);
    this.#isWaiting = true;
    await vendor.ended();
    this.#isWaiting = false;
    if (this.#fault) throw this.#fault;
  }

  #beginAgain(error: unknown): false {
    this.#fault ??= error instanceof Error ? error : new Error(String(error));
    this.#stopped.abort();
    return false;
  }

  /** When it came to its end, since 1970. */
  get #endingMs(): number {
    const { expiresMs, times } = this.row;
    return this.#ending === "expired" ? expiresMs : (times.cancelling ?? this.#deps.clock.now());
  }

  #failInput(error: unknown): void {
    this.#end("failed", this.#loseInput(error));
  }

  /** Keeps the result, however long the disk is full. */
  async #add({ index, customId, response, error: said, tokens }: ServedResult): Promise<void> {
    const line = this.#form.encodeResult({ id: lineId(this.row.id, index), customId, response, error: said });
    const part = response && response.status < 300 ? "output" : "error";
    for (let tries = 0; ; tries++) {
      try {
        await this.#results?.add({ index, part, tokens, line });
        break;
      } catch (error) {
        if (toSahabError(error).code !== "disk_full" || this.#isGivenUp) throw error;
        if (tries === 0) this.#deps.log.error({ batch: this.row.id }, "a batch waits, since the disk is full");
        await Bun.sleep(diskPauseMs);
      }
    }
    if ((this.#results?.bytes ?? 0) > resultBytesMax)
      this.#end("failed", new SahabError("body_too_large", `The results of a batch may have ${resultBytesMax} bytes`));
  }

  async #finish(): Promise<void> {
    const ending = this.#ending ?? "completed";
    const isCancelled = ending === "cancelled";
    this.#takeCounts(noCounts);
    if (!isCancelled && this.#status !== "finalizing") {
      this.#progress = { ...this.#progress, ending };
      // One that was cancelled meanwhile ends as cancelled.
      if (!(await this.#change(["in_progress"], "finalizing"))) return this.#isGivenUp ? undefined : this.#finish();
    }
    if (!this.#results) return;
    const { id, project, inputFile } = this.row;
    const { clock, shelf } = this.#deps;
    const batch = { id, project, inputFile, terms: this.#terms, nowMs: clock.now() };
    const [error] = this.#progress.errors;
    const unrun = this.#isInputLost ? undefined : unrunOf(ending, error);
    const files = await writeResults({ shelf, form: this.#form }, batch, this.#results, unrun);
    this.#progress = { ...this.#progress, outputFile: files.output?.id, errorFile: files.error?.id };
    const rows = Object.values(files);
    const isChanged = await this.#change([isCancelled ? "cancelling" : "finalizing"], ending, rows);
    const left = isChanged ? await shelf.namesOf(id) : rows.map((row) => row.id);
    for (const name of left) await shelf.remove(name);
  }

  #end(ending: Ending, failure?: SahabError): void {
    if (this.#ending) return;
    this.#ending = ending;
    if (failure) {
      const { code, message } = failure;
      this.#progress = { ...this.#progress, errors: [{ code, message, param: null, line: null }] };
    }
    this.#stopped.abort();
  }

  /** Changes status and progress, one after the other; where that fails, finds out why. */
  #change(from: BatchStatus[], to: BatchStatus | undefined, files: readonly FileRow[] = []): Promise<boolean> {
    const changing = this.#changing.then(() => this.#changeNow(from, to, files));
    this.#changing = changing.catch(() => undefined);
    return changing;
  }

  async #changeNow(from: BatchStatus[], to: BatchStatus | undefined, files: readonly FileRow[]): Promise<boolean> {
    const { store, clock } = this.#deps;
    const { id, epoch, project } = this.row;
    const progress = JSON.stringify(this.#progress);
    const isChanged = await store.changeBatch({ id, epoch, nowMs: clock.now(), from, to, progress, files });
    if (isChanged) this.#status = to ?? this.#status;
    else {
      const now = await store.findBatch({ project, id });
      if (now?.epoch === epoch && now.status === "cancelling") {
        this.#status = "cancelling";
        this.#ending = "cancelled";
        this.#stopped.abort();
      } else this.giveUp();
    }
    return isChanged;
  }

  /** Sums the results that are here and those that vendors report as done but have not handed over. */
  #takeCounts({ completed, failed } = this.#lines?.vendor.counts ?? noCounts): void {
    if (!this.#results) return;
    const { counts, tokens } = this.#results;
    this.#progress = {
      ...this.#progress,
      completed: counts.output + completed,
      failed: counts.error + failed,
      tokens: { ...tokens },
    };
  }

  async #noteProgress(): Promise<void> {
    this.#takeCounts();
    const nowMs = this.#deps.clock.monotonic();
    const waitMs = this.#notedMs + notedEveryMs - nowMs;
    if (waitMs > 0) {
      // The next result may be minutes away.
      this.#noting ??= setTimeout(() => {
        this.#noting = undefined;
        if (!this.#stopped.signal.aborted) void this.#noteProgress();
      }, waitMs);
      return;
    }
    this.#notedMs = nowMs;
    await this.#change(["in_progress", "cancelling"], undefined).catch(() => undefined);
  }
}
