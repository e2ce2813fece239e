import { assert, must } from "../base/assert.ts";
import { errorTable, SahabError, toSahabError, VendorWords, type ErrorCode } from "../base/errors.ts";
import { maskKeys } from "../base/key-forms.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { formatNano, type Nano } from "../base/money.ts";
import { placeOf } from "../base/place-of.ts";
import { escapeUnprintable } from "../base/printable.ts";
import { remembered } from "../base/remembered.ts";
import { Attempt, type Batch, type Facts, type KeptTurn, type RecordedOperation } from "../call/index.ts";
import type { ModelEntry, Target } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import type { HttpRequest } from "../http/index.ts";
import type { Caller, Journal, Refusal, RefusalNote, UsageRecord } from "../ledger/index.ts";
import type { ReplicaStates } from "../router/index.ts";
import type { Admission, Reservation } from "./admission.ts";
import { Bill, type RequestFacts } from "./bill.ts";
import type { ContentRecorder } from "./content-log/index.ts";
import type { InFlight } from "./in-flight.ts";
import type { KeptReasoning } from "./kept-reasoning.ts";
import type { GatewayMetrics } from "./metrics.ts";
import type { RequestLog } from "./request-log.ts";
import { noAttribution, sessionOf, type Attribution } from "./tags/attribution.ts";
import { recordOf, type RecordedAccounts } from "./usage-record.ts";
import { Visit } from "./visit.ts";

interface ExchangeDeps {
  log: Log;
  journal: Journal;
  metrics: Pick<GatewayMetrics, "observe">;
  inFlight: InFlight;
  states: ReplicaStates;
  /** Writes a line for each request. */
  requestLog?: Pick<RequestLog, "note"> | undefined;
  /** Reserves what requests may cost; undefined where no accounts are kept. */
  admission?: Pick<Admission, "admit" | "accountsOf" | "rates"> | undefined;
  /** Notes why a stream was ended, for `key show`. */
  noteRefusal?: ((refusal: RefusalNote) => void) | undefined;
}

/** Who asks for what, known when the head of the request has come. */
export interface ExchangeOptions {
  id: string;
  operation: RecordedOperation;
  /** Name of the client's dialect. */
  dialect: string;
  caller: Caller;
  /** The client's. */
  address: string;
  /** How many Sahabs the request has gone through before this one. */
  hops: number;
  /** Where the reasoning of turns is kept; undefined where the project wants none kept. */
  memory?: KeptReasoning | undefined;
  /** Whether it comes from a client that may leave; otherwise who gives it up wants no more of it. */
  hasClient?: boolean;
  /** How a request is served that no client waits for. */
  unattended?: Unattended | undefined;
}

/** A request without a client. */
export interface Unattended {
  /** Others come first. */
  isBackground: boolean;
  /** The id of its record if it succeeds: of a request that is run again after a crash there is one. */
  recordId: string;
  onSettled(record: UsageRecord): void;
}

/** A name that a client asked for, as its record keeps it: keys end up in wrong fields. */
const recordedName = remembered((asked) => maskKeys(escapeUnprintable(asked.slice(0, askedCharsMax))));
const askedCharsMax = 100;

/** How often the progress of a long request is noted in the journal, in case a crash cuts it. */
const progressEveryMs = 2_000;

/**
 * One request from its arrival to its settlement.
 *
 *   receiving ──admit──▶ serving (one attempt after the other) ──settle──▶ settled
 *
 * `settle` is the only way out, may come in any phase and takes effect once: whichever of answer, failure or departure of
 * the client comes first decides, and the others find it done. Nothing of the last byte may leave before its promise has
 * resolved. `cancel` says that the request is over; whoever serves it then settles.
 *
 * Where the provider's configuration asks for it, an attempt outlives its client: its answer is read on to the vendor's own count
 * (`isDraining`), with the request's place and reservations, until the answer ends, its time is over, or Sahab stops.
 */
export class Exchange extends Visit {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly time = Date.now();
  /** Monotonic, as all of its durations are. */
  readonly startedMs = performance.now();
  readonly operation: RecordedOperation;
  readonly dialect: string;
  readonly memory: KeptReasoning | undefined;
  readonly #deps: ExchangeDeps;
  readonly #hops: number;
  readonly #hasClient: boolean;
  readonly #unattended: Unattended | undefined;
  readonly #attempts: Attempt[] = [];
  /** That of the last attempt. */
  #target: Target | undefined;
  #phase: "receiving" | "serving" | "settled" = "receiving";
  #call: OpenedRequest | undefined;
  #model: ModelEntry | undefined;
  /** The client's name for it, where that is another one. */
  #askedModel = "";
  readonly #bill = new Bill(this.time);
  #progressMs = this.startedMs;
  #settlement: Promise<void> | undefined;
  #told: Attempt | undefined;
  #reservation: Reservation | undefined;
  #attribution = noAttribution;
  /** When the reading without a client must end, monotonic; undefined where it has not begun. */
  #drainEndsMs: number | undefined;
  /** Gathers its text, where its project wants that kept. */
  #content: ContentRecorder | undefined;

  /** Throws where the share of the caller is full. */
  constructor(deps: ExchangeDeps, options: ExchangeOptions) {
    super(deps, options);
    this.#deps = deps;
    this.id = options.id;
    this.operation = options.operation;
    this.dialect = options.dialect;
    this.#hops = options.hops;
    this.#hasClient = options.hasClient ?? false;
    this.#unattended = options.unattended;
    this.memory = options.memory;
  }

  get model(): string {
    return this.#model?.name ?? "";
  }

  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** The last attempt; undefined before the first. */
  get attempt(): Attempt | undefined {
    return this.#attempts.at(-1);
  }

  /** The attempt that the client hears of; undefined before the first. */
  get told(): Attempt | undefined {
    return this.#told ?? this.attempt;
  }

  /** Of several failures the client hears of this one. */
  tell(failure: SahabError): void {
    this.#told = this.#attempts.find((attempt) => attempt.failure === failure);
  }

  /** The body, at once where it has come already. A client that sends too slowly, or leaves, ends the reading. */
  receive(request: HttpRequest): Buffer | Promise<Buffer> {
    request.watch(this);
    const reading = request.readBody(limits.requestBodyBytesMax, this);
    return reading instanceof Promise ? this.unlessOver(reading) : reading;
  }

  /** Whom the request is for, as far as it is known. */
  get attribution(): Attribution {
    return this.#attribution;
  }

  /** Its headers say it, or its body now says more. */
  attribute(attribution: Attribution): void {
    this.#attribution = attribution;
  }

  /** What the request asks for, whether it may be served or not; undefined for a name that leads nowhere. */
  noteModel(model: ModelEntry | undefined, asked: string): void {
    this.#model = model;
    if (model && (asked === model.name || asked === model.bareName)) return;
    this.#askedModel = recordedName(asked);
  }

  /** The request is understood, and may be served. */
  admit(call: OpenedRequest, model: ModelEntry): void {
    assert(this.#phase !== "serving", "a request is admitted once");
    this.throwIfCancelled();
    this.#phase = "serving";
    this.#call = call;
    this.#model = model;
  }

  /**
   * Reserves what the request may cost and use; undefined where that is done at once. Throws or rejects with `budget_exceeded`,
   * `rate_limit_exceeded`, `store_unavailable` or `model_not_priced`.
   */
  reserve(targets: readonly Target[]): Promise<void> | undefined {
    const { caller, time: timeMs } = this;
    const { admission } = this.#deps;
    const call = must(this.#call, "what is admitted is known");
    const model = must(this.#model, "what is admitted has a model");
    const session = sessionOf(this.#attribution);
    const reserving = admission?.admit({ caller, session, call, model, targets, bodyBytes: this.bodyBytes, timeMs });
    if (!(reserving instanceof Promise)) {
      this.#reservation = reserving;
      return undefined;
    }
    return this.unlessOver(this.#takeReservation(reserving));
  }

  async #takeReservation(reserving: Promise<Reservation>): Promise<void> {
    this.#reservation = await reserving;
    // It may come too late for the request.
    if (this.#phase === "settled") this.#reservation.release();
  }

  /** Reserves what an attempt may cost beside what others have cost that failed. Says why it could not. */
  makeRoom(target: Target): Refusal | Promise<Refusal> {
    if (!this.#reservation || this.#attempts.length === 0) return undefined;
    return this.#reservation.makeRoom(this.#spent("interrupted"), target);
  }

  /** What is reserved, for the headers that tell what is left; undefined where nothing bounds the request. */
  get reservation(): Pick<Reservation, "rate"> | undefined {
    return this.#reservation;
  }

  get #accounts(): RecordedAccounts | undefined {
    const { admission } = this.#deps;
    if (this.#reservation) return this.#reservation.accounts;
    return admission && { project: admission.accountsOf(this.caller.project), rates: admission.rates };
  }

  /** What the attempts have cost so far, in the currency of the accounts. */
  #spent(outcome: UsageRecord["outcome"]): Nano {
    const { accountCost, cost } = this.#record(200, outcome);
    return accountCost ?? cost;
  }

  /** The next attempt. Throws when the request is over. */
  beginAttempt(target: Target, hasAlternative: boolean): Attempt {
    assert(this.#phase === "serving", "an attempt follows admission");
    this.throwIfCancelled();
    if (this.#deps.journal.fault) throw this.#deps.journal.fault;
    const { memory, caller } = this;
    const tenant = this.#unattended?.isBackground ? { ...caller, isBackground: true } : caller;
    const attempt = new Attempt(target, { hasAlternative, hops: this.#hops, tenant, room: this, memory });
    this.#attempts.push(attempt);
    this.#target = target;
    this.#bill.begin(target.prices, target.charge);
    this.#deps.states.begin(attempt, attempt.startedMs);
    return attempt;
  }

  /** Ends the attempt; a failure counts against its replica where the policy says so. */
  closeAttempt(failure?: SahabError): void {
    const attempt = must(this.attempt, "an attempt was begun");
    attempt.close(failure);
    const { states } = this.#deps;
    if (!failure) states.noteSuccess(attempt);
    else if (errorTable[failure.code].unhealthy)
      states.noteFailure(attempt, performance.now(), failure.retryAfterS, failure.code);
    else states.end(attempt);
  }

  /** Notes what a batch of the answer says. Called before anything of it is sent, so that a crash cannot lose the request. */
  note(facts: Facts): void {
    const attempt = must(this.attempt, "an answer belongs to an attempt");
    const isFirst = facts.textBytes > 0 && attempt.firstTextMs === null;
    attempt.note(facts);
    if (this.#reservation && attempt.textBytes > this.#reservation.growsAtBytes) this.#grow(attempt);
    if (!isFirst || !this.#call?.stream || facts.failure) return;
    attempt.markShown();
    this.#deps.states.noteSuccess(attempt);
    this.#noteProgress();
  }

  /** The answer is longer than what was reserved for it. */
  #grow(attempt: Attempt): void {
    const reservation = must(this.#reservation, "what grows was reserved");
    const target = must(this.#target, "an attempt has a target");
    const earlier = this.#attempts.length === 1 ? 0n : this.#spent("interrupted");
    const growing = reservation.grow(earlier, target);
    const end = (refusal: Refusal) => {
      if (!refusal || attempt !== this.attempt || this.#phase === "settled") return;
      if (refusal.code !== "budget_exceeded") return this.cancel(refusal);
      const message = "The answer is longer than what is left of the budget, so it ends here";
      const { id: requestId, time, caller } = this;
      this.#deps.noteRefusal?.({ keyId: caller.keyId, time, requestId, code: "budget_exceeded", message });
      this.cancel(new SahabError("budget_exceeded", message));
    };
    if (growing instanceof Promise) void growing.then(end);
    else end(growing);
  }

  /** The client has left, and the answer is read on without it. Then `cancelled` is set, and the attempt goes on. */
  get isDraining(): boolean {
    return this.#drainEndsMs !== undefined;
  }

  /** What the attempt failed with: the reason for which it was given up, if it was. */
  failureOf(thrown: unknown): SahabError {
    return (this.isDraining ? this.attempt?.reason : this.cancelled) ?? toSahabError(thrown);
  }

  protected override endWork(reason: SahabError): void {
    // Whatever comes after the client's departure ends the reading as well.
    if (this.isDraining || !this.#beginDrain(reason)) this.attempt?.cancel(reason);
  }

  /** Whether the answer is read on. Not where the vendor has nothing to charge for yet, and not for requests that were given up on purpose. */
  #beginDrain({ code }: SahabError): boolean {
    const { attempt } = this;
    const limitMs = this.#target?.drainMs;
    const hasLeft = code === "client_closed_request" || code === "request_timeout";
    const isUnderWay = attempt && attempt.sentMs !== null && attempt.closedMs === null && !attempt.reason;
    if (limitMs === undefined || !hasLeft || !this.#hasClient || !isUnderWay) return false;
    if (this.#deps.inFlight.drains.take(this.caller, 1) !== undefined) return false;
    this.#drainEndsMs = performance.now() + limitMs;
    return true;
  }

  /** Ends an attempt that has passed its deadline, and notes the progress of what lasts. */
  override sweep(nowMs: number): void {
    const { attempt } = this;
    if (this.#drainEndsMs !== undefined && nowMs >= this.#drainEndsMs)
      attempt?.cancel(must(this.cancelled, "a client has left"));
    if (attempt && nowMs >= attempt.deadlineMs) {
      const what = attempt.textBytes === 0 ? "did not answer in time" : "fell silent in the middle of its answer";
      attempt.cancel(new SahabError("upstream_timeout", `Provider ${attempt.provider} ${what}`));
    }
    if (nowMs - this.#progressMs >= progressEveryMs) this.#noteProgress();
  }

  /**
   * Tells the operator of an attempt that failed, or an answer that broke off. What the vendor said of it may quote the
   * prompt, so it is logged at level debug.
   */
  warn(error: SahabError, message: string): void {
    const { log } = this.#deps;
    const { code, logMessage: reason, cause } = error;
    const { provider = "", key } = this.attempt ?? {};
    const where = { request: this.id, model: this.model, provider, ...(key !== undefined && { key }) };
    // Errors of the system have a code; the message of any other may quote what was read.
    const isSystem = cause instanceof Error && typeof (cause as { code?: unknown }).code === "string";
    const why = isSystem ? cause.message.slice(0, 500) : code === "internal_error" ? placeOf(cause) : undefined;
    log.warn({ ...where, code, reason, why }, message);
    if (cause instanceof VendorWords)
      log.debug({ ...where, vendor: cause.message.slice(0, 500) }, "what the vendor said");
  }

  /** The cost fields for the usage of an answer of which all has been noted; none where the cost would tell what was cached. */
  costFields(): { cost?: string; cost_currency?: string } {
    if (this.#attempts.some(({ hidesCache }) => hidesCache)) return {};
    const cost = this.#bill.costOf(this.#attempts, this.#requestFacts("ok"));
    return { cost: formatNano(cost), cost_currency: this.#bill.currency };
  }

  /**
   * Keeps what was thought for the project's next requests, or for those of this process alone; undefined where there is nothing to wait
   * for. Never rejects.
   */
  keepTurns(turns: readonly KeptTurn[], isForNow = false): Promise<void> | undefined {
    if (turns.length === 0) return undefined;
    if (!isForNow) return this.memory?.keep(this.caller.project, turns);
    this.memory?.remember(this.caller.project, turns);
    return undefined;
  }

  /** Keeps the request's text, and what is noted of its answer. */
  keepContent(content: ContentRecorder | undefined): void {
    this.#content = content;
  }

  /** Notes a batch of the answer as the client gets it. Returns one that says the same. */
  noteContent(batch: Batch): Batch {
    return this.#content ? this.#content.note(batch) : batch;
  }

  /** Journals the outcome; resolves when it is durable. Only the first call counts. `failure` is why the answer is not whole. */
  settle(status: number, outcome: "ok" | ErrorCode, failure?: SahabError): Promise<void> {
    if (this.#settlement) return this.#settlement;
    this.#phase = "settled";
    const record = this.#record(status, outcome);
    this.#unattended?.onSettled(record);
    this.leave();
    if (this.isDraining) this.#deps.inFlight.drains.release(this.caller, 1);
    this.#deps.metrics.observe(record);
    const { caller, address: client } = this;
    this.#deps.requestLog?.note({ record, caller, client, reason: failure?.logMessage });
    this.#settlement = this.#deps.journal.settle(record);
    this.#content?.end(record);
    const reservation = this.#reservation;
    if (!reservation) return this.#settlement;
    reservation.settle(record.accountCost ?? record.cost, record.inputTokens + record.outputTokens);
    // A record that the disk refuses stays in memory, where a crash would lose it.
    this.#settlement.then(() => reservation.noteDurable(), ignore);
    return this.#settlement;
  }

  /** The request is served later, under a record of its own; this one has none, and its body is not needed here any more. */
  handOver(): void {
    this.#phase = "settled";
    this.#settlement ??= Promise.resolve();
    this.#reservation?.release();
    this.#content?.drop();
    this.#content = undefined;
    this.releaseBody();
  }

  /** Notes in the journal what the request has used so far, for the case of a crash. */
  #noteProgress(): void {
    this.#progressMs = performance.now();
    // What is run again after a crash is recorded then.
    if (this.#unattended) return;
    this.#deps.journal.progress(this.#record(200, "interrupted"));
  }

  #requestFacts(outcome: UsageRecord["outcome"]): RequestFacts {
    const { startedMs, operation } = this;
    return { startedMs, operation, promptBytes: this.#call?.promptBytes ?? 0, pieces: this.#call?.pieces, outcome };
  }

  /** The usage record as of now. */
  #record(status: number, outcome: UsageRecord["outcome"]): UsageRecord {
    const isStream = this.#call?.stream ?? false;
    const firstTextMs = this.attempt?.firstTextMs ?? null;
    return recordOf(this.#bill, this.#attempts, this.#requestFacts(outcome), {
      id: outcome === "ok" ? (this.#unattended?.recordId ?? this.id) : this.id,
      time: this.time,
      caller: this.caller,
      model: this.model,
      askedModel: this.#askedModel,
      provider: this.told?.provider ?? "",
      dialect: this.dialect,
      status,
      streamed: isStream,
      latencyMs: Math.round(performance.now() - this.startedMs),
      attribution: this.#attribution,
      accounts: this.#accounts,
      firstTokenMs: isStream && firstTextMs !== null ? Math.round(firstTextMs - this.startedMs) : null,
    });
  }
}

const ignore = () => {};
