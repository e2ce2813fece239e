import { encodeCustomInput } from "../custom-tools.ts";
import type { Quirks } from "../dialect.ts";
import { SahabError } from "../../base/errors.ts";
import { newId } from "../../base/ids.ts";
import type { AnswerEvent, ChatEvent } from "../../call/index.ts";
import { readFinishWord } from "../finish-words.ts";
import { throwBareError } from "../throw-bare-error.ts";
import { decodeLogprobs } from "../openai-chat/logprobs.ts";
import { usageOf } from "../openai-chat/usage.ts";
import { isObject, readName, type JsonObject } from "../read.ts";
import { readTokenCount } from "../token-count.ts";
import { decodeErrorObject, describesError, saysError } from "../vendor-error.ts";
import { withHostedCalls } from "./hosted-calls.ts";
import { signatureOf, textOfReasoning } from "./reasoning-item.ts";
import { joinNames } from "../tool-aliases.ts";

export interface DecodeOptions {
  /**
   * Whether a client of this dialect has a custom tool, or one in a namespace, that has this name elsewhere (tool-aliases.ts). Calls of
   * other custom tools are the vendor's own affair (xAI searches X by them).
   */
  isOwnTool?: ((name: string) => boolean) | undefined;
  quirks?: Quirks | undefined;
  /** Told a reason for the end that nobody documents. */
  onUnknownFinish?: ((word: string) => void) | undefined;
}

/**
 * Decodes a whole response. Throws the error that was sent in its place, or `upstream_invalid_response`; of a response that was broken off
 * the error is the last event.
 */
export function decodeResponse(json: unknown, options: DecodeOptions = {}): ChatEvent[] {
  if (saysError(json)) throw decodeErrorObject(json, options.quirks);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  const { output, status } = json;
  if (!Array.isArray(output))
    throw describesError(json) ? decodeErrorObject(json, options.quirks) : invalid("answer has no output");
  if (!output.every(isObject)) throw invalid("answer has an item of output that is not an object");
  const end = readEnd(json, status === undefined ? "completed" : status);
  const calls = { count: 0 };
  const events = [decodeStart(json), ...output.flatMap((item) => decodeItem(item, calls, options))];
  const usage = withHostedCalls(usageOf(json), json);
  const counted: ChatEvent[] = usage ? [{ type: "usage", usage }] : [];
  if (end instanceof SahabError) return throwBareError([...events, ...counted, { type: "error", error: end }]);
  return [...events, decodeFinish(end, calls.count, options), ...counted];
}

/** Decodes the answer of `/responses/input_tokens`. */
export function decodeTokenCount(json: unknown): AnswerEvent[] {
  if (saysError(json)) throw decodeErrorObject(json);
  if (!isObject(json)) throw invalid("answer is JSON that is not an object");
  const count = readTokenCount(json["input_tokens"]);
  if (count === undefined)
    throw describesError(json) ? decodeErrorObject(json) : invalid("answer has no believable input_tokens");
  return [{ type: "token-count", inputTokens: count }];
}

export const choice = 0;

export interface CallCount {
  count: number;
}

/** All that an item says. Those of hosted tools say nothing to a client of another dialect. */
export function decodeItem(item: JsonObject, calls: CallCount, options: DecodeOptions): ChatEvent[] {
  switch (item["type"]) {
    case "message":
      return Array.isArray(item["content"]) ? item["content"].filter(isObject).flatMap(decodeContent) : [];
    case "reasoning": {
      const text = textOfReasoning(item);
      const signature = signatureOf(item, text);
      return [
        ...(text === "" ? [] : [{ type: "reasoning-delta" as const, choice, text }]),
        ...(signature ? [{ type: "reasoning-signature" as const, choice, signature }] : []),
      ];
    }
    case "function_call":
    case "custom_tool_call": {
      const start = startCall(item, calls, options);
      if (!start) return [];
      return [start, { type: "tool-call-delta", choice, index: start.index, arguments: argumentsOf(item) }];
    }
    default:
      return [];
  }
}

export function decodeContent(part: JsonObject): ChatEvent[] {
  if (part["type"] === "refusal") return said("refusal-delta", part["refusal"]);
  if (part["type"] !== "output_text" && part["type"] !== "text") return [];
  return saidText(part["text"], part["logprobs"]);
}

/** A text of the answer with its log probabilities, where it has some. */
export function saidText(value: unknown, logprobs: unknown): ChatEvent[] {
  const text = textOf(value);
  const decoded = decodeLogprobs({ content: logprobs });
  return text === "" ? [] : [{ type: "text-delta", choice, text, ...(decoded && { logprobs: decoded }) }];
}

export function said(type: "reasoning-delta" | "refusal-delta", value: unknown): ChatEvent[] {
  const text = textOf(value);
  return text === "" ? [] : [{ type, choice, text }];
}

type CallStart = Extract<ChatEvent, { type: "tool-call-start" }>;

/** Undefined for a call that is not the client's. */
export function startCall(item: JsonObject, calls: CallCount, { isOwnTool }: DecodeOptions): CallStart | undefined {
  const plain = textOf(item["name"]);
  const namespace = textOf(item["namespace"]);
  const joined = namespace === "" ? plain : joinNames(namespace, plain);
  const isOwn = isOwnTool?.(joined) ?? false;
  if (item["type"] === "custom_tool_call" && !isOwn) return undefined;
  const id = textOf(item["call_id"]) || textOf(item["id"]) || newId("call");
  return { type: "tool-call-start", choice, index: calls.count++, id, name: isOwn ? joined : plain };
}

/** The arguments of a whole item as JSON text. */
export function argumentsOf(item: JsonObject): string {
  if (item["type"] === "custom_tool_call") return encodeCustomInput(textOf(item["input"]));
  return textOf(item["arguments"]) || "{}";
}

export function decodeStart(response: JsonObject): ChatEvent {
  const { id, model, created_at: created } = response;
  return {
    type: "start",
    id: readName(id) || newId("resp"),
    model: readName(model),
    createdS: typeof created === "number" && created > 0 ? Math.floor(created) : Math.floor(Date.now() / 1000),
  };
}

/** How a response ended: a word for its finish, or the failure that it is. */
export function readEnd(response: JsonObject, status: unknown): string | SahabError {
  if (status === "completed") return "stop";
  if (status === "incomplete") {
    const details = response["incomplete_details"];
    const reason = (isObject(details) && textOf(details["reason"])) || "length";
    return readFinishWord(reason)?.type === "failure" ? brokenOff(reason) : reason;
  }
  if (isObject(response["error"])) return decodeErrorObject({ error: response["error"] });
  return brokenOff(textOf(status) || "no status");
}

function brokenOff(word: string): SahabError {
  return new SahabError("stream_interrupted", `The vendor broke off the answer (${word.slice(0, statusCharsMax)})`);
}

const statusCharsMax = 64;

export function decodeFinish(word: string, calls: number, { onUnknownFinish }: DecodeOptions): ChatEvent {
  const finish = readFinishWord(word);
  if (finish?.type !== "finish") return { type: "finish", choice, reason: "length" };
  const { reason, unknownWord } = finish;
  if (unknownWord !== undefined) {
    onUnknownFinish?.(unknownWord);
    return { type: "finish", choice, reason, unknownWord };
  }
  return { type: "finish", choice, reason: reason === "stop" && calls > 0 ? "tool-calls" : reason };
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function invalid(problem: string): SahabError {
  return new SahabError("upstream_invalid_response", `The vendor's ${problem}`);
}
