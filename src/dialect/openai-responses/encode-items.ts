import { unreachable } from "../../base/assert.ts";
import { newId } from "../../base/ids.ts";
import type { FinishReason, ReasoningSignature, TokenLogprob } from "../../call/index.ts";
import { decodeCustomInput } from "../custom-tools.ts";
import { encodeLogprobs } from "../openai-chat/logprobs.ts";
import type { JsonObject } from "../read.ts";
import { readProof } from "./reasoning-item.ts";
import { checkSummary, newSummaryItem } from "./summary-item.ts";
import type { ToolAlias } from "../tool-aliases.ts";

export type ItemStatus = "in_progress" | "completed" | "incomplete";

/** A part of a message. */
export interface MessagePart {
  type: "output_text" | "refusal";
  text: string;
  logprobs: TokenLogprob[];
}

/** What is said of an item so far. */
export type OutputItem =
  | { type: "message"; id: string; parts: MessagePart[] }
  | { type: "reasoning"; id: string; text: string; signature: ReasoningSignature | undefined }
  | { type: "call"; id: string; callId: string; name: string; alias: ToolAlias | undefined; arguments: string }
  | { type: "summary"; value: JsonObject };

export function newMessage(): Extract<OutputItem, { type: "message" }> {
  return { type: "message", id: newId("msg"), parts: [] };
}

/** A proof names the item that it was. */
export function newReasoning(signature?: ReasoningSignature): Extract<OutputItem, { type: "reasoning" }> {
  const id = signature && readProof(signature)?.["id"];
  return { type: "reasoning", id: typeof id === "string" ? id : newId("rs"), text: "", signature };
}

export function newCall(
  call: { id: string; name: string },
  alias: ToolAlias | undefined,
): Extract<OutputItem, { type: "call" }> {
  const id = newId(alias?.isCustom ? "ctc" : "fc");
  return { type: "call", id, callId: call.id || newId("call"), name: call.name, alias, arguments: "" };
}

/** Throws for a summary that is not whole. */
export function newSummary(
  text: string | undefined,
  finish: FinishReason | null | undefined,
): Extract<OutputItem, { type: "summary" }> {
  return { type: "summary", value: newSummaryItem(checkSummary(text, finish)) };
}

export function encodeItem(item: OutputItem, status: ItemStatus): JsonObject {
  switch (item.type) {
    case "message":
      return { id: item.id, type: "message", status, role: "assistant", content: item.parts.map(encodeMessagePart) };
    case "reasoning": {
      const proof = readProof(item.signature);
      const summary = item.text === "" ? [] : [encodeSummary(item.text)];
      return {
        id: item.id,
        type: "reasoning",
        summary: proof?.["summary"] ?? summary,
        ...(proof && { content: proof["content"], encrypted_content: proof["encrypted_content"] }),
      };
    }
    case "call": {
      const { id, callId, alias } = item;
      const named = {
        call_id: callId,
        name: alias?.name ?? item.name,
        ...(alias?.namespace !== undefined && { namespace: alias.namespace }),
      };
      return alias?.isCustom
        ? { id, type: "custom_tool_call", status, ...named, input: item.arguments && decodeCustomInput(item.arguments) }
        : { id, type: "function_call", status, ...named, arguments: item.arguments };
    }
    case "summary":
      return item.value;
    default:
      return unreachable(item);
  }
}

export function encodeMessagePart({ type, text, logprobs }: MessagePart): JsonObject {
  return type === "refusal"
    ? { type, refusal: text }
    : { type, annotations: [], logprobs: encodeLogprobs(logprobs), text };
}

export function encodeSummary(text: string): JsonObject {
  return { type: "summary_text", text };
}
