import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { Facts } from "../../call/index.ts";
import { asBuffer, scanJsonObject, type JsonField, type JsonScan } from "../json-scan.ts";
import { decodeErrorObject, parseJson } from "../vendor-error.ts";
import { usageOf } from "./usage.ts";

/**
 * The facts of a vendor's embeddings that are passed on as they are: their megabytes of numbers are not parsed.
 * Throws the error that was sent in their place, or `upstream_invalid_response`.
 */
export function lookAtEmbeddings(body: Uint8Array): Facts {
  let scan: JsonScan;
  try {
    scan = scanJsonObject(body, { depthMax: limits.jsonDepthMax });
  } catch (cause) {
    throw new SahabError("upstream_invalid_response", "The vendor's answer is not a JSON object", { cause });
  }
  const parse = (field: JsonField | undefined): unknown =>
    field && parseJson(asBuffer(body).toString("utf8", field.start, field.end));
  const error = parse(scan.fields.get("error"));
  if (error !== undefined && error !== null) throw decodeErrorObject({ error });
  if (!scan.fields.get("data")?.elements)
    throw new SahabError("upstream_invalid_response", "The vendor's answer has no list of embeddings");
  return { textBytes: 0, usage: usageOf({ usage: parse(scan.fields.get("usage")) }), isEnd: true, failure: undefined };
}
