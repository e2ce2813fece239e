import type { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch, Operation } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { encodeErrorBody } from "../openai-chat/error-body.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import { createResponseStreamEncoder, encodeErrorEvent, writeEvent } from "./encode-events.ts";
import { encodeResponse, ResponseHead, type EncodeOptions } from "./encode-response.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  stream: boolean;
  /** What an answer that is encoded here needs; looked up only there. */
  encoding(): Pick<EncodeOptions, "names" | "echo">;
}

/** Writes an answer in the form of Responses: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (!asked.stream) return options.isRaw ? new RawBodyWriter(options) : createEncodedBody(asked, options);
  return options.isRaw ? createRawStream(asked, options) : createEncodedStream(asked, options);
}

/** Changes one thing: the usage in the last event's response gains its cost. */
function createRawStream(asked: AskedFor, { requestId, usageExtra }: WriterOptions): Writer {
  let first: Batch | undefined;
  let last: Batch | undefined;
  const encode = ({ raw, facts }: Batch) =>
    raw && facts.usage ? addCost(raw, facts.usage, usageExtra, { within: "response" }) : raw;
  return {
    contentType: eventStreamType,
    write(batch) {
      first ??= batch;
      last = batch;
      return batch.facts.isEnd ? undefined : encode(batch);
    },
    end: () => (last && encode(last)) ?? "",
    fail(error) {
      const body = encodeError(error, requestId);
      const number = numberOf(last) + 1;
      const told = writeEvent("error", number, JSON.stringify(encodeErrorEvent(body)).slice(1, -1));
      const start = first?.events().find((event) => event.type === "start");
      if (!start) return told;
      const { code, message } = body;
      const response = new ResponseHead(start, { ...asked.encoding(), usageExtra }).encode({
        status: "failed",
        output: [],
        error: { code, message },
      });
      return told + writeEvent("response.failed", number + 1, `"response":${response}`);
    },
  };
}

/** The number of the last event that was sent. */
function numberOf(batch: Batch | undefined): number {
  const text = Buffer.from(batch?.raw ?? []).toString("latin1");
  const at = text.lastIndexOf('"sequence_number":');
  const number = at === -1 ? Number.NaN : Number.parseInt(text.slice(at + '"sequence_number":'.length, at + 40), 10);
  return Number.isSafeInteger(number) ? number : -1;
}

function createEncodedStream(asked: AskedFor, { requestId, usageExtra }: WriterOptions): Writer {
  const encoder = createResponseStreamEncoder({ ...asked.encoding(), usageExtra });
  return {
    contentType: eventStreamType,
    write: (batch) => encoder.encode(batch.events()) || undefined,
    end: () => encoder.end(),
    fail: (error) => encoder.fail(encodeError(error, requestId)),
    get heldBytes() {
      return encoder.heldBytes;
    },
  };
}

function createEncodedBody(asked: AskedFor, { usageExtra }: WriterOptions): Writer {
  const all: AnswerEvent[] = [];
  return {
    contentType: jsonType,
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end() {
      if (asked.operation === "token-count") return JSON.stringify(encodeTokenCount(all));
      return encodeResponse(all, { ...asked.encoding(), usageExtra });
    },
    fail(error) {
      throw error;
    },
  };
}

function encodeTokenCount(events: readonly AnswerEvent[]) {
  const counted = events.find((event) => event.type === "token-count");
  return { object: "response.input_tokens", input_tokens: counted?.inputTokens ?? 0 };
}

function encodeError(error: SahabError, requestId: string) {
  return { ...encodeErrorBody(error, requestId).error };
}
