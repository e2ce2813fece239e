import type { SahabError } from "../../base/errors.ts";
import type { AnswerEvent, Batch } from "../../call/index.ts";
import type { Writer, WriterOptions } from "../dialect.ts";
import { eventStreamType, jsonType } from "../media-types.ts";
import { addCost, RawBodyWriter } from "../raw-answer.ts";
import { encodeEmbeddings } from "./encode-embeddings.ts";
import { createGenerationStreamEncoder, encodeGeneration, type AnswerForm } from "./encode-events.ts";
import { encodeErrorBody } from "./error-body.ts";
import { encodeRerankResponse } from "./rerank.ts";
import { frameError } from "./frame.ts";

/** What a writer must know of the request. */
interface AskedFor {
  operation: "chat" | "embedding" | "rerank";
  stream: boolean;
  choiceCount: number;
  form: AnswerForm;
}

/** Writes an answer in DashScope's form: a vendor's own bytes where they are, encoded events otherwise. */
export function createWriter(asked: AskedFor, options: WriterOptions): Writer {
  if (options.isRaw && !asked.stream) return new RawBodyWriter(options);
  const parts = asked.stream
    ? options.isRaw
      ? createRawStream(asked, options)
      : createEncodedStream(asked, options)
    : createEncodedBody(asked, options);
  // The parts are the writer, since what they hold changes.
  return Object.assign(parts, {
    contentType: asked.stream ? eventStreamType : jsonType,
    fail: (error: SahabError) =>
      frameError(parts.count + 1, error.status, JSON.stringify(encodeErrorBody(error, options.requestId))),
  });
}

type WriterParts = Pick<Writer, "write" | "end" | "heldBytes"> & { readonly count: number };

/** More than the last chunks of all choices have. */
const heldBytesMax = 1024 * 1024;

/**
 * Every chunk counts anew; the cost goes into the last. A native stream has no end but that of its body, so the chunks from the
 * last finish on are held back until the record is durable.
 */
function createRawStream({ choiceCount }: AskedFor, { usageExtra }: WriterOptions): WriterParts {
  const held: Batch[] = [];
  let heldBytes = 0;
  let finished = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    get heldBytes() {
      return heldBytes;
    },
    write(batch) {
      count++;
      const { raw } = batch;
      if (!raw) return undefined;
      if (finished < choiceCount) for (const event of batch.events()) if (event.type === "finish") finished++;
      if (finished < choiceCount && !batch.facts.isEnd) return raw;
      held.push(batch);
      heldBytes += raw.length;
      if (heldBytes <= heldBytesMax) return undefined;
      const all = held.splice(0).flatMap((one) => one.raw ?? []);
      heldBytes = 0;
      return Buffer.concat(all);
    },
    end() {
      const last = held.findLastIndex(({ facts }) => facts.usage);
      const pieces = held.flatMap(({ raw, facts }, index) =>
        raw ? [index === last && facts.usage ? addCost(raw, facts.usage, usageExtra) : raw] : [],
      );
      return Buffer.concat(pieces);
    },
  };
}

function createEncodedStream({ form }: AskedFor, { requestId, usageExtra }: WriterOptions): WriterParts {
  const encoder = createGenerationStreamEncoder({ form, requestId, usageExtra });
  return {
    get count() {
      return encoder.count;
    },
    get heldBytes() {
      return encoder.heldBytes;
    },
    write: (batch) => encoder.encode(batch.events()) || undefined,
    end: () => encoder.end(),
  };
}

function createEncodedBody({ operation, form }: AskedFor, { requestId, usageExtra }: WriterOptions): WriterParts {
  const all: AnswerEvent[] = [];
  return {
    count: 0,
    write(batch) {
      for (const event of batch.events()) all.push(event);
      return undefined;
    },
    end: () =>
      JSON.stringify(
        operation === "embedding"
          ? encodeEmbeddings(all, { requestId, usageExtra })
          : operation === "rerank"
            ? encodeRerankResponse(all, { requestId, usageExtra })
            : encodeGeneration(all, { form, requestId, usageExtra }),
      ),
  };
}
