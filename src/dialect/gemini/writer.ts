import type { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch, Operation } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { asBuffer } from "../json-scan.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import { encodeSseData, EventStreamParser } from "../sse.ts";
import { encodeEmbeddings, embeddingsInTurns, RawEmbeddingWriter } from "./encode-embedding-response.ts";
import { createContentStreamEncoder, encodeContent } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";
import { usageField } from "./usage.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  /** A whole body, an event stream, or a stream in the form of one list. */
  form: "body" | "events" | "list";
  /** One vector is asked for, and not a list of them. */
  isSingle: boolean;
}

/** Writes an answer in Google's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  const { form, operation } = asked;
  if (form === "body") {
    if (options.isRaw && operation === "embedding" && asked.isSingle) return new RawEmbeddingWriter(options);
    if (options.isRaw) return new RawBodyWriter(options, { field: usageField });
    return Object.assign(createEncodedBody(asked, options), { contentType: jsonType, fail: throwIt });
  }
  const events = options.isRaw ? createRawStream(options) : createEncodedStream(options);
  // The parts are the writer, since what they hold changes.
  return form === "events" ? events : asList(events, options);
}

function throwIt(error: SahabError): never {
  throw error;
}

/** Changes one thing: the last usage gains its cost. From the first reason for an end on, an event waits for the next. */
function createRawStream({ requestId, usageExtra }: WriterOptions): Writer {
  let held: Batch | undefined;
  let isEnding = false;
  return {
    contentType: eventStreamType,
    write(batch) {
      const { raw } = batch;
      if (!raw || raw.length === 0) return undefined;
      isEnding ||= asBuffer(raw).includes('"finishReason"') || asBuffer(raw).includes('"promptFeedback"');
      const before = held?.raw;
      if (!isEnding || !batch.facts.usage) {
        held = undefined;
        return before ? Buffer.concat([before, raw]) : raw;
      }
      held = batch;
      return before;
    },
    end() {
      const { raw, facts } = held ?? {};
      return raw && facts?.usage ? addCost(raw, facts.usage, usageExtra, { field: usageField }) : "";
    },
    get heldBytes() {
      return held?.raw?.length ?? 0;
    },
    fail: (error) => encodeFailure(error, requestId),
  };
}

function createEncodedStream({ requestId, usageExtra }: WriterOptions): Writer {
  const encoder = createContentStreamEncoder({ usageExtra });
  return {
    contentType: eventStreamType,
    write: (batch) => encoder.encode(batch.events()).map(frame).join("") || undefined,
    end: () => frame(encoder.end()),
    get heldBytes() {
      return encoder.heldBytes;
    },
    fail: (error) => encodeFailure(error, requestId),
  };
}

/** Without a name, as Google has it. */
function frame(json: string): string {
  return `data: ${json}\n\n`;
}

function encodeFailure(error: SahabError, requestId: string): string {
  return encodeSseData(JSON.stringify(encodeErrorBody(error, requestId)));
}

/** The same events as the elements of one list, which is closed at the stream's proper end only. */
function asList(events: Writer, { requestId }: WriterOptions): Writer {
  let separator = "[";
  const toElements = (bytes: Uint8Array | string): Buffer => {
    const pieces: Buffer[] = [];
    new EventStreamParser().push(Buffer.from(bytes), ({ isComment, data }) => {
      if (isComment || data === "") return;
      pieces.push(Buffer.from(`${separator}${data}`));
      separator = ",\r\n";
    });
    return Buffer.concat(pieces);
  };
  return {
    contentType: jsonType,
    write(batch) {
      const bytes = events.write(batch);
      const elements = bytes && toElements(bytes);
      return elements?.length ? elements : undefined;
    },
    end() {
      const last = toElements(events.end());
      return Buffer.concat([last, Buffer.from(separator === "[" ? "[]" : "]")]);
    },
    get heldBytes() {
      return events.heldBytes ?? 0;
    },
    fail: (error) => `${separator}${JSON.stringify(encodeErrorBody(error, requestId))}`,
  };
}

function createEncodedBody(
  { operation, isSingle }: AskedFor,
  { usageExtra }: WriterOptions,
): Pick<Writer, "write" | "end" | "endInTurns"> {
  const all: AnswerEvent[] = [];
  return {
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end() {
      if (operation === "token-count") return JSON.stringify({ totalTokens: countOf(all) });
      if (operation === "embedding") return encodeEmbeddings(all, isSingle, { usageExtra });
      return encodeContent(all, { usageExtra });
    },
    endInTurns: () => (operation === "embedding" ? embeddingsInTurns(all, isSingle, { usageExtra }) : undefined),
  };
}

function countOf(events: readonly AnswerEvent[]): number {
  return events.find((event) => event.type === "token-count")?.inputTokens ?? 0;
}
