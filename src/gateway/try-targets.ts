import { errorTable, SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { escapeUnprintable } from "../base/printable.ts";
import { eventBatch, isPassed, SaidSoFar, type Answer, type Attempt, type Batch } from "../call/index.ts";
import type { ModelEntry, Target } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import { route, type ReplicaStates } from "../router/index.ts";
import { vendorsWith } from "../vendor/index.ts";
import { affinityOf } from "./affinity.ts";
import type { Exchange } from "./exchange.ts";

/** An answer that has begun well: nothing of it has been sent, and from here on a failure can be seen. */
export interface OpenedAnswer {
  answer: Answer;
  /** What has come so far, in order; all of it for an answer that goes out whole. */
  held: readonly Batch[];
  /** What they count for among all that is held. */
  heldBytes: number;
}

/**
 * Tries a model's targets until one answers; nothing of a failed attempt is seen. What each failure means is in the table of
 * errors: whether the same target is asked once more, whether the next one is, whether the target then rests. Where nothing
 * helps, the caller hears of the first failure: what comes later is the trouble of a substitute.
 */
export async function tryTargets(
  deps: { states: ReplicaStates },
  exchange: Exchange,
  call: OpenedRequest,
  { model, targets, prompt }: { model: ModelEntry; targets: readonly Target[]; prompt: Uint8Array },
): Promise<OpenedAnswer> {
  let left = targets;
  const { project } = exchange.caller;
  const { key, random } = affinityOf(targets, { project, attribution: exchange.attribution, prompt });
  let first: SahabError | undefined;
  // The keys of one provider count as one target.
  for (let tried = 0; tried < limits.targetsTriedMax;) {
    const [target] = route(left, deps.states, performance.now(), random, key);
    if (!target) break;
    const others = left.length === 1 ? noTargets : left.filter((other) => other !== target);
    const siblings = target.group ? others.filter(({ group }) => group === target.group) : noTargets;
    const hasAlternative = siblings.length > 0 || (others.length > 0 && tried + 1 < limits.targetsTriedMax);
    const hasFreshKey = siblings.length > 0 && hasRested(deps.states, siblings);
    const outcome = await tryTarget(exchange, call, target, { hasAlternative, hasFreshKey });
    if (!(outcome instanceof SahabError)) return outcome;
    first = firstOf(first, outcome);
    const { elsewhere, ofKey } = errorTable[outcome.code];
    if (!elsewhere) break;
    // What is wrong with the vendor is wrong with each of the keys.
    left = ofKey ? others : others.filter((other) => !siblings.includes(other));
    if (!ofKey || siblings.length === 0) tried++;
  }
  if (!first) throw new SahabError("internal_error", `Model ${model.name} has no targets`);
  exchange.tell(first);
  throw withVendors(first, call);
}

/** Tells which vendors could, where no target of the model has the operation. */
function withVendors(failure: SahabError, { operation, model }: OpenedRequest): SahabError {
  if (failure.code !== "unsupported_operation" || !isPassed(operation)) return failure;
  const name = escapeUnprintable(model.slice(0, 200));
  return failure.with({
    message: `${failure.message}; model "${name}" needs a target at one of these vendors: ${vendorsWith(operation).join(", ")}`,
  });
}

const noTargets: readonly Target[] = [];

/** Whether one of them does not rest. */
function hasRested(states: ReplicaStates, targets: readonly Target[]): boolean {
  const nowMs = performance.now();
  return targets.some((target) => !states.of(target).isResting(nowMs));
}

/** Asks a target, once more where that may help. Resolves with the failure; throws where the request itself is over. */
async function tryTarget(
  exchange: Exchange,
  call: OpenedRequest,
  target: Target,
  { hasAlternative, hasFreshKey }: { hasAlternative: boolean; hasFreshKey: boolean },
): Promise<OpenedAnswer | SahabError> {
  const outcome = await attempt(exchange, call, target, hasAlternative);
  if (!(outcome instanceof SahabError)) return outcome;
  if (hasFreshKey && errorTable[outcome.code].ofKey) return outcome;
  const pauseMs = hasWritten(exchange.attempt) ? undefined : pauseBeforeAgain(outcome);
  if (pauseMs === undefined) return outcome;
  await exchange.pause(pauseMs);
  const second = await attempt(exchange, call, target, hasAlternative);
  // There was no room for it, so that nobody was asked.
  if (second instanceof SahabError && (second.code === "budget_exceeded" || second.code === "store_unavailable"))
    return outcome;
  // The first failure is told, yet whether others are tried is for the second to say.
  if (second instanceof SahabError && errorTable[second.code].elsewhere) return outcome;
  return second;
}

/** Whether the vendor has written something of an answer, which would have to be paid again. */
function hasWritten(attempt: Attempt | undefined): boolean {
  return attempt !== undefined && (attempt.textBytes > 0 || (attempt.usage?.outputTokens ?? 0) > 0);
}

/** A pause that spreads out those who failed together. */
const againMs = 500;
const againJitter = 0.2;
/** Who is told to wait for longer does better elsewhere. */
const toldMsMax = 5_000;

/** Milliseconds until the same target may be asked once more; undefined where that is of no use. */
function pauseBeforeAgain(failure: SahabError): number | undefined {
  if (!errorTable[failure.code].again) return undefined;
  const toldMs = (failure.retryAfterS ?? 0) * 1000;
  if (toldMs > toldMsMax) return undefined;
  return toldMs > 0 ? toldMs : againMs * (1 + againJitter * (2 * Math.random() - 1));
}

/** The failure to tell. That a target can't do what is asked is said only where none of them can. */
function firstOf(first: SahabError | undefined, next: SahabError): SahabError {
  if (next.code === "internal_error") return next;
  return first && (!isIncapable(first) || isIncapable(next)) ? first : next;
}

function isIncapable({ code }: SahabError): boolean {
  return code === "unsupported_parameter" || code === "unsupported_operation";
}

/** One attempt. Resolves with its failure; throws where the request itself is over. */
async function attempt(
  exchange: Exchange,
  call: OpenedRequest,
  target: Target,
  hasAlternative: boolean,
): Promise<OpenedAnswer | SahabError> {
  const making = exchange.makeRoom(target);
  const refusal = making instanceof Promise ? await making : making;
  if (refusal && refusal.code !== "budget_exceeded") return refusal;
  if (refusal)
    return new SahabError(
      "budget_exceeded",
      "Cannot ask once more: what failed attempts have cost and this one may cost is more than what is left of the budget",
    );
  const begun = exchange.beginAttempt(target, hasAlternative);
  let answer: Answer | undefined;
  try {
    answer = await target.upstream.open(call, begun);
    const head = new AnswerHead(exchange, call, answer);
    const reading = head.read();
    if (reading) await reading;
    return { answer, held: head.held, heldBytes: head.heldBytes };
  } catch (thrown) {
    const failure = exchange.failureOf(thrown);
    exchange.closeAttempt(failure);
    // Whatever is left of the answer is given up, and its connection with it.
    answer?.cancel();
    begun.cancel(failure);
    exchange.releaseAnswers();
    exchange.throwIfCancelled();
    // What is wrong with the caller's own request is for the caller to hear.
    if (errorTable[failure.code].blame !== "caller" || failure.code === "upstream_rejected")
      exchange.warn(failure, "an attempt failed");
    return failure;
  }
}

/** Beyond so many parts, or bytes, only those are held that say something. */
const heldBatchesMax = 1_000;
const heldBytesMax = 1024 * 1024;

/** What comes of an answer before anything of it is sent: until the first text of a stream, or all of one that goes out whole. */
class AnswerHead {
  heldBytes = 0;
  readonly #held: Batch[] = [];
  readonly #exchange: Exchange;
  readonly #call: OpenedRequest;
  readonly #answer: Answer;
  /** What a stream has said that goes out whole. */
  #said: SaidSoFar | undefined;
  #lastMemory: ArrayBufferLike | undefined;

  constructor(exchange: Exchange, call: OpenedRequest, answer: Answer) {
    this.#exchange = exchange;
    this.#call = call;
    this.#answer = answer;
  }

  get held(): readonly Batch[] {
    return this.#said ? [eventBatch(this.#said.events, false), ...this.#held] : this.#held;
  }

  /** Undefined where all of it has come already, as with most whole answers. Throws or rejects with the failure that comes first. */
  read(): Promise<void> | undefined {
    for (;;) {
      const next = this.#answer.read();
      if (next instanceof Promise) return this.#readOn(next);
      if (this.#hold(next)) return undefined;
    }
  }

  async #readOn(coming: Promise<Batch | undefined>): Promise<void> {
    let next: ReturnType<Answer["read"]> = coming;
    while (!this.#hold(await next)) next = this.#answer.read();
  }

  /** Whether that is enough. */
  #hold(next: Batch | undefined): boolean {
    const batch = noteBatch(this.#exchange, next);
    const { textBytes, isEnd } = batch.facts;
    if (!this.#call.stream) {
      if (isEnd) this.#held.push(batch);
      else (this.#said ??= new SaidSoFar()).add(batch.events());
      return isEnd;
    }
    const isEnough = isEnd || textBytes > 0;
    if (isEnough || !this.#isFull) this.#keep(batch);
    // Signs of life and counts are let go: a model that thinks in silence may send thousands.
    else if (batch.events().some(({ type }) => type !== "start" && type !== "usage")) throw tooMuchBeforeText();
    return isEnough;
  }

  get #isFull(): boolean {
    return this.#held.length >= heldBatchesMax || this.heldBytes > heldBytesMax;
  }

  #keep(batch: Batch): void {
    this.#held.push(batch);
    const memory = batch.raw?.buffer;
    // Of a piece that several batches are part of all is kept, once.
    if (!memory || memory === this.#lastMemory) return;
    this.#lastMemory = memory;
    this.heldBytes += memory.byteLength;
    this.#exchange.holdAnswer(memory.byteLength);
  }
}

function tooMuchBeforeText(): SahabError {
  return new SahabError(
    "upstream_invalid_response",
    `The stream sent ${heldBatchesMax} events or ${heldBytesMax} bytes before its first text; fewer are allowed`,
  );
}

/** Notes a batch that was read. Throws its failure. */
export function noteBatch(exchange: Exchange, batch: Batch | undefined): Batch {
  if (!batch) throw endedEarly();
  exchange.note(batch.facts);
  if (batch.facts.failure) throw batch.facts.failure;
  return batch;
}

export function endedEarly(): SahabError {
  return new SahabError("stream_interrupted", "The answer ended before it was complete");
}
