import { errorTable, SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Answer, Batch } from "../call/index.ts";
import type { ModelEntry } from "../config/index.ts";
import type { OpenedRequest } from "../dialect/dialect.ts";
import { route, type ReplicaStates } from "../router/index.ts";
import type { Exchange } from "./exchange.ts";

/** An answer that has begun well: nothing of it has been sent, and from here on a failure can be seen. */
export interface OpenedAnswer {
  answer: Answer;
  /** What has come so far, in order; all of it for an answer that goes out whole. */
  held: readonly Batch[];
}

/** A stream that sends nothing but signs of life is handed on after this time: the client sees them, and gives up the unseen retry. */
const noTextMs = 15_000;
/** The same for one that sends so many of them, or so many bytes. */
const heldBatchesMax = 1_000;
const heldBytesMax = 1024 * 1024;

/** Tries a model's targets one after the other until one answers. Nothing of a failed attempt is seen. */
export async function tryTargets(
  deps: { states: ReplicaStates },
  exchange: Exchange,
  call: OpenedRequest,
  model: ModelEntry,
): Promise<OpenedAnswer> {
  const { states } = deps;
  const targets = route(model.targets, states, exchange.startedMs, Math.random);
  let failure: SahabError | undefined;
  for (const target of targets.slice(0, limits.attemptsMax)) {
    const attempt = exchange.beginAttempt(target);
    let answer: Answer | undefined;
    try {
      answer = await target.upstream.open(call, attempt);
      const head = new AnswerHead(exchange, call, answer);
      const reading = head.read();
      if (reading) await reading;
      return { answer, held: head.held };
    } catch (thrown) {
      failure = exchange.cancelled ?? toSahabError(thrown);
      exchange.closeAttempt(failure);
      // Whatever is left of the answer is given up, and its connection with it.
      answer?.cancel();
      attempt.cancel(failure);
      if (exchange.cancelled) throw exchange.cancelled;
      const policy = errorTable[failure.code];
      // What is wrong with the caller's own request is for the caller to hear.
      if (policy.blame !== "caller" || failure.code === "upstream_rejected")
        exchange.warn(failure, "an attempt failed");
      if (!policy.elsewhere) throw failure;
    }
  }
  throw failure ?? new SahabError("internal_error", `Model ${model.name} has no targets`);
}

/** What comes of an answer before anything of it is sent: until the first text of a stream, or all of one that goes out whole. */
class AnswerHead {
  readonly held: Batch[] = [];
  readonly #exchange: Exchange;
  readonly #call: OpenedRequest;
  readonly #answer: Answer;
  readonly #startedMs = performance.now();
  #heldBytes = 0;

  constructor(exchange: Exchange, call: OpenedRequest, answer: Answer) {
    this.#exchange = exchange;
    this.#call = call;
    this.#answer = answer;
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
    this.held.push(batch);
    const { textBytes, isEnd } = batch.facts;
    if (isEnd || !this.#call.stream) return isEnd;
    this.#heldBytes += batch.raw?.length ?? 0;
    const isMuch = this.held.length >= heldBatchesMax || this.#heldBytes > heldBytesMax;
    return textBytes > 0 || isMuch || performance.now() - this.#startedMs > noTextMs;
  }
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
