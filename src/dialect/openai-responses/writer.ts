import { must } from "../../base/assert.ts";
import type { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch, Operation } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { encodeErrorBody } from "../openai-chat/error-body.ts";
import { addCost, editEvents, RawBodyWriter } from "../raw-answer.ts";
import { DoneItems } from "./done-items.ts";
import { createResponseStreamEncoder, encodeErrorEvent, writeEvent } from "./encode-events.ts";
import { encodeResponse, ResponseHead, type EncodeOptions } from "./encode-response.ts";
import { findResponse, spliceState, type KeepingState } from "./keeping-state.ts";
import { toKept } from "./kept-answer.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: Operation;
  stream: boolean;
  state: KeepingState;
  /** What an answer that is encoded here needs; looked up only there. */
  encoding(): Pick<EncodeOptions, "names" | "echo" | "state" | "isSummary">;
}

/** Writes an answer in the form of Responses: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (!asked.stream) return options.isRaw ? createRawBody(asked, options) : createEncodedBody(asked, options);
  return options.isRaw ? createRawStream(asked, options) : createEncodedStream(asked, options);
}

/** Changes the usage, which gains its cost, and what is said of how the response is kept. */
function createRawBody({ operation, state }: AskedFor, options: WriterOptions): Writer {
  const body = new RawBodyWriter(options);
  if (operation === "token-count") return body;
  let written: Uint8Array | undefined;
  const end = () => {
    const json = body.end();
    return (written = spliceState(json, state) ?? json);
  };
  return {
    contentType: body.contentType,
    write: (batch) => body.write(batch),
    end,
    fail: (error) => body.fail(error),
    kept: () => toKept(written ?? end()),
  };
}

/** Changes the same in the events that have the whole response. */
function createRawStream(asked: AskedFor, { requestId, usageExtra, isKept = false }: WriterOptions): Writer {
  let first: Batch | undefined;
  let last: Batch | undefined;
  let lastBytes: Uint8Array | undefined;
  let hasText = false;
  const { state } = asked;
  const hasState = state.isStored || state.previousId !== undefined;
  const encode = ({ raw, facts }: Batch) => {
    const priced = raw && facts.usage ? addCost(raw, facts.usage, usageExtra, { within: "response" }) : raw;
    // Between the first text and the end there is no response in any event.
    const mayTell = !hasText || facts.isEnd;
    hasText ||= facts.textBytes > 0;
    if (!priced || !hasState || !mayTell) return priced;
    return editEvents(priced, (data) => spliceState(data, state, "response"));
  };
  const encodeLast = () => (lastBytes ??= (last && encode(last)) ?? new Uint8Array(0));
  const items = new DoneItems();
  return {
    contentType: eventStreamType,
    get heldBytes() {
      return items.bytes;
    },
    write(batch) {
      first ??= batch;
      last = batch;
      if (isKept) items.note(batch);
      return batch.facts.isEnd ? undefined : encode(batch);
    },
    end: encodeLast,
    kept: () => toKept(responseIn(encodeLast()), items.all),
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

/** The response in the event of a stream's end. */
function responseIn(events: Uint8Array): Uint8Array {
  let found: Uint8Array | undefined;
  editEvents(events, (data) => {
    const field = findResponse(data, undefined)?.fields.get("response");
    if (field) found = data.subarray(field.start, field.end);
    return undefined;
  });
  return found ?? Buffer.from("{}");
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
    kept: () => toKept(encoder.kept()),
    fail: (error) => encoder.fail(encodeError(error, requestId)),
    get heldBytes() {
      return encoder.heldBytes;
    },
  };
}

function createEncodedBody(asked: AskedFor, { usageExtra }: WriterOptions): Writer {
  const all: AnswerEvent[] = [];
  let body: string | undefined;
  return {
    contentType: jsonType,
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end() {
      if (asked.operation === "token-count") return JSON.stringify(encodeTokenCount(all));
      return (body = encodeResponse(all, { ...asked.encoding(), usageExtra }));
    },
    kept: () => toKept(must(body, "the body is written before it is kept")),
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
