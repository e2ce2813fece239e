import { SahabError, type ErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { formatNano, type Nano } from "../base/money.ts";
import { noUsage, type Usage } from "../call/index.ts";
import { VendorWords } from "../dialect/openai-chat/index.ts";
import { costOf, freePrice, type Caller, type Journal, type Price, type UsageRecord } from "../ledger/index.ts";
import { Attempt, type Operation } from "../vendor/index.ts";
import { estimateTokens } from "./estimate.ts";
import type { InFlight } from "./in-flight.ts";
import type { GatewayMetrics } from "./metrics.ts";

/** The client's connection, as far as its idle timeout goes. */
export interface ClientConnection {
  /** Silence is the model thinking now, not the client idling. */
  hold(): void;
  /** The answer is complete: from here on silence is idling again. */
  release(): void;
}

/** Ends of a request at which its vendor may still have been reading or writing, and bills for it. */
const givenUp = new Set<UsageRecord["outcome"]>([
  "client_closed_request",
  "upstream_timeout",
  "shutting_down",
  "interrupted",
]);

interface ExchangeDeps {
  log: Log;
  journal: Journal;
  metrics: GatewayMetrics;
  inFlight: InFlight;
}

/**
 * One request from its arrival to its settlement.
 *
 *   open ──settle──▶ settling ──durable──▶ settled
 *
 * `settle` is the only way out and takes effect once: whichever of answer, failure or departure of the client comes
 * first decides, and the others find it done. Nothing of the last byte may leave before its promise has resolved.
 */
export class Exchange {
  readonly id: string;
  readonly startedMs = Date.now();
  readonly operation: Operation;
  readonly caller: Caller;
  /** Its body has come: what is slow from here on is not the client. */
  received = false;
  /** What has come of its body, which counts against the bound on all bodies together. */
  bodyBytes = 0;
  model = "";
  price: Price = freePrice;
  provider = "";
  targetModel = "";
  attempts = 0;
  streamed = false;
  /** The present attempt has reached its vendor, which may read the prompt from now on. */
  sent = false;
  /** Bytes of prompt and of answer text seen so far, from which tokens are estimated where nobody counts them. */
  promptBytes = 0;
  answerBytes = 0;
  /** The vendor's or the engine's own count. */
  usage: Usage | undefined;
  firstTokenMs: number | null = null;
  /** Begins to watch whether the client leaves. */
  follow: ((exchange: Exchange) => void) | undefined;
  /** Told once, when the request is ended. */
  onAbort: ((reason: SahabError) => void) | undefined;
  /** When the present phase must have ended; the in-flight sweep looks at it. */
  deadlineMs = Number.POSITIVE_INFINITY;
  progressMs = 0;
  readonly #deps: ExchangeDeps;
  readonly #connection: ClientConnection;
  #held = false;
  #attempt: Attempt | undefined;
  #ended: SahabError | undefined;
  #settlement: Promise<void> | undefined;
  #costed: { usage: Usage; price: Price; cost: Nano } | undefined;

  constructor(deps: ExchangeDeps, operation: Operation, caller: Caller, connection: ClientConnection, id: string) {
    this.#deps = deps;
    this.operation = operation;
    this.caller = caller;
    this.#connection = connection;
    this.id = id;
    deps.inFlight.add(this);
  }

  /** Why the request as a whole is over: the client left, or Sahab shuts down. No further attempt makes sense then. */
  get ended(): SahabError | undefined {
    return this.#ended;
  }

  /** Takes room for more of the body among all that are under way. Throws when there is none, or when the request is over. */
  holdBody(bytes: number): void {
    // Its room has been given back already.
    if (this.#settlement)
      throw this.#ended ?? new SahabError("client_closed_request", "The request ended before its body was complete");
    if (this.#deps.inFlight.bodyBytes + bytes > limits.bodyBytesInFlightMax) {
      throw new SahabError("overloaded", "Sahab holds as many request bodies as it may; try again shortly", {
        retryAfterS: 1,
      });
    }
    this.bodyBytes += bytes;
    this.#deps.inFlight.bodyBytes += bytes;
  }

  /**
   * From here on a client that leaves ends its request. Called where it matters at once, and for what lasts: the signal of
   * the client's departure costs more than a microsecond, and tells of an earlier one, too.
   */
  followClient(): void {
    const { follow } = this;
    this.follow = undefined;
    follow?.(this);
  }

  /** Keeps the client's connection open while the model is silent. Called for what lasts, since most answers come sooner. */
  holdConnection(): void {
    if (this.#held || !this.received) return;
    this.#held = true;
    this.#connection.hold();
  }

  /** To be called when the answer is complete: from here on a silent connection is an idle one. */
  releaseConnection(): void {
    if (this.#held) this.#connection.release();
    this.#held = false;
  }

  /**
   * Tells the operator of an attempt that failed, or an answer that broke off. What the vendor said of it may quote the
   * prompt, so it stands in a line of level debug.
   */
  warn(error: SahabError, message: string): void {
    const { log } = this.#deps;
    const { id: request, model, provider } = this;
    const { code, logMessage: reason, cause } = error;
    const why = cause instanceof Error && !(cause instanceof VendorWords) ? cause.message.slice(0, 500) : undefined;
    log.warn({ request, model, provider, code, reason, why }, message);
    if (cause instanceof VendorWords)
      log.debug({ request, model, provider, vendor: cause.message.slice(0, 500) }, "what the vendor said");
  }

  throwIfEnded(): void {
    if (this.#ended) throw this.#ended;
  }

  /** The next attempt; it ends with the SahabError that says why. Throws when the request is over. */
  beginAttempt(provider: string, targetModel: string): Attempt {
    this.throwIfEnded();
    this.attempts++;
    this.sent = false;
    this.provider = provider;
    this.targetModel = targetModel;
    this.#attempt = new Attempt();
    return this.#attempt;
  }

  /** Ends the present attempt; another may follow. */
  abortAttempt(reason: SahabError): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#attempt?.end(reason);
  }

  /** Ends the request. */
  abort(reason: SahabError): void {
    this.#ended ??= reason;
    this.abortAttempt(this.#ended);
    this.onAbort?.(this.#ended);
  }

  /** Starts the clock of the next phase. */
  allow(ms: number): void {
    this.deadlineMs = Date.now() + ms;
  }

  /** A part of the answer is about to reach the client: from here on a crash must not make the request forgotten. */
  markFirstToken(): void {
    if (this.firstTokenMs !== null) return;
    this.firstTokenMs = Date.now() - this.startedMs;
    this.noteProgress();
  }

  /** Notes in the journal what the request has used so far, for the case of a crash. */
  noteProgress(): void {
    this.progressMs = Date.now();
    this.#deps.journal.progress(this.record(200, "interrupted"));
  }

  /** Usage known so far, or estimated from what went through. */
  countUsage(): { usage: Usage; estimated: boolean } {
    if (this.usage) return { usage: this.usage, estimated: false };
    if (this.attempts === 0) return { usage: noUsage, estimated: false };
    return {
      usage: {
        ...noUsage,
        inputTokens: estimateTokens(this.promptBytes),
        // Vectors are no output: embeddings are billed by their input alone.
        outputTokens: this.operation === "embedding" ? 0 : estimateTokens(this.answerBytes),
      },
      estimated: true,
    };
  }

  /** The cost fields that stand in the answer's usage. */
  costFields(usage: Usage): { cost: string; cost_currency: string } {
    return { cost: formatNano(this.#costOf(usage)), cost_currency: this.price.currency };
  }

  /** Asked for twice: for the answer and for the record. */
  #costOf(usage: Usage): Nano {
    if (this.#costed?.usage !== usage || this.#costed.price !== this.price)
      this.#costed = { usage, price: this.price, cost: costOf(usage, this.price) };
    return this.#costed.cost;
  }

  /** Journals the outcome; resolves when it is durable. Only the first call counts. */
  settle(status: number, outcome: "ok" | ErrorCode): Promise<void> {
    if (this.#settlement) return this.#settlement;
    const record = this.record(status, outcome);
    this.#deps.inFlight.delete(this);
    this.#deps.metrics.observe(record);
    this.#settlement = this.#deps.journal.settle(record);
    return this.#settlement;
  }

  /** The usage record as of now. */
  record(status: number, outcome: UsageRecord["outcome"]): UsageRecord {
    // A call that the vendor refused cost nothing. One that was answered, or given up while the vendor was at it, did.
    const counts =
      outcome === "ok" || this.answerBytes > 0 || this.usage !== undefined || (this.sent && givenUp.has(outcome));
    const { usage, estimated } = counts ? this.countUsage() : { usage: noUsage, estimated: false };
    return {
      id: this.id,
      time: this.startedMs,
      keyId: this.caller.keyId,
      project: this.caller.project,
      model: this.model,
      provider: this.provider,
      operation: this.operation,
      attempts: this.attempts,
      status,
      outcome,
      streamed: this.streamed,
      inputTokens: usage.inputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      estimated,
      cost: this.#costOf(usage),
      currency: this.price.currency,
      latencyMs: Date.now() - this.startedMs,
      firstTokenMs: this.firstTokenMs,
    };
  }
}
