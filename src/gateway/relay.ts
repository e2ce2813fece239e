import { toSahabError, type SahabError } from "../base/errors.ts";
import type { Dialect, OpenedRequest, Writer } from "../dialect/dialect.ts";
import { streamResponse, type StreamSink } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import { answerHeaders, statusOf } from "./respond.ts";
import { noteBatch, type OpenedAnswer } from "./try-targets.ts";

/** Passes an answer on to the client, whoever gives it, in whatever dialect. */
export function relay(
  exchange: Exchange,
  dialect: Dialect,
  call: OpenedRequest,
  opened: OpenedAnswer,
): Response | Promise<Response> {
  const writer = call.writer({
    requestId: exchange.id,
    isRaw: opened.answer.isRaw,
    usageExtra: (usage) => exchange.costFields(usage),
  });
  if (!call.stream) return answerWhole(exchange, dialect, opened, writer);
  const headers = answerHeaders(exchange, dialect, writer.contentType);
  return streamResponse(exchange, headers, (sink) => writeStream(exchange, dialect, opened, writer, sink));
}

/** Settles, then answers: the record is durable before the first byte leaves. */
async function answerWhole(
  exchange: Exchange,
  dialect: Dialect,
  opened: OpenedAnswer,
  writer: Writer,
): Promise<Response> {
  for (const batch of opened.held) writer.write(batch);
  const body = writer.end();
  exchange.closeAttempt();
  await exchange.settle(200, "ok");
  exchange.releaseConnection();
  return new Response(body as Uint8Array<ArrayBuffer> | string, {
    headers: answerHeaders(exchange, dialect, writer.contentType),
  });
}

/**
 * Writes batch after batch. The proper end of a stream leaves after the record is durable; a stream that breaks ends with
 * an error event instead, never like a whole one. After the client has left, reading goes on until the upstream has
 * given its last count.
 */
async function writeStream(
  exchange: Exchange,
  dialect: Dialect,
  opened: OpenedAnswer,
  writer: Writer,
  sink: StreamSink,
): Promise<void> {
  const { answer, held } = opened;
  let failure: SahabError | undefined;
  try {
    let isEnd = false;
    for (const batch of held) {
      isEnd = batch.facts.isEnd;
      const waiting = write(exchange, sink, writer.write(batch));
      if (waiting) await waiting;
    }
    while (!isEnd) {
      const batch = noteBatch(exchange, await answer.read());
      isEnd = batch.facts.isEnd;
      const waiting = exchange.cancelled ? undefined : write(exchange, sink, writer.write(batch));
      if (waiting) await waiting;
    }
    failure = exchange.cancelled;
  } catch (error) {
    failure = exchange.cancelled ?? toSahabError(error);
    answer.cancel();
  }
  exchange.closeAttempt(failure);
  await finish(exchange, dialect, writer, sink, failure);
}

/** Settles, then writes the stream's last bytes: its proper end, or the error that took its place. */
async function finish(
  exchange: Exchange,
  dialect: Dialect,
  writer: Writer,
  sink: StreamSink,
  failure: SahabError | undefined,
): Promise<void> {
  let problem = failure;
  try {
    await exchange.settle(failure ? statusOf(dialect, failure) : 200, failure?.code ?? "ok");
  } catch (error) {
    problem ??= toSahabError(error);
  }
  // A client that left is no trouble of the operator's.
  if (problem && problem.code !== "client_closed_request") exchange.warn(problem, "a stream broke off");
  const last = sink.write(problem ? writer.fail(problem) : writer.end());
  sink.flush();
  // A client that was given up is not waited for.
  if (last && !exchange.cancelled) await exchange.awaitClient(last);
}

/** Undefined where there is nothing to wait for. */
function write(
  exchange: Exchange,
  sink: StreamSink,
  bytes: Uint8Array | string | undefined,
): Promise<void> | undefined {
  if (bytes === undefined || bytes.length === 0) return undefined;
  const waiting = sink.write(bytes);
  sink.flush();
  return waiting && exchange.awaitClient(waiting);
}
