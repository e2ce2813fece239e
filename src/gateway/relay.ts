import { toSahabError, type SahabError } from "../base/errors.ts";
import { follow, type Answer, type Batch } from "../call/index.ts";
import type { Dialect, KeptAnswer, OpenedRequest, Writer } from "../dialect/dialect.ts";
import { eventStreamType, jsonType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, type BodySink, type HeaderLines, type HttpRequest } from "../http/index.ts";
import type { Exchange } from "./exchange.ts";
import { answerHeaders, statusOf } from "./respond.ts";
import { ProofRecorder } from "./proof-recorder.ts";
import { TurnRecorder } from "./turn-recorder.ts";
import { endedEarly, noteBatch, type OpenedAnswer } from "./try-targets.ts";

/** Passes an answer on to the client, whoever gives it, in whatever dialect. */
export function relay(
  exchange: Exchange,
  dialect: Dialect,
  call: OpenedRequest,
  opened: OpenedAnswer,
  request: HttpRequest,
  keep?: AnswerKeeper,
): Promise<void> {
  const writer = call.writer({
    requestId: exchange.id,
    isRaw: opened.answer.isRaw,
    contentType: opened.answer.contentType,
    isKept: keep !== undefined,
    usageExtra: () => exchange.costFields(),
  });
  const takers = { writer, recorder: recorderFor(exchange, dialect, call, opened.answer), keep };
  if (!call.stream) return answerWhole(exchange, dialect, opened, takers, request);
  const headers = joinHeaders(answerHeaders(exchange, dialect), typeHeader(writer.contentType), streamHeaders);
  return writeStream(exchange, dialect, opened, takers, request.stream(200, headers));
}

/** Where the batches of an answer go. */
interface Takers {
  writer: Writer;
  /** Keeps what is thought for the next turn; undefined where that is not needed. */
  recorder: Recorder | undefined;
  keep: AnswerKeeper | undefined;
}

/** Notes what later turns of the conversation need. */
type Recorder = Pick<TurnRecorder, "note" | "turns" | "heldBytes"> & {
  /** This process needs it alone. */
  isForNow?: boolean;
};

/** Keeps a whole answer for a client that asks for it again. Resolves with the fields of the request that could not be met; never rejects. */
export type AnswerKeeper = (answer: KeptAnswer) => Promise<readonly string[]>;

/**
 * Keeps what later requests need of a whole answer; undefined where there is nothing to wait for. Resolves with the fields of the
 * request that could not be met.
 */
function keepWhole(
  exchange: Exchange,
  { writer, recorder, keep }: Takers,
): Promise<readonly string[] | void> | undefined {
  const turns = recorder && exchange.keepTurns(recorder.turns(), recorder.isForNow);
  const kept = keep && writer.kept?.();
  const unmet = kept && keep(kept);
  return turns && unmet ? Promise.all([unmet, turns]).then(([fields]) => fields) : (unmet ?? turns);
}

/**
 * A client that gets the vendor's own bytes can send all of them back, and is told where the vendor insists on it: of those only whose the
 * proofs are is noted.
 */
function recorderFor(
  { memory }: Exchange,
  dialect: Dialect,
  call: OpenedRequest,
  answer: Answer,
): Recorder | undefined {
  const { isRaw, issuer, isReasoningDemanded = false, isOfMixedTurns = false } = answer;
  const { proofKeysIn } = dialect;
  if (!memory || call.operation !== "chat") return undefined;
  if (isRaw && !isReasoningDemanded)
    return proofKeysIn && issuer !== undefined ? new ProofRecorder(proofKeysIn, issuer, !isOfMixedTurns) : undefined;
  return call.offersTools === false ? undefined : new TurnRecorder(dialect, isReasoningDemanded, answer);
}

/** The second asks proxies in front of Sahab to pass each event on at once. */
const streamHeaders = joinHeaders(headerLine("cache-control", "no-store"), headerLine("x-accel-buffering", "no"));

const typeHeaders = new Map([jsonType, eventStreamType].map((type) => [type, headerLine("content-type", type)]));

function typeHeader(contentType: string): HeaderLines {
  return typeHeaders.get(contentType) ?? headerLine("content-type", contentType);
}

/** Settles, then answers: the record is durable before the first byte leaves. */
async function answerWhole(
  exchange: Exchange,
  dialect: Dialect,
  opened: OpenedAnswer,
  takers: Takers,
  request: HttpRequest,
): Promise<void> {
  const { writer, recorder } = takers;
  for (const batch of opened.held) writer.write(noteTurn(exchange, recorder, batch));
  const inTurns = writer.endInTurns?.();
  const body = inTurns ? await inTurns : writer.end();
  if (!opened.answer.isRaw) exchange.holdAnswer(body.length);
  // It is whole, and paid for, whether its client is still there or not.
  exchange.closeAttempt();
  exchange.throwIfCancelled();
  const keeping = keepWhole(exchange, takers);
  await exchange.settle(200, "ok");
  const unmet = (keeping && (await keeping)) ?? [];
  if (unmet.length > 0) exchange.told?.noteDropped([...exchange.told.dropped, ...unmet]);
  const said = unmet.length > 0 ? (dialect.stored?.encodeUnkept?.(body) ?? body) : body;
  request.answer(200, joinHeaders(answerHeaders(exchange, dialect), typeHeader(writer.contentType)), said);
}

/**
 * Writes batch after batch. The proper end of a stream leaves after the record is durable; a stream that breaks ends with
 * an error event instead, never like a whole one.
 */
async function writeStream(
  exchange: Exchange,
  dialect: Dialect,
  opened: OpenedAnswer,
  takers: Takers,
  sink: BodySink,
): Promise<void> {
  const { writer, recorder } = takers;
  const { answer, held } = opened;
  let failure: SahabError | undefined;
  try {
    for (const batch of held) {
      const waiting = write(exchange, sink, writer.write(noteTurn(exchange, recorder, batch)));
      if (waiting) await waiting;
      if (exchange.cancelled) break;
    }
    exchange.releaseAnswer(opened.heldBytes);
    // An answer that was given up may still say what it has used.
    if (!held.at(-1)?.facts.isEnd) await passOn(exchange, answer, takers, sink);
  } catch (error) {
    failure = exchange.failureOf(error);
    answer.cancel();
  }
  exchange.closeAttempt(failure);
  await finish(exchange, dialect, takers, sink, exchange.cancelled ?? failure);
}

/** Writes each batch the moment that it comes, until the last. Rejects where the answer broke. */
function passOn(exchange: Exchange, answer: Answer, { writer, recorder }: Takers, sink: BodySink): Promise<void> {
  let heldBytes = 0;
  return new Promise((resolve, reject) => {
    follow(answer, {
      onBatch(batch) {
        try {
          noteBatch(exchange, batch);
          if (batch.facts.isEnd) resolve();
          // Nobody is there to read it, but it counts.
          if (exchange.cancelled) return undefined;
          const waiting = write(exchange, sink, writer.write(noteTurn(exchange, recorder, batch)));
          if (writer.heldBytes !== undefined) heldBytes = noteHeld(exchange, writer.heldBytes, heldBytes);
          return waiting;
        } catch (error) {
          reject(error);
          return undefined;
        }
      },
      onEnd: (error) => reject((error as Error | undefined) ?? endedEarly()),
    });
  });
}

/** Settles, then writes the stream's last bytes: its proper end, or the error that took its place. */
async function finish(
  exchange: Exchange,
  dialect: Dialect,
  takers: Takers,
  sink: BodySink,
  failure: SahabError | undefined,
): Promise<void> {
  const { writer } = takers;
  let problem = failure;
  const keeping = failure ? undefined : keepWhole(exchange, takers);
  try {
    await exchange.settle(failure ? statusOf(dialect, failure) : 200, failure?.code ?? "ok", failure);
  } catch (error) {
    problem ??= toSahabError(error);
  }
  if (keeping) await keeping;
  // A client that left is no trouble of the operator's.
  if (problem && problem.code !== "client_closed_request") exchange.warn(problem, "a stream broke off");
  if (problem && writer.failsByCut) sink.abort();
  else sink.end(problem ? writer.fail(problem) : writer.end());
}

/** Notes what a batch says of the turn, and its text where that is kept. Returns the batch to be written. */
function noteTurn(exchange: Exchange, recorder: Recorder | undefined, batch: Batch): Batch {
  if (!recorder) return exchange.noteContent(batch);
  const before = recorder.heldBytes;
  const noted = recorder.note(batch);
  noteHeld(exchange, recorder.heldBytes, before);
  return exchange.noteContent(noted);
}

/** Counts what a writer or recorder holds back. Returns what is counted now. */
function noteHeld(exchange: Exchange, bytes: number, before: number): number {
  if (bytes > before) exchange.holdAnswer(bytes - before);
  else if (bytes < before) exchange.releaseAnswer(before - bytes);
  return bytes;
}

/** Undefined where there is nothing to wait for. What the client has not read is held. */
function write(exchange: Exchange, sink: BodySink, bytes: Uint8Array | string | undefined): Promise<void> | undefined {
  const waiting = bytes === undefined ? undefined : sink.write(bytes);
  return waiting && awaitClient(exchange, waiting, bytes?.length ?? 0);
}

async function awaitClient(exchange: Exchange, waiting: Promise<void>, bytes: number): Promise<void> {
  exchange.holdAnswer(bytes);
  await exchange.awaitClient(waiting);
  exchange.releaseAnswer(bytes);
}
