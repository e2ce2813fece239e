import { limits } from "../../base/limits.ts";
import { readInteger, readString, scanField, scanJsonObject, type JsonScan } from "../../dialect/json-scan.ts";
import { parseJson, statusByType } from "../../dialect/vendor-error.ts";
import { isObject } from "../../dialect/read.ts";
import { textOf, type RawResult } from "./batch-state.ts";

/** A line of OpenAI's output or error file; undefined for one that cannot be read. The answer's bytes are as they came. */
export function readOpenaiResult(line: Buffer): RawResult | undefined {
  return readOrNothing(line, (scan) => {
    const customId = readString(line, scan, "custom_id") ?? "";
    const response = scanField(line, scan, "response", {});
    const body = response && bytesOf(line, response, "body");
    if (response && body) {
      const status = readInteger(line, response, "status_code", { min: 100, max: 599 }) ?? 200;
      const requestId = readString(line, response, "request_id") ?? null;
      return { customId, requestId, outcome: { type: "answer", status, body } };
    }
    const error = bytesOf(line, scan, "error");
    return { customId, requestId: null, outcome: failureOf(error && parseJson(error.toString())) };
  });
}

/** A line of Anthropic's results. */
export function readAnthropicResult(line: Buffer): RawResult | undefined {
  return readOrNothing(line, (scan) => {
    const customId = readString(line, scan, "custom_id") ?? "";
    const result = scanField(line, scan, "result", {});
    const type = result && readString(line, result, "type");
    if (!result || type === undefined) return undefined;
    const message = bytesOf(line, result, "message");
    if (type === "succeeded" && message)
      return { customId, requestId: null, outcome: { type: "answer", status: 200, body: message } };
    if (type === "expired") return { customId, requestId: null, outcome: { type: "expired" } };
    if (type === "canceled") return { customId, requestId: null, outcome: { type: "cancelled" } };
    const body = bytesOf(line, result, "error");
    const error = body && parseJson(body.toString());
    const inner = isObject(error) && isObject(error["error"]) ? error["error"] : {};
    const requestId = isObject(error) ? textOf(error["request_id"]) || null : null;
    if (type !== "errored" || !body) return undefined;
    const status = statusByType.get(textOf(inner["type"])) ?? 500;
    return { customId, requestId, outcome: { type: "answer", status, body } };
  });
}

/** The codes of OpenAI's error file for lines that were not served. */
function failureOf(error: unknown): RawResult["outcome"] {
  const { code, message } = isObject(error) ? error : {};
  if (code === "batch_expired") return { type: "expired" };
  if (code === "batch_cancelled") return { type: "cancelled" };
  return {
    type: "failed",
    code: textOf(code, "upstream_error"),
    message: textOf(message, "the vendor does not say why"),
  };
}

function readOrNothing(line: Buffer, read: (scan: JsonScan) => RawResult | undefined): RawResult | undefined {
  try {
    const { jsonDepthMax: depthMax, bodyFieldsMax: fieldsMax } = limits;
    return read(scanJsonObject(line, { depthMax, fieldsMax }));
  } catch {
    return undefined;
  }
}

/** The bytes of an object in a field; undefined for anything else. */
function bytesOf(line: Buffer, scan: JsonScan, key: string): Buffer | undefined {
  const field = scan.fields.get(key);
  return field && line[field.start] === openBrace ? line.subarray(field.start, field.end) : undefined;
}

const openBrace = 0x7b;
