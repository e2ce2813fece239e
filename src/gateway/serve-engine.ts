import { must } from "../base/assert.ts";
import { SahabError, toSahabError } from "../base/errors.ts";
import type {
  ChatEvent,
  EmbeddingRequest,
  EmbeddingResult,
  ChatRequest,
  CompletionRequest,
  Usage,
} from "../call/index.ts";
import {
  createChatStreamEncoder,
  createCompletionStreamEncoder,
  decodeChatRequest,
  decodeCompletionRequest,
  decodeEmbeddingRequest,
  encodeChatResponse,
  encodeCompletionResponse,
  encodeEmbeddingResponse,
} from "../dialect/openai-chat/index.ts";
import { streamResponse, type StreamSink } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import type { PreparedRequest } from "./prepare-request.ts";
import { finishStream } from "./relay-stream.ts";
import { answerWhole } from "./relay-whole.ts";
import type { ModelEntry } from "./snapshot.ts";

/** What the path asks of an engine: the neutral call in, events out. After an abort one last usage event still comes. */
export interface EngineCalls {
  chat(request: ChatRequest, options: { signal: AbortSignal }): AsyncIterable<ChatEvent[]>;
  complete(request: CompletionRequest, options: { signal: AbortSignal }): AsyncIterable<ChatEvent[]>;
  embed(request: EmbeddingRequest, options: { signal: AbortSignal }): Promise<EmbeddingResult>;
}

export type EngineFor = (model: string) => EngineCalls;

/** Serves a request from a model that runs on this machine. */
export async function serveFromEngine(
  exchange: Exchange,
  prepared: PreparedRequest,
  model: ModelEntry,
  engineFor: EngineFor,
): Promise<Response> {
  const engine = engineFor(model.name);
  const body = parseBody(prepared.body);
  const extra = { requestId: exchange.id, usageExtra: (usage: Usage) => exchange.costFields(usage) };
  if (prepared.operation === "embedding") {
    const request = decodeEmbeddingRequest(body);
    const { signal } = exchange.beginAttempt("local", model.name);
    const result = await engine.embed(request, { signal });
    exchange.usage = result.usage;
    return answerWhole(exchange, JSON.stringify(encodeEmbeddingResponse(result, request.encoding, extra)));
  }
  const isChat = prepared.operation === "chat";
  let batches: AsyncIterable<ChatEvent[]>;
  if (isChat) {
    const request = decodeChatRequest(body);
    batches = engine.chat(request, { signal: exchange.beginAttempt("local", model.name).signal });
  } else {
    const request = decodeCompletionRequest(body);
    batches = engine.complete(request, { signal: exchange.beginAttempt("local", model.name).signal });
  }

  const iterator = batches[Symbol.asyncIterator]();
  // A request that the engine refuses is thrown here, before anything has been answered.
  const first = await iterator.next();
  if (exchange.ended) {
    await drainEvents(exchange, iterator, first);
    exchange.throwIfEnded();
  }
  if (prepared.stream) {
    const options = { ...extra, includeUsage: prepared.streamUsage };
    const encoder = isChat ? createChatStreamEncoder(options) : createCompletionStreamEncoder(options);
    return streamResponse(exchange, (sink) => writeEvents(exchange, iterator, first, sink, encoder));
  }
  const events = await drainEvents(exchange, iterator, first);
  exchange.throwIfEnded();
  return answerWhole(
    exchange,
    JSON.stringify(isChat ? encodeChatResponse(events, extra) : encodeCompletionResponse(events, extra)),
  );
}

type Batches = AsyncIterator<ChatEvent[]>;
type Encoder = ReturnType<typeof createChatStreamEncoder>;

async function writeEvents(
  exchange: Exchange,
  iterator: Batches,
  first: IteratorResult<ChatEvent[]>,
  sink: StreamSink,
  encoder: Encoder,
): Promise<void> {
  let failure: SahabError | undefined;
  try {
    for (let next = first; !next.done; next = await iterator.next()) {
      const events = next.value;
      noteEvents(exchange, events);
      const last = events.at(-1);
      if (last?.type === "error") failure = last.error;
      if (exchange.ended) continue;
      const text = encoder.encode(failure ? events.slice(0, -1) : events);
      if (text === "") continue;
      const waiting = sink.write(text);
      sink.flush();
      if (waiting) await waiting;
    }
  } catch (error) {
    failure = toSahabError(error);
  }
  await finishStream(exchange, sink, exchange.ended ?? failure, encoder.done());
}

async function drainEvents(
  exchange: Exchange,
  iterator: Batches,
  first: IteratorResult<ChatEvent[]>,
): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for (let next = first; !next.done; next = await iterator.next()) {
    noteEvents(exchange, next.value);
    all.push(...next.value);
  }
  return all;
}

function noteEvents(exchange: Exchange, events: readonly ChatEvent[]): void {
  for (const event of events) {
    if (event.type === "text-delta" || event.type === "reasoning-delta") {
      exchange.answerBytes += event.text.length;
      if (exchange.streamed) exchange.markFirstToken();
    } else if (event.type === "tool-call-delta") {
      exchange.answerBytes += event.arguments.length;
      if (exchange.streamed) exchange.markFirstToken();
    } else if (event.type === "usage") exchange.usage = event.usage;
  }
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    const reason = must(cause instanceof Error ? cause : undefined, "parsers throw errors").message;
    throw new SahabError("invalid_json", `The body is not JSON: ${reason.slice(0, 200)}`, { cause });
  }
}
