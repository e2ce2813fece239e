import { limits } from "../../base/limits.ts";
import type { CacheMarker, ChatMessage, Part, ReasoningPart } from "../../call/index.ts";
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

/** Reads `system`: one message that leads the others, or none. */
export function decodeSystem(value: unknown): ChatMessage[] {
  if (value === undefined || value === null) return [];
  const content = decodeContent(value, "system");
  return content.length === 0 ? [] : [{ role: "system", content }];
}

/**
 * Reads `messages`. A user's turn with results of tools becomes one message of role `tool` per result, and one of role `user`
 * with the rest.
 */
export function decodeMessages(value: unknown): ChatMessage[] {
  const messages = asArray(value, "messages", limits.messagesMax);
  if (messages.length === 0) throw invalidField("messages", "expected at least one message, found none");
  return messages.flatMap((item, index) => decodeTurn(asObject(item, `messages[${index}]`), `messages[${index}]`));
}

const messageFields = new Set(["role", "content"]);

function decodeTurn(fields: JsonObject, path: string): ChatMessage[] {
  const role = asString(fields["role"], `${path}.role`);
  // Newer models take a system message between the others.
  if (role !== "user" && role !== "assistant" && role !== "system")
    throw invalidField(`${path}.role`, `expected "user", "assistant" or "system", found "${role.slice(0, 60)}"`);
  const extensions = otherFields(fields, messageFields);
  const content = fields["content"];
  const blocks = Array.isArray(content) && role === "user" ? [...content.entries()] : [];
  const results = blocks.filter(([, block]) => isToolResult(block));
  if (results.length === 0) {
    return [{ role, content: decodeContent(content, `${path}.content`), ...(extensions && { extensions }) }];
  }
  const rest = blocks.filter(([, block]) => !isToolResult(block));
  const turn = results.map(([index, block]) => decodeToolResult(block as JsonObject, `${path}.content[${index}]`));
  if (rest.length === 0 && !extensions) return turn;
  const parts = rest.map(([index, block]) => decodeBlock(block, `${path}.content[${index}]`));
  return [...turn, { role, content: parts, ...(extensions && { extensions }) }];
}

function isToolResult(block: unknown): boolean {
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
      const text = asString(fields["text"], `${path}.text`);
      return { type, text, ...(cache && { cache }), ...(extensions && { extensions }) };
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
