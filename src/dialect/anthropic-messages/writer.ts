import type { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch, Operation } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import type { JsonObject } from "../read.ts";
import { encodeSseData } from "../sse.ts";
import { createMessageStreamEncoder, encodeMessage } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  stream: boolean;
}

/** Writes an answer in Anthropic's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (options.isRaw && !asked.stream) return new RawBodyWriter(options);
  const parts = asked.stream
    ? options.isRaw
      ? createRawStream(options)
      : createEncodedStream(options)
    : createEncodedBody(asked, options);
  // The parts are the writer, since what they hold changes.
  return Object.assign(parts, {
    contentType: asked.stream ? eventStreamType : jsonType,
    fail: (error: SahabError) => encodeSseData(JSON.stringify(encodeErrorBody(error, options.requestId)), "error"),
  });
}

type WriterParts = Pick<Writer, "write" | "end" | "heldBytes">;

/** Changes one thing: the usage of `message_delta` gains its cost. That of `message_start` is no bill, and lies deeper. */
function createRawStream({ usageExtra }: WriterOptions): WriterParts {
  let last: Batch | undefined;
  const encode = ({ raw, facts }: Batch) => (raw && facts.usage ? addCost(raw, facts.usage, usageExtra) : raw);
  return {
    write(batch) {
      if (!batch.facts.isEnd) return encode(batch);
      last = batch;
      return undefined;
    },
    end: () => (last && encode(last)) ?? "",
  };
}

function createEncodedStream({ usageExtra }: WriterOptions): WriterParts {
  const encoder = createMessageStreamEncoder({ usageExtra });
  return {
    write: (batch) => encoder.encode(batch.events()) || undefined,
    end: () => encoder.end(),
    get heldBytes() {
      return encoder.heldBytes;
    },
  };
}

function createEncodedBody({ operation }: AskedFor, { usageExtra }: WriterOptions): WriterParts {
  const all: AnswerEvent[] = [];
  return {
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end() {
      if (operation === "token-count") return JSON.stringify(encodeTokenCount(all));
      return encodeMessage(all, { usageExtra });
    },
  };
}

function encodeTokenCount(events: readonly AnswerEvent[]): JsonObject {
  return { input_tokens: events.find((event) => event.type === "token-count")?.inputTokens ?? 0 };
}
