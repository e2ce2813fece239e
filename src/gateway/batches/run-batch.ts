import type { Clock } from "../../base/clock.ts";
import { SahabError, toSahabError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import type { Tenant } from "../../base/shares.ts";
import type { BatchProgress, BatchTokens, FilesForm } from "../../dialect/files-form.ts";
import type { BatchRow, BatchStatus, Store } from "../../ledger/index.ts";
import type { FileShelf } from "../files/file-shelf.ts";
import { QueuedRequest } from "../queued-request.ts";
import { progressOf, termsOf, type KeptTerms } from "./batch-state.ts";
import { inputLines } from "./input-lines.ts";
import { lineClient } from "./line-client.ts";
import { BatchPause, judgeLine, type LineTries } from "./line-policy.ts";
import type { LineSlots } from "./line-slots.ts";
import { Results } from "./results.ts";
import { sleepUnless } from "./sleep-unless.ts";
import { validateInput } from "./validate-input.ts";
import { lineId, unrunOf, writeResults, type Ending } from "./write-results.ts";

/** A request of a batch on its way. */
export interface LineJob {
  request: QueuedRequest;
  key: { keyId: string; hash: string };
  /** Of the record of a success: the same however often the line is run, so that it is billed once. */
  recordId: string;
}

export interface LineOutcome {
  status: number;
  body: string;
  requestId: string;
  /** Undefined for a success. */
  failure: SahabError | undefined;
  /** A target was asked. */
  isAsked: boolean;
  tokens: BatchTokens;
}

export interface BatchDeps {
  store: Pick<Store, "findBatch" | "changeBatch">;
  shelf: FileShelf;
  slots: LineSlots;
  clock: Clock;
  log: Log;
  /** By the name of a dialect. */
  formOf(dialect: string): FilesForm;
  /** Serves a request in the normal way. Never rejects. */
  serve(job: LineJob): Promise<LineOutcome>;
}

interface Line extends LineTries {
  index: number;
  customId: string;
  body: Buffer;
}

interface KeptProgress extends BatchProgress {
  /** What comes after `finalizing`. */
  ending?: Ending | undefined;
}

const notedEveryMs = 1_000;
/** What is under way when a batch is cancelled may end in this time. */
const cancelGraceMs = 10_000;
const diskPauseMs = 5_000;
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
  readonly #pause = new BatchPause();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #requests = new Set<QueuedRequest>();
  readonly #again: Line[] = [];
  readonly #aborted: Promise<void>;
  #status: BatchStatus;
  #ending: Ending | undefined;
  #isGivenUp = false;
  /** What went wrong with this process's work, so that it must begin again. */
  #fault: Error | undefined;
  /** The input cannot be read to its end. */
  #isInputLost = false;
  #progress: KeptProgress;
  #results: Results | undefined;
  #notedMs = 0;

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
  }

  cut(): void {
    const reason = new SahabError("client_closed_request", "The batch is not run here any more");
    for (const request of this.#requests) request.cancel(reason);
  }

  /** Resolves when it has ended here. Rejects where it could not go on, and is to be tried again. */
  async run(): Promise<void> {
    try {
      if (!this.#ending && this.#status === "validating" && !(await this.#validate())) return;
      this.#results = await Results.open(this.#deps.shelf, this.row.id, this.#progress.total);
      this.#takeCounts();
      if (!this.#ending) await this.#runLines();
      if (!this.#isGivenUp) await this.#finish();
    } finally {
      this.#stopped.abort();
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

  // A vendor that has batches can take a whole one here instead: its name and id belong in `row.vendor`, and its results into `Results`.
  async #runLines(): Promise<void> {
    const lines = inputLines(this.#input());
    try {
      for (let line = await this.#next(lines); line; line = await this.#next(lines)) {
        const release = await this.#deps.slots.take(this.tenant, this.#stopped.signal);
        if (!release) break;
        const running = this.#runLine(line)
          .catch((error: unknown) => {
            this.#fault ??= error instanceof Error ? error : new Error(String(error));
            this.#stopped.abort();
          })
          .finally(() => {
            release();
            this.#inFlight.delete(running);
          });
        this.#inFlight.add(running);
      }
    } finally {
      await lines.return(undefined);
    }
    if (!this.#isGivenUp && !this.#fault) this.#end("completed");
    const timer = this.#ending === "cancelled" ? setTimeout(() => this.cut(), cancelGraceMs) : undefined;
    await Promise.all(this.#inFlight);
    clearTimeout(timer);
    if (this.#fault) throw this.#fault;
  }

  /** The next line to be run; undefined where there is none, or no more are taken. */
  async #next(lines: AsyncGenerator<{ index: number; bytes: Buffer | undefined }>): Promise<Line | undefined> {
    while (!this.#stopped.signal.aborted) {
      const waitMs = this.#pause.untilMs - this.#deps.clock.monotonic();
      if (waitMs > 0) {
        await sleepUnless(this.#stopped.signal, waitMs);
        continue;
      }
      const again = this.#again.shift();
      if (again) return again;
      const next = await lines.next().catch((error: unknown) => {
        this.#end("failed", this.#loseInput(error));
        return undefined;
      });
      if (!next) return undefined;
      if (next.done) {
        if (this.#inFlight.size === 0) return undefined;
        // One of them may have to be run again.
        await Promise.race([...this.#inFlight, this.#aborted]);
        continue;
      }
      const { index, bytes } = next.value;
      if (!bytes || this.#results?.isDone(index)) continue;
      const { customId, body } = this.#form.readLine(bytes, this.#terms.endpoint);
      return { index, customId, body: Buffer.from(body), waits: 0, troubles: 0 };
    }
    return undefined;
  }

  async #runLine(line: Line): Promise<void> {
    const { row } = this;
    const request = new QueuedRequest(lineClient(this.#terms), line.body);
    this.#requests.add(request);
    const key = { keyId: row.keyId, hash: row.keyHash };
    const recordId = `req_${row.id.slice(row.id.indexOf("_") + 1)}_${line.index}`;
    const outcome = await this.#deps.serve({ request, key, recordId });
    this.#requests.delete(request);
    const { failure } = outcome;
    if (!failure) this.#pause.reset();
    const verdict = failure && judgeLine(failure, outcome.isAsked, line);
    if (verdict === "cut") return;
    if (failure && verdict === "end batch") return this.#end("failed", failure);
    if (failure && verdict === "again") {
      this.#pause.begin(failure, outcome.isAsked, this.#deps.clock.monotonic());
      this.#again.push(line);
      return;
    }
    await this.#add(line, outcome);
    if ((this.#results?.bytes ?? 0) > resultBytesMax)
      this.#end("failed", new SahabError("body_too_large", `The results of a batch may have ${resultBytesMax} bytes`));
    await this.#noteProgress();
  }

  /** Keeps the result, however long the disk is full. */
  async #add({ index, customId }: Line, { status, requestId, body, failure, tokens }: LineOutcome): Promise<void> {
    const response = { status, requestId, body };
    const line = this.#form.encodeResult({ id: lineId(this.row.id, index), customId, response });
    for (let tries = 0; ; tries++) {
      try {
        await this.#results?.add({ index, part: failure ? "error" : "output", tokens, line });
        return;
      } catch (error) {
        if (toSahabError(error).code !== "disk_full" || this.#isGivenUp) throw error;
        if (tries === 0) this.#deps.log.error({ batch: this.row.id }, "a batch waits, since the disk is full");
        await Bun.sleep(diskPauseMs);
      }
    }
  }

  async #finish(): Promise<void> {
    const ending = this.#ending ?? "completed";
    const isCancelled = ending === "cancelled";
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

  /** Changes status and progress; where that fails, finds out why. */
  async #change(
    from: BatchStatus[],
    to: BatchStatus | undefined,
    files: Parameters<Store["changeBatch"]>[0]["files"] = [],
  ) {
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

  #takeCounts(): void {
    if (!this.#results) return;
    const { counts, tokens } = this.#results;
    this.#progress = { ...this.#progress, completed: counts.output, failed: counts.error, tokens: { ...tokens } };
  }

  async #noteProgress(): Promise<void> {
    this.#takeCounts();
    const nowMs = this.#deps.clock.monotonic();
    if (nowMs - this.#notedMs < notedEveryMs) return;
    this.#notedMs = nowMs;
    // What is not noted now is noted soon, or in the end.
    await this.#change(["in_progress", "cancelling"], undefined).catch(() => undefined);
  }
}
