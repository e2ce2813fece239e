import { limits } from "../../base/limits.ts";
import type { CacheMarker, ChatMessage, Part, ReasoningPart, TextPart } from "../../call/index.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  invalidField,
  isObject,
  type JsonObject,
  optional,
  otherFields,
  wrongType,
} from "../read.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * Reads `system`, which becomes a message that leads the others, and `messages`. A user's turn with results of tools becomes
 * one message of role `tool` per result, and one of role `user` with the rest.
 */
export function decodeMessages(system: unknown, turns: unknown): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const content = optional(system, "system", decodeContent) ?? [];
  if (content.length > 0) messages.push({ role: "system", content });
  const list = asArray(turns, "messages", limits.messagesMax);
  if (list.length === 0) throw invalidField("messages", "expected at least one message, found none");
  for (let index = 0; index < list.length; index++) decodeTurn(list[index], `messages[${index}]`, messages);
  return messages;
}

const messageFields = new Set(["role", "content"]);

/** Adds the messages of one turn. */
function decodeTurn(value: unknown, path: string, messages: ChatMessage[]): void {
  const fields = asObject(value, path);
  const role = asString(fields["role"], `${path}.role`);
  // Newer models take a system message between the others.
  if (role !== "user" && role !== "assistant" && role !== "system")
    throw invalidField(`${path}.role`, `expected "user", "assistant" or "system", found "${role.slice(0, 60)}"`);
  const extensions = otherFields(fields, messageFields);
  const content = fields["content"];
  let rest: Part[];
  if (role === "user" && Array.isArray(content) && content.some(isToolResult)) {
    rest = decodeResults(content, `${path}.content`, messages);
    if (rest.length === 0 && !extensions) return;
  } else rest = optional(content, `${path}.content`, decodeContent) ?? [];
  const message: ChatMessage = { role, content: rest };
  if (extensions) message.extensions = extensions;
  messages.push(message);
}

/** Adds a message for each result of a tool; returns the other parts. */
function decodeResults(blocks: unknown[], path: string, messages: ChatMessage[]): Part[] {
  const rest: Part[] = [];
  for (const [index, block] of asArray(blocks, path, limits.messagesMax).entries()) {
    const at = `${path}[${index}]`;
    if (isToolResult(block)) messages.push(decodeToolResult(block, at));
    else rest.push(decodeBlock(block, at));
  }
  return rest;
}

function isToolResult(block: unknown): block is JsonObject {
  return isObject(block) && block["type"] === "tool_result";
}

const resultFields = new Set(["type", "tool_use_id", "content", "is_error"]);

function decodeToolResult(fields: JsonObject, path: string): ChatMessage {
  const isError = optional(fields["is_error"], `${path}.is_error`, asBoolean);
  const extensions = otherFields(fields, resultFields);
  return {
    role: "tool",
    toolCallId: asString(fields["tool_use_id"], `${path}.tool_use_id`),
    content: optional(fields["content"], `${path}.content`, decodeContent) ?? [],
    ...(isError === true && { isError }),
    ...(extensions && { extensions }),
  };
}

function decodeContent(value: unknown, path: string): Part[] {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  if (!Array.isArray(value)) throw wrongType(path, "a string or an array of blocks", value);
  return asArray(value, path, limits.messagesMax).map((block, index) => decodeBlock(block, `${path}[${index}]`));
}

const textFields = new Set(["type", "text", "cache_control"]);
const toolUseFields = new Set(["type", "id", "name", "input", "cache_control"]);
const thinkingFields = new Set(["type", "thinking", "signature"]);
const redactedFields = new Set(["type", "data"]);
const imageFields = new Set(["type", "source", "cache_control"]);

function decodeBlock(value: unknown, path: string): Part {
  const fields = asObject(value, path);
  const type = asString(fields["type"], `${path}.type`);
  const cache = optional<CacheMarker>(fields["cache_control"], `${path}.cache_control`, asObject);
  switch (type) {
    case "text": {
      const extensions = otherFields(fields, textFields);
      const part: TextPart = { type, text: asString(fields["text"], `${path}.text`) };
      if (cache) part.cache = cache;
      if (extensions) part.extensions = extensions;
      return part;
    }
    case "image": {
      const url = decodeImageSource(asObject(fields["source"], `${path}.source`), `${path}.source`);
      const extensions = otherFields(fields, imageFields);
      // Only the vendor can read a file that it keeps, and an unknown field of a source may change its meaning.
      if (url === undefined) return { type: "other", value: fields };
      return { type, url, ...(cache && { cache }), ...(extensions && { extensions }) };
    }
    case "thinking":
      // A thought with an unknown field is left as it is: its signature is valid for the whole only.
      return otherFields(fields, thinkingFields) ? { type: "other", value: fields } : decodeThinking(fields, path);
    case "redacted_thinking": {
      if (otherFields(fields, redactedFields)) return { type: "other", value: fields };
      const data = asString(fields["data"], `${path}.data`);
      return { type: "reasoning", text: "", signature: { value: data, origin: dialectName, isRedacted: true } };
    }
    case "tool_use": {
      const extensions = otherFields(fields, toolUseFields);
      return {
        type: "tool-call",
        id: asString(fields["id"], `${path}.id`),
        name: asString(fields["name"], `${path}.name`),
        arguments: JSON.stringify(optional(fields["input"], `${path}.input`, asObject) ?? {}),
        ...(cache && { cache }),
        ...(extensions && { extensions }),
      };
    }
    default:
      return { type: "other", value: fields };
  }
}

const urlFields = new Set(["type", "url"]);
const base64Fields = new Set(["type", "media_type", "data"]);

/** The image as a URL; undefined where it is more than that. */
function decodeImageSource(source: JsonObject, path: string): string | undefined {
  const type = asString(source["type"], `${path}.type`);
  if (otherFields(source, type === "url" ? urlFields : base64Fields)) return undefined;
  if (type === "url") {
    const url = asString(source["url"], `${path}.url`);
    if (/^(?:https?:|data:)/i.test(url)) return url;
    throw invalidField(`${path}.url`, `expected an http or https URL, found "${url.slice(0, 40)}"`);
  }
  if (type !== "base64") return undefined;
  const mediaType = asString(source["media_type"], `${path}.media_type`);
  return `data:${mediaType};base64,${asString(source["data"], `${path}.data`)}`;
}

/** What another dialect's model thought comes back without a signature. */
function decodeThinking(fields: JsonObject, path: string): ReasoningPart {
  const text = asString(fields["thinking"], `${path}.thinking`);
  const value = optional(fields["signature"], `${path}.signature`, asString) ?? "";
  return { type: "reasoning", text, ...(value !== "" && { signature: { value, origin: dialectName } }) };
}
