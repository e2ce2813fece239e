import { assert } from "../../base/assert.ts";
import { isPassed } from "../../call/index.ts";
import type { AnswerKind, Reader } from "../dialect.ts";
import { createStreamReader } from "../stream-reader.ts";
import { createByteReader } from "./byte-reader.ts";
import { createEventDecoder } from "./event-decoder.ts";
import { createJsonReader } from "./json-reader.ts";

/** Reads what is needed of an answer whose bytes pass. */
export function createPassedReader(kind: AnswerKind): Reader {
  const { operation, stream, isBytes, guard, quirks } = kind;
  assert(isPassed(operation), "the others are read elsewhere");
  if (isBytes) return createByteReader(kind);
  if (!stream) return createJsonReader(operation, { guard, quirks });
  return createStreamReader(createEventDecoder(operation, kind), {
    textKeys: ["delta", "audio", "content"],
    guard,
    quirks,
  });
}
