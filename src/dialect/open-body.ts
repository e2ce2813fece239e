import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { TextCutter } from "../call/index.ts";
import { hasLongNumber, parseExactJson } from "./exact-json.ts";
import { asBuffer, readString, scanJsonObject, type JsonField, type JsonScan } from "./json-scan.ts";
import { setField, spliceJson, splicePieces, type JsonEdit } from "./json-splice.ts";
import { createKeyGuard, type KeyGuard } from "./key-guard.ts";
import { reachesBeyond } from "./reaching-fields.ts";
import type { JsonObject } from "./read.ts";

/** A request's body of which the top-level fields are known, and nothing inside them. */
export interface OpenedBody {
  body: Uint8Array;
  scan: JsonScan;
}

/** The fields that are read below, of all dialects: who serves a request, what it may cost, how it is answered. Each is there once, in this spelling. */
const keys = createKeyGuard(
  [
    "model",
    "messages",
    "stream",
    "stream_options",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "n_predict",
    "input",
    "query",
    "documents",
    "prompt",
    "encoding_format",
    "system",
    "instructions",
    "tools",
    "functions",
    "parameters",
  ],
  // Of two only one could be taken out, and some programs read the other.
  { guardsMore: reachesBeyond },
);

const bounds = {
  depthMax: limits.jsonDepthMax,
  fieldsMax: limits.bodyFieldsMax,
  valuesMax: limits.bodyValuesMax,
  keys,
};

/**
 * Throws `invalid_json`, or `invalid_request` for a body that is nested too deep or has too many fields or values, or that has
 * one of the fields that are read here twice or in another spelling.
 */
export function openBody(body: Uint8Array, guard: KeyGuard = keys): OpenedBody {
  if (body.length === 0) throw new SahabError("invalid_json", "The body is empty; expected a JSON object");
  return { body, scan: scanJsonObject(body, guard === keys ? bounds : { ...bounds, keys: guard }) };
}

/** The field that names the model. */
export function readModel({ body, scan }: OpenedBody): string {
  return checkModelName(readString(body, scan, "model"));
}

/** A model's name of a length that one may have. */
export function checkModelName(model: string | undefined): string {
  if (model === undefined || model === "")
    throw new SahabError("invalid_request", "model: expected the name of a model, found nothing", { param: "model" });
  if (model.length <= limits.modelNameCharsMax) return model;
  throw new SahabError(
    "invalid_request",
    `model: expected at most ${limits.modelNameCharsMax} characters, found ${model.length}`,
    { param: "model" },
  );
}

/** The field that holds the messages. Their number is checked, not their content. */
export function readMessages({ body, scan }: OpenedBody, name = "messages", path = name): JsonField {
  const field = scan.fields.get(name);
  const problem =
    field === undefined
      ? "expected an array of messages, found nothing"
      : field.elements === undefined
        ? `expected an array, found ${kindOf(body[field.start])}`
        : field.elements === 0
          ? "expected at least one message, found none"
          : field.elements > limits.messagesMax
            ? `expected at most ${limits.messagesMax} items, found ${field.elements}`
            : undefined;
  if (field === undefined || problem !== undefined)
    throw new SahabError("invalid_request", `${path}: ${problem}`, { param: path });
  return field;
}

/** What an inline image counts for in bytes of prompt, instead of its own length: about 800 tokens, as vendors bill a mid-sized one. */
const imagePromptBytes = 3200;

/** Bytes of prompt in a field, all of its inline images together counted as one image. */
export function promptBytesOf(field: JsonField, inlineDataBytes = field.inlineDataBytes): number {
  const bytes = field.end - field.start - inlineDataBytes;
  return inlineDataBytes > 0 ? bytes + imagePromptBytes : bytes;
}

/** The edits that rename the model. */
export function renameModel({ scan }: OpenedBody, from: string, to: string): JsonEdit[] {
  return to === from ? [] : [setField(scan, "model", JSON.stringify(to))];
}

/** Bodies up to this size are copied when they are rewritten. */
const copiedBytesMax = 16 * 1024;

/** The body with its edits made: as it is where there are none, and a large one in pieces that are not copied. */
export function editBody(body: Uint8Array, edits: JsonEdit[]): Uint8Array[] {
  if (edits.length === 0) return [body];
  return body.length <= copiedBytesMax ? [spliceJson(body, edits)] : splicePieces(body, edits);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * The whole body, parsed. The messages, where the arguments of tools are, keep their long numbers; other numbers are for us
 * to read, and parsing with all digits takes ten times as long. `name` is that of the field with the messages,
 * and `cutter` takes out the texts that need not be parsed.
 */
export function parseBody({ body, scan }: OpenedBody, name = "messages", cutter?: TextCutter): unknown {
  try {
    const cut = scan.longStrings && cutter?.cut(asBuffer(body), scan.longStrings);
    if (cut !== undefined) return JSON.parse(cut);
    const text = decoder.decode(body);
    const messages = scan.fields.get(name);
    if (!messages || !hasLongNumber(text)) return JSON.parse(text);
    const bytes = asBuffer(body);
    const exact = parseExactJson(bytes.toString("utf8", messages.start, messages.end));
    // The messages are most of a body, and need not be parsed twice.
    const others = `${bytes.toString("utf8", 0, messages.start)}null${bytes.toString("utf8", messages.end)}`;
    return { ...(JSON.parse(others) as JsonObject), [name]: exact };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SahabError("invalid_json", `The body is not JSON: ${reason.slice(0, 200)}`, { cause });
  }
}

/** What a value is that begins with this byte, and is no list. */
export function kindOf(byte: number | undefined): string {
  if (byte === 0x22) return "a string";
  if (byte === 0x7b) return "an object";
  if (byte === 0x6e) return "null";
  return byte === 0x74 || byte === 0x66 ? "a boolean" : "a number";
}
