import { limits } from "../../base/limits.ts";
import type { ChatMessage, ChatRole, Part, ToolCallPart } from "../../call/index.ts";
import { encodeCustomInput } from "../custom-tools.ts";
import {
  asArray,
  asObject,
  asString,
  invalidField,
  type JsonObject,
  optional,
  otherFields,
  wrongType,
} from "../read.ts";
import { decodeReasoningItem } from "./reasoning-item.ts";
import { compactedTypes, readSummaryItem } from "./summary-item.ts";
import { triggerType } from "./compacted-input.ts";
import type { ToolNames } from "../tool-aliases.ts";

/**
 * Reads `instructions`, which become a message that leads the others, and `input`. Items of the model's that follow each other
 * (reasoning, messages, calls of tools) become one turn, and each result of a tool a message of its own.
 */
export function decodeInput(instructions: unknown, input: unknown, names: ToolNames): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const leading = optional(instructions, "instructions", asString) ?? "";
  if (leading !== "") messages.push({ role: "system", content: [{ type: "text", text: leading }] });
  if (typeof input === "string") return [...messages, { role: "user", content: decodeContent(input, "input") }];
  if (!Array.isArray(input)) throw wrongType("input", "a string or an array of items", input);
  const items = asArray(input, "input", limits.messagesMax);
  if (items.length === 0) throw invalidField("input", "expected at least one item, found none");
  const unknownCalls = new Set<unknown>();
  for (const [index, value] of items.entries()) {
    const path = `input[${index}]`;
    const fields = asObject(value, path);
    // It is a wish of the client's, and no part of the conversation.
    if (fields["type"] === triggerType) continue;
    const isOfUnknown = unknownCalls.has(fields["call_id"]);
    const item = isOfUnknown ? asUnknown(fields) : decodeItem(fields, path, names);
    const isUnknown = item.role === "assistant" && item.content[0]?.type === "other";
    if (isUnknown && fields["call_id"] !== undefined) unknownCalls.add(fields["call_id"]);
    const last = messages.at(-1);
    if (item.role === "assistant" && last?.role === "assistant") {
      last.content.push(...item.content);
      if (item.extensions) last.extensions = { ...last.extensions, ...item.extensions };
    } else messages.push(item);
  }
  return messages;
}

function decodeItem(fields: JsonObject, path: string, names: ToolNames): ChatMessage {
  // A message may be given without its type.
  const type = optional(fields["type"], `${path}.type`, asString) ?? "message";
  switch (type) {
    case "message":
      return decodeMessage(fields, path);
    case "function_call":
    case "custom_tool_call":
      return { role: "assistant", content: [decodeCall(fields, path, names)] };
    case "function_call_output":
    case "custom_tool_call_output":
      return decodeOutput(fields, path);
    case "reasoning": {
      const part = decodeReasoningItem(fields);
      return { role: "assistant", content: part ? [part] : [] };
    }
    case "item_reference":
      // One that is known has been replaced by the item itself.
      throw invalidField(path, `no item "${JSON.stringify(fields["id"])?.slice(0, 100)}" is kept`);
    default: {
      const summary = compactedTypes.has(type) ? readSummaryItem(fields) : undefined;
      return summary === undefined ? asUnknown(fields) : { role: "user", content: [{ type: "text", text: summary }] };
    }
  }
}

/**
 * Hosted tools with what they found, and the like: of use only to the vendor that wrote them. What a client says to such a call goes
 * with it, whatever its type: vendors refuse a result without its call.
 */
function asUnknown(fields: JsonObject): ChatMessage {
  return { role: "assistant", content: [{ type: "other", value: fields }] };
}

const roles = new Set<string>(["system", "developer", "user", "assistant"] satisfies ChatRole[]);
/** Ids and states are the vendor's own notes on an item, and say nothing to the model. */
const messageFields = new Set(["type", "role", "content", "id", "status"]);

function decodeMessage(fields: JsonObject, path: string): ChatMessage {
  const role = asString(fields["role"], `${path}.role`);
  if (!roles.has(role))
    throw invalidField(
      `${path}.role`,
      `expected "user", "assistant", "system" or "developer", found "${role.slice(0, 60)}"`,
    );
  const extensions = otherFields(fields, messageFields);
  return {
    role: role as ChatRole,
    content: optional(fields["content"], `${path}.content`, decodeContent) ?? [],
    ...(extensions && { extensions }),
  };
}

function decodeContent(value: unknown, path: string): Part[] {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  if (!Array.isArray(value)) throw wrongType(path, "a string or an array of parts", value);
  return asArray(value, path, limits.messagesMax).map((part, index) => decodePart(part, `${path}[${index}]`));
}

const textFields = new Set(["type", "text", "annotations", "logprobs"]);
const imageFields = new Set(["type", "image_url", "detail"]);

function decodePart(value: unknown, path: string): Part {
  const fields = asObject(value, path);
  const type = asString(fields["type"], `${path}.type`);
  switch (type) {
    case "input_text":
    case "output_text":
    case "text": {
      const extensions = otherFields(fields, textFields);
      return { type: "text", text: asString(fields["text"], `${path}.text`), ...(extensions && { extensions }) };
    }
    case "refusal":
      return { type: "refusal", text: asString(fields["refusal"], `${path}.refusal`) };
    case "input_image": {
      const url = optional(fields["image_url"], `${path}.image_url`, asString);
      // Only the vendor can read a file that it keeps.
      if (url === undefined) return { type: "other", value: fields };
      if (!/^(?:https?:|data:)/i.test(url))
        throw invalidField(`${path}.image_url`, `expected an http, https or data URL, found "${url.slice(0, 40)}"`);
      const detail = optional(fields["detail"], `${path}.detail`, asString);
      const extensions = otherFields(fields, imageFields);
      return { type: "image", url, ...(detail !== undefined && { detail }), ...(extensions && { extensions }) };
    }
    default:
      return { type: "other", value: fields };
  }
}

const callFields = new Set(["type", "id", "status", "call_id", "name", "namespace", "arguments", "input"]);

function decodeCall(fields: JsonObject, path: string, names: ToolNames): ToolCallPart {
  const name = asString(fields["name"], `${path}.name`);
  const namespace = optional(fields["namespace"], `${path}.namespace`, asString);
  const extensions = otherFields(fields, callFields);
  return {
    type: "tool-call",
    id: asString(fields["call_id"], `${path}.call_id`),
    name: names.flat(name, namespace, fields["type"] === "custom_tool_call"),
    arguments:
      fields["type"] === "custom_tool_call"
        ? encodeCustomInput(asString(fields["input"], `${path}.input`))
        : (optional(fields["arguments"], `${path}.arguments`, asString) ?? ""),
    ...(extensions && { extensions }),
  };
}

const outputFields = new Set(["type", "id", "status", "call_id", "output", "name", "namespace"]);

function decodeOutput(fields: JsonObject, path: string): ChatMessage {
  const extensions = otherFields(fields, outputFields);
  return {
    role: "tool",
    toolCallId: asString(fields["call_id"], `${path}.call_id`),
    content: optional(fields["output"], `${path}.output`, decodeContent) ?? [],
    ...(extensions && { extensions }),
  };
}
