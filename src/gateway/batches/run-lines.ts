import type { Clock } from "../../base/clock.ts";
import { errorTable, SahabError } from "../../base/errors.ts";
import type { Tenant } from "../../base/shares.ts";
import type { FilesForm } from "../../dialect/files-form.ts";
import type { BatchRow } from "../../ledger/index.ts";
import { QueuedRequest } from "../queued-request.ts";
import type { KeptTerms } from "./batch-state.ts";
import { inputLines } from "./input-lines.ts";
import { lineClient } from "./line-client.ts";
import type { LineJob, LineOutcome } from "./line-job.ts";
import { HeldLines, type Line } from "./held-lines.ts";
import { countTry, isOfMoment, judgeLine, pauseMsMin } from "./line-policy.ts";
import type { LineSlots } from "./line-slots.ts";
import { ModelWaits } from "./model-waits.ts";
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

/** Runs lines of a batch here, each as a request of its own. */
export class LineRunner {
  readonly #deps: LineRunnerDeps;
  readonly #batch: RunBatch;
  readonly #models = new ModelWaits();
  readonly #untilMs = (model: string) => this.#models.untilMs(model);
  readonly #held = new HeldLines();
  /** Until then there is no room for any line, whatever its model. */
  #pausedUntilMs = 0;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #requests = new Set<QueuedRequest>();
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
      for (;;) {
        // The slot comes first: of many batches that wait for one, none holds a line meanwhile.
        const release = await this.#deps.slots.take(tenant, stopped);
        if (!release) break;
        const line = await this.#next(lines);
        if (!line || "until" in line) {
          release();
          if (!line) break;
          await line.until();
          continue;
        }
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

  /** The next line to be run, or what to wait for, without a slot, until there may be one; undefined where there is none, or no more are taken. */
  async #next(
    lines: AsyncGenerator<{ index: number; bytes: Buffer | undefined }>,
  ): Promise<Line | { until(): Promise<void> } | undefined> {
    const { stopped, form, terms } = this.#batch;
    const change = { until: () => this.#change() };
    while (!stopped.aborted) {
      const nowMs = this.#deps.clock.monotonic();
      const pauseMs = this.#pausedUntilMs - nowMs;
      if (pauseMs > 0) return { until: () => sleepUnless(stopped, pauseMs) };
      const held = this.#held.take(this.#untilMs, nowMs);
      if (held) return held;
      if (this.#held.isFull) return change;
      const next = await lines.next().catch((error: unknown) => {
        this.#batch.failInput(error);
      });
      if (!next) return undefined;
      if (next.done) {
        if (this.#inFlight.size === 0 && this.#held.isEmpty) return undefined;
        // One of those under way may have to be run again.
        return change;
      }
      const { index, bytes } = next.value;
      if (!bytes || this.#batch.isTaken(index)) continue;
      const { customId, model, body } = form.readLine(bytes, terms.endpoint);
      const line = { index, customId, model, body: Buffer.from(body), waits: 0, troubles: 0 };
      if (this.#untilMs(model) <= nowMs) return line;
      this.#held.push(line);
    }
    return undefined;
  }

  /** Resolves when a line has ended, one that is held may run, or the batch has stopped. */
  async #change(): Promise<void> {
    const changed = new AbortController();
    const waitMs = this.#held.firstMs(this.#untilMs) - this.#deps.clock.monotonic();
    const waited = Number.isFinite(waitMs) ? [sleepUnless(changed.signal, Math.max(waitMs, 0))] : [];
    await Promise.race([...this.#inFlight, this.#aborted, ...waited]);
    changed.abort();
  }

  async #runLine(line: Line): Promise<void> {
    const { row, terms } = this.#batch;
    const request = new QueuedRequest(lineClient(terms), line.body);
    this.#requests.add(request);
    const key = { keyId: row.keyId, hash: row.keyHash };
    const recordId = `req_${row.id.slice(row.id.indexOf("_") + 1)}_${line.index}`;
    const { clock, serve } = this.#deps;
    const { model } = line;
    const startedMs = clock.monotonic();
    const asksAtRest = this.#models.asksAtRest(model, startedMs);
    const outcome = await serve({ request, key, attribution: terms.attribution, recordId, asksAtRest });
    this.#requests.delete(request);
    const { failure } = outcome;
    const nowMs = clock.monotonic();
    if (!failure) {
      this.#models.noteSuccess(model);
      return this.#add(line, outcome);
    }
    if (outcome.isAtRest) {
      const shared = this.#models.shared(model);
      if (shared) return this.#add(line, shared);
      this.#models.noteRest(model, nowMs);
      this.#held.push(line);
      return;
    }
    const isTry = outcome.isAsked || !isOfMoment(failure);
    if (isTry) countTry(line, failure);
    const verdict = judgeLine(failure, outcome, line);
    if (verdict === "cut") return;
    if (verdict === "end batch") return this.#batch.fail(failure);
    if (outcome.isAsked && (verdict === "again" || errorTable[failure.code].unhealthy))
      this.#models.noteFailure(model, { outcome, failure, startedMs, nowMs });
    if (verdict === "final" || (outcome.isAsked && this.#models.shared(model))) return this.#add(line, outcome);
    if (!outcome.isAsked) this.#pausedUntilMs = nowMs + pauseMsMin;
    this.#held.push(line);
  }

  async #add({ index, customId }: Line, { status, requestId, body, tokens }: LineOutcome): Promise<void> {
    await this.#batch.add({ index, customId, response: { status, requestId, body }, tokens });
  }
}
