import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import {
  readBoolean,
  readInteger,
  readObject,
  readString,
  scanJsonObject,
  setField,
  spliceJson,
  splicePieces,
  type JsonField,
  type JsonScan,
} from "../dialect/json-scan.ts";
import type { Operation } from "../vendor/index.ts";
import { imagePromptBytes } from "./estimate.ts";

/** What the path needs to know of a request, and the bytes to make calls from. */
export interface PreparedRequest {
  operation: Operation;
  body: Uint8Array;
  scan: JsonScan;
  model: string;
  stream: boolean;
  /** Whether the client itself asked for usage at the end of its stream. */
  streamUsage: boolean;
  /** How many answers a whole stream ends: `n` for each prompt. */
  choiceCount: number;
  /** Bytes of prompt, inline images counted at a flat size. */
  promptBytes: number;
}

/** Bodies up to this size are copied when they are rewritten. */
const copiedBytesMax = 16 * 1024;

const promptFields = { chat: "messages", completion: "prompt", embedding: "input" } as const;
const promptItemsMax = {
  chat: limits.messagesMax,
  completion: limits.messagesMax,
  embedding: limits.embeddingInputsMax,
};

/** Looks at the few fields that the path reads; the others are the vendor's or the engine's to judge. Throws errors with `param`. */
export function prepareRequest(operation: Operation, body: Uint8Array): PreparedRequest {
  if (body.length === 0) throw new SahabError("invalid_json", "The body is empty; expected a JSON object");
  const scan = scanJsonObject(body, { depthMax: limits.jsonDepthMax });
  const model = readString(body, scan, "model");
  if (model === undefined || model === "")
    throw new SahabError("invalid_request", "model: expected the name of a model, found nothing", { param: "model" });
  if (model.length > limits.modelNameCharsMax) {
    throw new SahabError(
      "invalid_request",
      `model: expected at most ${limits.modelNameCharsMax} characters, found ${model.length}`,
      { param: "model" },
    );
  }
  const stream = operation !== "embedding" && readBoolean(body, scan, "stream") === true;
  const choices = readInteger(body, scan, "n", { min: 1, max: limits.choicesMax }) ?? 1;
  return {
    operation,
    body,
    scan,
    model,
    stream,
    streamUsage: stream && readStreamUsage(body, scan),
    choiceCount: choices * (operation === "completion" ? countPrompts(body, scan) : 1),
    promptBytes: readPrompt(operation, body, scan),
  };
}

/** The body for a target: its own name of the model, and usage asked for in streams, whose extra event stays with Sahab. */
export function bodyFor(request: PreparedRequest, targetModel: string): Uint8Array[] {
  const { body, scan } = request;
  const edits =
    targetModel === request.model && !scan.duplicates?.has("model")
      ? []
      : setField(scan, "model", JSON.stringify(targetModel));
  if (request.stream && !request.streamUsage) {
    const options = readObject(body, scan, "stream_options");
    edits.push(...setField(scan, "stream_options", JSON.stringify({ ...options, include_usage: true })));
  }
  if (edits.length === 0) return [body];
  return body.length <= copiedBytesMax ? [spliceJson(body, edits)] : splicePieces(body, edits);
}

function readStreamUsage(body: Uint8Array, scan: JsonScan): boolean {
  const value = readObject(body, scan, "stream_options")?.["include_usage"];
  if (value === undefined || value === null || typeof value === "boolean") return value === true;
  throw new SahabError("invalid_request", `stream_options.include_usage: expected a boolean, found ${typeof value}`, {
    param: "stream_options.include_usage",
  });
}

/** Prompts of a legacy completion: a list of texts or of token lists has several, a text or a list of tokens is one. */
function countPrompts(body: Uint8Array, scan: JsonScan): number {
  const field = scan.fields.get("prompt");
  return field?.elements && !isTokenList(body, field) ? field.elements : 1;
}

function isTokenList(body: Uint8Array, field: JsonField): boolean {
  const first = body.subarray(field.start + 1, field.start + 64).find((byte) => byte > 0x20);
  return first !== undefined && first >= 0x30 && first <= 0x39;
}

function readPrompt(operation: Operation, body: Uint8Array, scan: JsonScan): number {
  const name = promptFields[operation];
  const field = scan.fields.get(name);
  if (field === undefined) {
    // Legacy completions may leave the prompt out; the vendor then begins a new document.
    if (operation === "completion") return 0;
    throw new SahabError(
      "invalid_request",
      `${name}: expected ${operation === "chat" ? "an array of messages" : "a text or an array"}, found nothing`,
      { param: name },
    );
  }
  if (operation === "chat") {
    if (field.elements === undefined)
      throw new SahabError("invalid_request", `messages: expected an array, found ${kindOf(body[field.start])}`, {
        param: name,
      });
    if (field.elements === 0)
      throw new SahabError("invalid_request", "messages: expected at least one message, found none", { param: name });
  }
  const itemsMax = promptItemsMax[operation];
  // An array of numbers is one prompt of token ids, however long.
  if (field.elements !== undefined && field.elements > itemsMax && !isTokenList(body, field)) {
    throw new SahabError("invalid_request", `${name}: expected at most ${itemsMax} items, found ${field.elements}`, {
      param: name,
    });
  }
  const bytes = field.end - field.start - field.inlineDataBytes;
  return field.inlineDataBytes > 0 ? bytes + imagePromptBytes : bytes;
}

function kindOf(byte: number | undefined): string {
  if (byte === 0x22) return "a string";
  if (byte === 0x7b) return "an object";
  if (byte === 0x6e) return "null";
  return byte === 0x74 || byte === 0x66 ? "a boolean" : "a number";
}
