import { errorTable, SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Answer, Batch } from "../call/index.ts";
import type { ModelEntry, Target } from "../config/index.ts";
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
    try {
      return await tryTarget(exchange, call, target);
    } catch (error) {
      if (exchange.cancelled) throw exchange.cancelled;
      failure = toSahabError(error);
      const policy = errorTable[failure.code];
      // What is wrong with the caller's own request is for the caller to hear.
      if (policy.blame !== "caller" || failure.code === "upstream_rejected")
        exchange.warn(failure, "an attempt failed");
      if (!policy.elsewhere) throw failure;
    }
  }
  throw failure ?? new SahabError("internal_error", `Model ${model.name} has no targets`);
}

async function tryTarget(exchange: Exchange, call: OpenedRequest, target: Target): Promise<OpenedAnswer> {
  const attempt = exchange.beginAttempt(target);
  let answer: Answer | undefined;
  try {
    answer = await target.upstream.open(call, attempt);
    return { answer, held: await readHead(exchange, call, answer) };
  } catch (thrown) {
    const failure = exchange.cancelled ?? toSahabError(thrown);
    exchange.closeAttempt(failure);
    // Whatever is left of the answer is given up, and its connection with it.
    answer?.cancel();
    attempt.cancel(failure);
    throw failure;
  }
}

/** Reads until the first text of a stream, or all of an answer that goes out whole. Throws the failure that comes first. */
async function readHead(exchange: Exchange, call: OpenedRequest, answer: Answer): Promise<Batch[]> {
  const held: Batch[] = [];
  const startedMs = Date.now();
  let heldBytes = 0;
  for (;;) {
    const batch = noteBatch(exchange, await answer.read());
    held.push(batch);
    const { textBytes, isEnd } = batch.facts;
    if (isEnd) return held;
    if (!call.stream) continue;
    heldBytes += batch.raw?.length ?? 0;
    const isEnough = held.length >= heldBatchesMax || heldBytes > heldBytesMax || Date.now() - startedMs > noTextMs;
    if (textBytes > 0 || isEnough) return held;
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
