import { prefixError, SahabError, toSahabError } from "../base/errors.ts";
import { EventStreamParser, encodeSseData, type SseEvent } from "../dialect/sse.ts";
import {
  answerTextBytes,
  decodeErrorEvent,
  encodeErrorBody,
  hasFinishReason,
  hasUsage,
  isDone,
  isErrorEvent,
  usageOf,
} from "../dialect/openai-chat/index.ts";
import { hideSecrets, type HttpAnswer, type Provider } from "../vendor/index.ts";
import type { StreamSink } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";

/** A vendor's stream of which the first event has come. */
export interface OpenedStream {
  answer: HttpAnswer;
  parser: EventStreamParser;
  /** Events read so far, in order. */
  events: SseEvent[];
}

/** How long a vendor may take to close a stream of which it has sent the end. */
const endWaitMs = 1_000;

/** A stream that sends only comments is handed on after this time: the client sees life, and gives up the unseen retry. */
const commentsOnlyMs = 15_000;

/**
 * Waits for a stream's first event, so that one that fails before it can be tried elsewhere unseen.
 * Throws when it is no event stream, ends, breaks or says an error first.
 */
export async function openStream(answer: HttpAnswer, from: Provider): Promise<OpenedStream> {
  const provider = from.name;
  const type = answer.header("content-type") ?? "no content type";
  if (!type.includes("text/event-stream")) {
    throw new SahabError(
      "upstream_invalid_response",
      `Provider ${provider} answered with ${type.slice(0, 100)}; a stream of events was asked for`,
    );
  }
  const parser = new EventStreamParser();
  const events: SseEvent[] = [];
  const started = Date.now();
  for (;;) {
    const { done, value } = await read(answer, provider);
    if (done)
      throw new SahabError("stream_interrupted", `Provider ${provider} closed the stream before its first event`);
    push(parser, value, (event) => events.push(event), provider);
    const first = events.find((event) => !event.isComment);
    if (first && isErrorEvent(first.dataBytes)) {
      throw prefixError(decodeErrorEvent(hideSecrets(from, first.data)), `Provider ${provider}`);
    }
    if (first || (events.length > 0 && Date.now() - started > commentsOnlyMs)) return { answer, parser, events };
  }
}

/**
 * Passes the events of a stream on, byte for byte, and reads its usage on the way. Two things are changed: usage that
 * only Sahab asked for stays here, and usage that the client wants gains its cost. The final `[DONE]` leaves after the
 * record is durable; a stream that breaks ends with an error event instead, never like a whole one.
 */
export async function relayStream(
  exchange: Exchange,
  opened: OpenedStream,
  sink: StreamSink,
  options: { streamUsage: boolean; choiceCount: number; provider: Provider },
): Promise<void> {
  const { answer, parser } = opened;
  const batch = new Batch();
  const finished = new FinishCount(options.choiceCount);
  let done = false;
  let failure: SahabError | undefined;

  const onEvent = (event: SseEvent) => {
    if (done || failure) return;
    const data = event.dataBytes;
    if (data.length === 0) {
      batch.add(event.raw);
      return;
    }
    if (isDone(data)) {
      done = true;
      return;
    }
    if (isErrorEvent(data)) {
      const text = hideSecrets(options.provider, event.data);
      failure = prefixError(decodeErrorEvent(text), `Provider ${exchange.provider}`);
      return;
    }
    if (hasUsage(data)) {
      const replacement = takeUsage(exchange, event.data, options.streamUsage);
      if (replacement !== undefined) {
        if (replacement !== "") batch.add(Buffer.from(replacement));
        finished.note(event);
        return;
      }
    }
    const textBytes = answerTextBytes(data);
    if (textBytes > 0) {
      exchange.answerBytes += textBytes;
      exchange.markFirstToken();
    }
    finished.note(event);
    batch.add(event.raw);
  };

  try {
    for (const event of opened.events) onEvent(event);
    for (;;) {
      // While the client is slow to read, it is not the provider that is silent.
      exchange.deadlineMs = Number.POSITIVE_INFINITY;
      await batch.writeTo(sink);
      if (done || failure) break;
      if (exchange.ended) throw exchange.ended;
      exchange.allow(options.provider.timeouts.idleMs);
      const { done: closed, value } = await read(answer, exchange.provider);
      if (closed) break;
      push(parser, value, onEvent, exchange.provider);
    }
    // A vendor may close without [DONE] once every choice has ended; anything else was cut.
    if (!done && !failure && (!finished.whole || parser.end() !== undefined)) {
      failure = new SahabError(
        "stream_interrupted",
        `Provider ${exchange.provider} closed the stream in the middle of the answer`,
      );
    }
  } catch (error) {
    failure = exchange.ended ?? toSahabError(error);
  }
  exchange.deadlineMs = Number.POSITIVE_INFINITY;
  release(answer, done);
  await finishStream(exchange, sink, failure, "data: [DONE]\n\n");
}

/** Lets go of a vendor's stream. One that has said all is read to its end, so that its connection can be used again. */
function release(answer: HttpAnswer, whole: boolean): void {
  const giveUp = () => void answer.cancel();
  if (!whole) {
    giveUp();
    return;
  }
  const timer = setTimeout(giveUp, endWaitMs);
  answer
    .read()
    .then(({ done }) => (done ? undefined : giveUp()))
    .catch(() => undefined)
    .finally(() => clearTimeout(timer));
}

/** Settles, then writes the stream's last bytes: its proper end, or the error that took its place. */
export async function finishStream(
  exchange: Exchange,
  sink: StreamSink,
  failure: SahabError | undefined,
  end: string,
): Promise<void> {
  let problem = failure;
  try {
    await exchange.settle(failure?.status ?? 200, failure?.code ?? "ok");
  } catch (error) {
    problem ??= toSahabError(error);
  }
  // A client that left is no trouble of the operator's.
  if (problem && problem.code !== "client_closed_request") exchange.warn(problem, "a stream broke off");
  await sink.write(problem ? encodeSseData(JSON.stringify(encodeErrorBody(problem, exchange.id))) : end);
  sink.flush();
}

/** Notes the usage; returns what to send in place of the event: nothing, the event with its cost, or undefined for the event as it is. */
function takeUsage(exchange: Exchange, text: string, streamUsage: boolean): string | undefined {
  const chunk = parseChunk(text);
  const usage = usageOf(chunk);
  if (!usage) return undefined;
  exchange.usage = usage;
  const choices = chunk["choices"];
  const isLast = !Array.isArray(choices) || choices.length === 0;
  if (isLast && !streamUsage) return "";
  const isFinal =
    isLast || choices.some((choice) => (choice as { finish_reason?: unknown } | null)?.finish_reason != null);
  if (!isFinal) return undefined;
  return encodeSseData(
    JSON.stringify({ ...chunk, usage: { ...(chunk["usage"] as object), ...exchange.costFields(usage) } }),
  );
}

async function read(answer: HttpAnswer, provider: string): Promise<{ done: boolean; value: Uint8Array }> {
  try {
    const { done, value } = await answer.read();
    return { done, value: value ?? new Uint8Array(0) };
  } catch (cause) {
    if (cause instanceof SahabError) throw cause;
    throw new SahabError(
      "stream_interrupted",
      `Provider ${provider} broke the connection in the middle of the answer`,
      { cause },
    );
  }
}

/** Which choices of a stream have ended. */
class FinishCount {
  readonly #wanted: number;
  readonly #choices = new Set<unknown>();
  whole = false;

  constructor(wanted: number) {
    this.#wanted = wanted;
  }

  note(event: SseEvent): void {
    if (this.whole || !hasFinishReason(event.dataBytes)) return;
    if (this.#wanted > 1) {
      // Rare enough to be parsed: once for each choice.
      const { choices } = parseChunk(event.data);
      for (const choice of Array.isArray(choices) ? (choices as { index?: unknown; finish_reason?: unknown }[]) : []) {
        if (choice.finish_reason != null) this.#choices.add(choice.index);
      }
      this.whole = this.#choices.size >= this.#wanted;
    } else this.whole = true;
  }
}

function parseChunk(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function push(
  parser: EventStreamParser,
  bytes: Uint8Array,
  onEvent: (event: SseEvent) => void,
  provider: string,
): void {
  try {
    parser.push(bytes, onEvent);
  } catch (error) {
    throw prefixError(toSahabError(error), `Provider ${provider}`);
  }
}

/** Bytes to be written together: neighbours in the same chunk go out as one piece. */
class Batch {
  #parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    const last = this.#parts.at(-1);
    if (last && last.buffer === bytes.buffer && last.byteOffset + last.byteLength === bytes.byteOffset) {
      this.#parts[this.#parts.length - 1] = new Uint8Array(
        last.buffer,
        last.byteOffset,
        last.byteLength + bytes.byteLength,
      );
    } else {
      this.#parts.push(bytes);
    }
  }

  async writeTo(sink: StreamSink): Promise<void> {
    if (this.#parts.length === 0) return;
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) {
      const waiting = sink.write(part);
      if (waiting) await waiting;
    }
    sink.flush();
  }
}
