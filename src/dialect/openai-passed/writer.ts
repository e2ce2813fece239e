import { assert } from "../../base/assert.ts";
import type { Batch } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { encodeErrorBody } from "../openai-chat/error-body.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import { encodeSseData } from "../sse.ts";

/** What a writer must know of the request. */
interface AskedFor {
  stream: boolean;
  /** A count in an event of its own was asked for by Sahab alone, and stays here. */
  hidesUsage: boolean;
}

/** Writes the vendor's own bytes, in the form that they have; usage gains the cost. */
export function createPassedWriter({ stream, hidesUsage }: AskedFor, options: WriterOptions): Writer {
  assert(options.isRaw, "what only passes is never encoded here");
  const { contentType = jsonType } = options;
  if (contentType === eventStreamType) return eventWriter(options, hidesUsage);
  if (contentType === jsonType) return Object.assign(new RawBodyWriter(options), { fail: () => "", failsByCut: true });
  return stream ? byteWriter(contentType) : wholeByteWriter(contentType);
}

/** The last event leaves when the record is durable. */
function eventWriter(options: WriterOptions, hidesUsage: boolean): Writer {
  let last: Uint8Array | undefined;
  return {
    contentType: eventStreamType,
    write({ raw, facts: { usage, isEnd, textBytes } }) {
      if (hidesUsage && usage && !isEnd && textBytes === 0) return undefined;
      const bytes = raw && usage ? addCost(raw, usage, options.usageExtra) : raw;
      if (!isEnd) return bytes;
      last = bytes;
      return undefined;
    },
    end: () => last ?? "",
    fail: (error) => encodeSseData(JSON.stringify(encodeErrorBody(error, options.requestId))),
  };
}

function byteWriter(contentType: string): Writer {
  return { contentType, write: ({ raw }) => raw, end: () => "", fail: () => "", failsByCut: true };
}

function wholeByteWriter(contentType: string): Writer {
  let whole: Batch | undefined;
  return {
    contentType,
    write(batch) {
      whole = batch;
      return undefined;
    },
    end: () => whole?.raw ?? "",
    fail: () => "",
  };
}
