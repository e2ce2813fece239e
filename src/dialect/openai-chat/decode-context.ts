import { SahabError } from "../../base/errors.ts";
import type { AnswerEvent } from "../../call/index.ts";
import type { AnswerKind } from "../dialect.ts";
import { isObject } from "../read.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { usageOf } from "./usage.ts";

/** Reads Ark's answer to a context that was made: only its count is ours to know, the rest passes as it is. */
export function decodeContext(json: unknown, { isRaw }: AnswerKind): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json) || typeof json["id"] !== "string")
    throw isObject(json) && describesError(json)
      ? decodeErrorObject(json)
      : new SahabError("upstream_invalid_response", "The vendor's answer has no id of a context");
  if (!isRaw)
    throw new SahabError(
      "unsupported_operation",
      "A context is made for its cache, which this project is told nothing of",
    );
  const usage = usageOf(json);
  return usage ? [{ type: "usage", usage }] : [];
}
