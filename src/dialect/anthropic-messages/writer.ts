import type { AnswerEvent, Batch, Operation, Usage } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import type { JsonObject } from "../read.ts";
import { spliceUsage } from "../splice-usage.ts";
import { encodeSseData, EventStreamParser } from "../sse.ts";
import { createMessageStreamEncoder, encodeMessage } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  stream: boolean;
}

/** Writes an answer in Anthropic's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  const parts = asked.stream
    ? options.isRaw
      ? createRawStream(options)
      : createEncodedStream(options)
    : options.isRaw
      ? createRawBody(options)
      : createEncodedBody(asked, options);
  return {
    contentType: asked.stream ? eventStreamType : jsonType,
    ...parts,
    fail: (error) => encodeSseData(JSON.stringify(encodeErrorBody(error, options.requestId)), "error"),
  };
}

type WriterParts = Pick<Writer, "write" | "end">;

/** Changes one thing: the usage of `message_delta` gains its cost. That of `message_start` is no bill, and lies deeper. */
function createRawStream({ usageExtra }: WriterOptions): WriterParts {
  let last: Batch | undefined;
  const encode = ({ raw, facts }: Batch) => (raw && facts.usage ? withCost(raw, facts.usage, usageExtra) : raw);
  return {
    write(batch) {
      if (!batch.facts.isEnd) return encode(batch);
      last = batch;
      return undefined;
    },
    end: () => (last && encode(last)) ?? "",
  };
}

/** One event of a stream with fields added to its usage; all other bytes of its data as they are. */
function withCost(raw: Uint8Array, usage: Usage, usageExtra: WriterOptions["usageExtra"]): Uint8Array | string {
  let replaced = "";
  let isChanged = false;
  new EventStreamParser().push(raw, ({ raw, dataBytes, event, isComment }) => {
    const spliced = isComment ? undefined : spliceUsage(dataBytes, usageExtra(usage));
    if (spliced) isChanged = true;
    replaced += spliced ? encodeSseData(Buffer.from(spliced).toString("utf8"), nameOf(event)) : raw.toString("utf8");
  });
  return isChanged ? replaced : raw;
}

/** An event without a name has the name `message`. */
function nameOf(event: string): string | undefined {
  return event === "message" ? undefined : event;
}

function createEncodedStream({ usageExtra }: WriterOptions): WriterParts {
  const encoder = createMessageStreamEncoder({ usageExtra });
  return { write: (batch) => encoder.encode(batch.events()) || undefined, end: () => encoder.end() };
}

function createRawBody({ usageExtra }: WriterOptions): WriterParts {
  let last: Batch | undefined;
  return {
    write(batch) {
      last = batch;
      return undefined;
    },
    end() {
      const raw = last?.raw ?? new Uint8Array(0);
      const usage = last?.facts.usage;
      return usage ? (spliceUsage(raw, usageExtra(usage)) ?? raw) : raw;
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
