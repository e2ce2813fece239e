import { SahabError, toSahabError } from "../../base/errors.ts";
import { GatheredBytes } from "../../base/gathered-bytes.ts";
import { limits } from "../../base/limits.ts";
import type { Batch, Facts, PassedOperation } from "../../call/index.ts";
import type { AnswerKind, Reader } from "../dialect.ts";
import { scanJsonObject, type JsonField, type JsonScan } from "../json-scan.ts";
import { decodeErrorObject, describesError, parseJson, saysError } from "../vendor-error.ts";
import { passedUsage } from "./usage.ts";

/** Reads an answer in JSON. Only its usage is parsed: images in it have tens of megabytes. */
export function createJsonReader(operation: PassedOperation, kind: Pick<AnswerKind, "guard" | "quirks">): Reader {
  const body = new GatheredBytes();
  return {
    get heldBytes() {
      return body.length;
    },
    push(chunk) {
      if (body.length + chunk.length <= limits.responseBodyBytesMax) {
        body.append(chunk);
        return [];
      }
      body.clear();
      const found = `the answer has more than ${limits.responseBodyBytesMax} bytes`;
      return [failed(new SahabError("upstream_invalid_response", found))];
    },
    end() {
      try {
        return read(operation, body.take(), kind);
      } catch (thrown) {
        return failed(toSahabError(thrown));
      }
    },
  };
}

/** What each answer must have. Unverified: that no vendor leaves `text` out of a transcript. */
const contents: Readonly<Record<PassedOperation, readonly string[]>> = {
  "image-generation": ["data"],
  "image-edit": ["data"],
  "image-variation": ["data"],
  transcription: ["text"],
  translation: ["text"],
  moderation: ["results"],
  // A sound that was asked for is none in JSON.
  speech: [],
};

/** Errors are short; more of one is not parsed. */
const errorBytesMax = 64 * 1024;

function read(operation: PassedOperation, raw: Buffer, { guard, quirks }: Pick<AnswerKind, "guard" | "quirks">): Batch {
  const scan = scanAnswer(raw);
  const content = contents[operation].map((name) => scan.fields.get(name)).find((field) => field !== undefined);
  if (raw.length <= errorBytesMax) {
    const json = parseJson(raw.toString("utf8"));
    if (json === undefined) throw new SahabError("upstream_invalid_response", "the answer is not JSON");
    if (saysError(json) || (!content && describesError(json as Record<string, unknown>)))
      throw decodeErrorObject(json, quirks);
  } else if (isSaid(raw, scan.fields.get("error")))
    throw new SahabError("upstream_error", "the answer has an error beside its content");
  if (!content)
    throw new SahabError("upstream_invalid_response", `the answer has no ${contents[operation][0] ?? "sound"}`);
  if (guard?.holds(raw)) throw guard.failure();
  const usage = passedUsage(operation, valueOf(raw, scan.fields.get("usage")), {
    images: scan.fields.get("data")?.elements,
    seconds: valueOf(raw, scan.fields.get("duration")),
  });
  return batch(raw, { textBytes: content.end - content.start, usage, isEnd: true, failure: undefined });
}

function scanAnswer(raw: Buffer): JsonScan {
  try {
    return scanJsonObject(raw, { depthMax: limits.jsonDepthMax });
  } catch (cause) {
    const found = raw.length === 0 ? "the answer is empty" : "the answer is not JSON";
    throw new SahabError("upstream_invalid_response", found, { cause });
  }
}

function isSaid(raw: Buffer, field: JsonField | undefined): boolean {
  return (
    field !== undefined && !/^(?:null|false|0|""|\{\s*\}|\[\s*\])$/.test(raw.toString("latin1", field.start, field.end))
  );
}

/** Undefined for what is larger than any usage. */
function valueOf(raw: Buffer, field: JsonField | undefined): unknown {
  if (!field || field.end - field.start > errorBytesMax) return undefined;
  return parseJson(raw.toString("utf8", field.start, field.end));
}

function failed(failure: SahabError): Batch {
  return batch(undefined, { textBytes: 0, usage: undefined, isEnd: false, failure });
}

/** A part of an answer whose bytes pass: nobody asks for its events. */
function batch(raw: Uint8Array | undefined, facts: Facts): Batch {
  return { raw, facts, events: () => [] };
}
