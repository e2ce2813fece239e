import type { Clock } from "../../base/clock.ts";
import { SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import type { FilesForm } from "../../dialect/files-form.ts";
import type { BatchRow } from "../../ledger/index.ts";
import { QueuedRequest } from "../queued-request.ts";
import type { KeptTerms } from "./batch-state.ts";
import { inputLines } from "./input-lines.ts";
import { lineClient } from "./line-client.ts";
import type { LineJob, LineOutcome } from "./line-job.ts";
import { BatchPause, judgeLine, type LineTries } from "./line-policy.ts";
import type { LineSlots } from "./line-slots.ts";
import { sleepUnless } from "./sleep-unless.ts";
import type { ServedResult } from "./worked-batch.ts";

export interface LineRunnerDeps {
  slots: LineSlots;
  clock: Clock;
  /** Serves a request in the normal way. Never rejects. */
  serve(job: LineJob): Promise<LineOutcome>;
}

interface RunBatch {
  row: Pick<BatchRow, "id" | "keyId" | "keyHash">;
  terms: KeptTerms;
  tenant: Tenant;
  form: FilesForm;
  /** No more lines are taken. */
  stopped: AbortSignal;
  input(): AsyncGenerator<Buffer>;
  /** The line is done, or a vendor has it. */
  isTaken(index: number): boolean;
  add(line: ServedResult): Promise<void>;
  /** The key does not let the batch go on. */
  fail(error: SahabError): void;
  failInput(error: unknown): void;
  /** This process's work went wrong. */
  beginAgain(error: unknown): void;
}

interface Line extends LineTries {
  index: number;
  customId: string;
  body: Buffer;
}

/** Runs lines of a batch here, each as a request of its own. */
export class LineRunner {
  readonly #deps: LineRunnerDeps;
  readonly #batch: RunBatch;
  readonly #pause = new BatchPause();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #requests = new Set<QueuedRequest>();
  readonly #again: Line[] = [];
  readonly #aborted: Promise<void>;

  constructor(deps: LineRunnerDeps, batch: RunBatch) {
    this.#deps = deps;
    this.#batch = batch;
    this.#aborted = new Promise((resolve) => batch.stopped.addEventListener("abort", () => resolve()));
  }

  /** Goes through the input once. Resolves when all that it took is done, or the batch has stopped. */
  async run(): Promise<void> {
    const { tenant, stopped } = this.#batch;
    const lines = inputLines(this.#batch.input());
    try {
      for (let line = await this.#next(lines); line; line = await this.#next(lines)) {
        const release = await this.#deps.slots.take(tenant, stopped);
        if (!release) break;
        const running = this.#runLine(line)
          .catch((error: unknown) => this.#batch.beginAgain(error))
          .finally(() => {
            release();
            this.#inFlight.delete(running);
          });
        this.#inFlight.add(running);
      }
    } finally {
      await lines.return(undefined);
    }
  }

  /** Resolves when nothing is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#inFlight);
  }

  /** Ends what is under way. */
  cut(): void {
    const reason = new SahabError("client_closed_request", "The batch is not run here any more");
    for (const request of this.#requests) request.cancel(reason);
  }

  /** The next line to be run; undefined where there is none, or no more are taken. */
  async #next(lines: AsyncGenerator<{ index: number; bytes: Buffer | undefined }>): Promise<Line | undefined> {
    const { stopped, form, terms } = this.#batch;
    while (!stopped.aborted) {
      const waitMs = this.#pause.untilMs - this.#deps.clock.monotonic();
      if (waitMs > 0) {
        await sleepUnless(stopped, waitMs);
        continue;
      }
      const again = this.#again.shift();
      if (again) return again;
      const next = await lines.next().catch((error: unknown) => {
        this.#batch.failInput(error);
      });
      if (!next) return undefined;
      if (next.done) {
        if (this.#inFlight.size === 0) return undefined;
        // One of them may have to be run again.
        await Promise.race([...this.#inFlight, this.#aborted]);
        continue;
      }
      const { index, bytes } = next.value;
      if (!bytes || this.#batch.isTaken(index)) continue;
      const { customId, body } = form.readLine(bytes, terms.endpoint);
      return { index, customId, body: Buffer.from(body), waits: 0, troubles: 0 };
    }
    return undefined;
  }

  async #runLine(line: Line): Promise<void> {
    const { row, terms } = this.#batch;
    const request = new QueuedRequest(lineClient(terms), line.body);
    this.#requests.add(request);
    const key = { keyId: row.keyId, hash: row.keyHash };
    const recordId = `req_${row.id.slice(row.id.indexOf("_") + 1)}_${line.index}`;
    const outcome = await this.#deps.serve({ request, key, recordId });
    this.#requests.delete(request);
    const { failure } = outcome;
    if (!failure) this.#pause.reset();
    const verdict = failure && judgeLine(failure, outcome.isAsked, line);
    if (verdict === "cut") return;
    if (failure && verdict === "end batch") return this.#batch.fail(failure);
    if (failure && verdict === "again") {
      this.#pause.begin(failure, outcome.isAsked, this.#deps.clock.monotonic());
      this.#again.push(line);
      return;
    }
    const { status, requestId, body, tokens } = outcome;
    const { index, customId } = line;
    await this.#batch.add({ index, customId, response: { status, requestId, body }, tokens });
  }
}
