import { unreachable } from "../../base/assert.ts";
import { limits } from "../../base/limits.ts";
import type { AnswerEvent, DecodedOperation, VectorEncoding } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { asBuffer, scanJsonObject } from "../json-scan.ts";
import { setField, spliceJson } from "../json-splice.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import type { JsonObject } from "../read.ts";
import { encodeSseData } from "../sse.ts";
import { createCompletionStreamEncoder, encodeCompletionResponse } from "./encode-completion-events.ts";
import { encodeEmbeddingResponse, encodeEmbeddingsInTurns } from "./encode-embedding-response.ts";
import { createChatStreamEncoder, encodeChatResponse } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";
import { encodeRerankResponse } from "./encode-rerank.ts";
import type { ToolNames } from "../tool-aliases.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: DecodedOperation;
  stream: boolean;
  streamUsage: boolean;
  /** Calls of tools are to be written as the legacy `function_call`; looked up only where they are encoded here. */
  usesFunctions(): boolean;
  /** The client's tools that take a free text; looked up only there. */
  customTools(): ToolNames | undefined;
  /** How vectors are wanted, where they are encoded here. */
  encoding: VectorEncoding;
}

/** Writes an answer in OpenAI's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (options.isRaw && !asked.stream) return new RawBodyWriter(options);
  const parts = asked.stream
    ? options.isRaw
      ? createRawStream(asked, options)
      : createEncodedStream(asked, options)
    : createEncodedBody(asked, options);
  return {
    contentType: asked.stream ? eventStreamType : jsonType,
    write: parts.write,
    end: parts.end,
    ...(parts.endInTurns && { endInTurns: parts.endInTurns }),
    fail: (error) => encodeSseData(JSON.stringify(encodeErrorBody(error, options.requestId))),
  };
}

type WriterParts = Pick<Writer, "write" | "end" | "endInTurns">;

const streamEnd = "data: [DONE]\n\n";

/** Two things are changed: usage that only Sahab asked for stays here, and the last usage gains its cost. */
function createRawStream(asked: AskedFor, options: WriterOptions): WriterParts {
  let end: Uint8Array | string = streamEnd;
  return {
    write(batch) {
      const { raw, facts } = batch;
      if (!raw || !(facts.usage || facts.isEnd)) return raw;
      const events = batch.events();
      const isAlone = !events.some((event) => "choice" in event);
      // `[DONE]` waits for the end, as the vendor wrote it. The last event of a vendor that leaves it out may hold text.
      if (isStreamEnd(raw)) end = raw;
      if (!facts.usage) return isAlone ? undefined : raw;
      if (isAlone && !asked.streamUsage) return undefined;
      // Some vendors count in every chunk; only the last of these is the bill.
      if (!isAlone && !events.some((event) => event.type === "finish")) return raw;
      return addCost(raw, facts.usage, options.usageExtra, { mend: isAlone ? withChoices : undefined });
    },
    end: () => end,
  };
}

function isStreamEnd(event: Uint8Array): boolean {
  // Longer ones hold something else, too.
  return (
    event.length < 1_024 && /(?:^|[\r\n])data: ?\[DONE\](?:\r\n\r\n|\n\n)$/.test(asBuffer(event).toString("latin1"))
  );
}

/** Some vendors count in an event whose choices are null or missing; clients go through that list. */
function withChoices(json: Uint8Array): Uint8Array {
  const scan = scanJsonObject(json, { depthMax: limits.jsonDepthMax });
  const field = scan.fields.get("choices");
  return field?.elements === undefined ? spliceJson(json, [setField(scan, "choices", "[]")]) : json;
}

function createEncodedStream(asked: AskedFor, options: WriterOptions): WriterParts {
  const encoding = { includeUsage: asked.streamUsage, usageExtra: options.usageExtra };
  const encoder =
    asked.operation === "completion"
      ? createCompletionStreamEncoder(encoding)
      : createChatStreamEncoder({
          ...encoding,
          usesFunctions: asked.usesFunctions(),
          customTools: asked.customTools(),
        });
  return {
    write: (batch) => encoder.encode(batch.events()) || undefined,
    end: () => encoder.end() + streamEnd,
  };
}

function createEncodedBody(asked: AskedFor, options: WriterOptions): WriterParts {
  const all: AnswerEvent[] = [];
  return {
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end: () => JSON.stringify(encodeBody(asked, all, options)),
    ...(asked.operation === "embedding" && {
      endInTurns: () => encodeEmbeddingsInTurns(all, asked.encoding, options),
    }),
  };
}

function encodeBody(asked: AskedFor, events: readonly AnswerEvent[], options: WriterOptions): JsonObject {
  const { operation } = asked;
  switch (operation) {
    case "chat":
      return encodeChatResponse(events, {
        ...options,
        usesFunctions: asked.usesFunctions(),
        customTools: asked.customTools(),
      });
    case "completion":
      return encodeCompletionResponse(events, options);
    case "embedding":
      return encodeEmbeddingResponse(events, asked.encoding, options);
    case "rerank":
      return encodeRerankResponse(events, options);
    case "token-count":
      return { input_tokens: events.find((event) => event.type === "token-count")?.inputTokens ?? 0 };
    default:
      return unreachable(operation);
  }
}
