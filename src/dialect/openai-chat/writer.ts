import type { SahabError } from "../../base/errors.ts";
import { unreachable } from "../../base/assert.ts";
import type { AnswerEvent, Batch, Operation } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { encodeSseData, EventStreamParser } from "../sse.ts";
import { spliceUsage } from "../splice-usage.ts";
import type { JsonObject } from "../read.ts";
import { createCompletionStreamEncoder, encodeCompletionResponse } from "./encode-completion-events.ts";
import { encodeEmbeddingResponse } from "./encode-embedding-response.ts";
import { createChatStreamEncoder, encodeChatResponse } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  stream: boolean;
  streamUsage: boolean;
  /** How vectors are wanted; looked up only where they are encoded here. */
  encoding(): "float" | "base64";
}

/** Writes an answer in OpenAI's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (!asked.stream) return options.isRaw ? createRawBody(options) : createEncodedBody(asked, options);
  return options.isRaw ? createRawStream(asked, options) : createEncodedStream(asked, options);
}

const streamEnd = "data: [DONE]\n\n";

/** Two things are changed: usage that only Sahab asked for stays here, and the last usage gains its cost. */
function createRawStream(asked: AskedFor, options: WriterOptions): Writer {
  return {
    contentType: eventStreamType,
    write(batch) {
      const { raw, facts } = batch;
      if (!raw || !(facts.usage || facts.isEnd)) return raw;
      const events = batch.events();
      const isAlone = !events.some((event) => "choice" in event);
      // `[DONE]` is written at the end. The last event of a vendor that leaves it out may hold text.
      if (!facts.usage) return isAlone ? undefined : raw;
      if (isAlone && !asked.streamUsage) return undefined;
      // Some vendors count in every chunk; only the last of these is the bill.
      if (!isAlone && !events.some((event) => event.type === "finish")) return raw;
      return withCost(raw, options.usageExtra(facts.usage));
    },
    end: () => streamEnd,
    fail: (error) => encodeFailure(error, options),
  };
}

/** One event of a stream with fields added to its usage. */
function withCost(raw: Uint8Array, extra: JsonObject): Uint8Array | string {
  let replaced: string | undefined;
  new EventStreamParser().push(raw, ({ dataBytes, event }) => {
    const spliced = spliceUsage(dataBytes, extra);
    if (spliced)
      replaced = encodeSseData(Buffer.from(spliced).toString("utf8"), event === "message" ? undefined : event);
  });
  return replaced ?? raw;
}

function createEncodedStream(asked: AskedFor, options: WriterOptions): Writer {
  const encoding = { includeUsage: asked.streamUsage, usageExtra: options.usageExtra };
  const encoder =
    asked.operation === "completion" ? createCompletionStreamEncoder(encoding) : createChatStreamEncoder(encoding);
  return {
    contentType: eventStreamType,
    write: (batch) => encoder.encode(batch.events()) || undefined,
    end: () => encoder.end() + streamEnd,
    fail: (error) => encodeFailure(error, options),
  };
}

function createRawBody(options: WriterOptions): Writer {
  let last: Batch | undefined;
  return {
    contentType: jsonType,
    write(batch) {
      last = batch;
      return undefined;
    },
    end() {
      const raw = last?.raw ?? new Uint8Array(0);
      const usage = last?.facts.usage;
      return usage ? (spliceUsage(raw, options.usageExtra(usage)) ?? raw) : raw;
    },
    fail: (error) => encodeFailure(error, options),
  };
}

function createEncodedBody(asked: AskedFor, options: WriterOptions): Writer {
  const all: AnswerEvent[] = [];
  return {
    contentType: jsonType,
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end: () => JSON.stringify(encodeBody(asked, all, options)),
    fail: (error) => encodeFailure(error, options),
  };
}

function encodeBody(asked: AskedFor, events: readonly AnswerEvent[], options: WriterOptions): JsonObject {
  const { operation } = asked;
  switch (operation) {
    case "chat":
      return encodeChatResponse(events, options);
    case "completion":
      return encodeCompletionResponse(events, options);
    case "embedding":
      return encodeEmbeddingResponse(events, asked.encoding(), options);
    case "token-count":
      return { input_tokens: events.find((event) => event.type === "token-count")?.inputTokens ?? 0 };
    default:
      return unreachable(operation);
  }
}

function encodeFailure(error: SahabError, options: WriterOptions): string {
  return encodeSseData(JSON.stringify(encodeErrorBody(error, options.requestId)));
}
