import { toSahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { LineFault, type BatchLine, type LineResult } from "../files-form.ts";
import { asBuffer, readString, scanJsonObject, type JsonScan } from "../json-scan.ts";

/** Longer than anybody's own ids. */
const customIdCharsMax = 512;
const bounds = { depthMax: limits.jsonDepthMax + 1, fieldsMax: limits.bodyFieldsMax, valuesMax: limits.bodyValuesMax };

/**
 * A line such as `{"custom_id": "1", "method": "POST", "url": "/v1/embeddings", "body": {…}}`, found without parsing it. Unverified: the
 * codes of its faults, which OpenAI's reference does not list.
 */
export function readLine(bytes: Uint8Array, endpoint: string): BatchLine {
  const line = asBuffer(bytes);
  const scan = scanObject(line, "invalid_json_line", "The line");
  const text = (key: string) => {
    try {
      return readString(line, scan, key);
    } catch (error) {
      throw new LineFault("invalid_request", toSahabError(error).message, key);
    }
  };
  const customId = text("custom_id");
  if (customId === undefined || customId === "" || customId.length > customIdCharsMax)
    throw new LineFault(
      customId ? "invalid_custom_id" : "missing_required_parameter",
      `custom_id: expected a text of 1 to ${customIdCharsMax} characters`,
      "custom_id",
    );
  const method = text("method");
  if (method !== "POST")
    throw new LineFault("invalid_method", `method: expected "POST", found ${showFound(method)}`, "method");
  const url = text("url");
  if (url !== endpoint)
    throw new LineFault(
      "invalid_url",
      `url: expected the batch's endpoint ${endpoint}, found ${showFound(url)}`,
      "url",
    );
  const field = scan.fields.get("body");
  if (!field || line[field.start] !== 0x7b)
    throw new LineFault("missing_required_parameter", "body: expected the request, an object", "body");
  const body = line.subarray(field.start, field.end);
  const fields = scanObject(body, "invalid_request", "body");
  for (const [key, why] of refused)
    if (valueOf(body, fields, key) === "true")
      throw new LineFault("invalid_request", `body.${key}: ${why}`, `body.${key}`);
  return { customId, model: modelOf(body, fields), body };
}

function showFound(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(0, 100));
}

const refused = [
  ["stream", "a batch's answers are whole; leave it out"],
  ["background", "all of a batch runs in the background; leave it out"],
] as const;

function scanObject(bytes: Buffer, code: string, what: string): JsonScan {
  try {
    return scanJsonObject(bytes, bounds);
  } catch (error) {
    throw new LineFault(
      code,
      `${what} is not a JSON object: ${toSahabError(error).message}`,
      code === "invalid_request" ? "body" : null,
    );
  }
}

function valueOf(bytes: Buffer, scan: JsonScan, key: string): string | undefined {
  const field = scan.fields.get(key);
  return field && bytes.toString("latin1", field.start, Math.min(field.end, field.start + 8));
}

/** Empty where none is named, which the request's own error will say. */
function modelOf(body: Buffer, scan: JsonScan): string {
  try {
    return readString(body, scan, "model")?.slice(0, limits.modelNameCharsMax) ?? "";
  } catch {
    return "";
  }
}

/** Line ends are white space outside of JSON's strings, and cannot be inside of them. */
const lineEnds = /[\r\n]+/g;

export function encodeResult({ id, customId, response, error }: LineResult): string {
  const shown = response
    ? `{"status_code":${response.status},"request_id":${JSON.stringify(response.requestId)},"body":${bodyOf(response.body)}}`
    : "null";
  return `{"id":${JSON.stringify(id)},"custom_id":${JSON.stringify(customId)},"response":${shown},"error":${JSON.stringify(error ?? null)}}\n`;
}

/** A vendor's own error may be no JSON; then it is a text. */
function bodyOf(body: string): string {
  const isObject = /^\s*\{/.test(body) && /\}\s*$/.test(body);
  return isObject ? body.trim().replaceAll(lineEnds, " ") : JSON.stringify(body);
}
