import { limits } from "../../base/limits.ts";
import type { CacheMarker, ChatMessage, ChatRole, Part, ToolCallPart } from "../../call/index.ts";
import { encodeCustomInput } from "../custom-tools.ts";
import {
  asArray,
  asObject,
  asString,
  invalidField,
  isObject,
  type JsonObject,
  optional,
  otherFields,
  wrongType,
} from "../read.ts";
import { restOfFunction } from "./shared-fields.ts";

/**
 * Reads `messages`. Legacy function calls, and calls without an id, get made-up ids that agree between call and answer.
 * What other programs send is read as it is meant: no content as empty, arguments as an object as its JSON.
 */
export function decodeMessages(value: unknown): ChatMessage[] {
  const messages = asArray(value, "messages", limits.messagesMax);
  if (messages.length === 0) throw invalidField("messages", "expected at least one message, found none");
  let legacyCallId: string | undefined;
  const calls = new UnansweredCalls();
  const decoded: ChatMessage[] = [];
  for (const [index, item] of messages.entries()) {
    const plain = readPlain(item);
    if (plain) {
      calls.add(plain);
      decoded.push(plain);
      continue;
    }
    const path = `messages[${index}]`;
    const fields = asObject(item, path);
    const legacy = optional(fields["function_call"], `${path}.function_call`, asObject);
    if (legacy !== undefined) legacyCallId = `call_legacy_${index}`;
    const message = decodeMessage(fields, path, legacyCallId ?? "call_legacy");
    if (message.role === "tool") message.toolCallId ??= calls.first() ?? refuseWithoutId(path);
    calls.add(message);
    decoded.push(message);
  }
  return decoded;
}

/** A message that has nothing but a text, as most of a conversation: reading it takes a third of the time. Undefined for any other. */
function readPlain(item: unknown): ChatMessage | undefined {
  if (!isObject(item)) return undefined;
  for (const key in item) if (key !== "role" && key !== "content") return undefined;
  const { role, content } = item;
  if (typeof content !== "string" || (role !== "user" && role !== "assistant" && role !== "system")) return undefined;
  return { role, content: [{ type: "text", text: content }] };
}

/** The calls of the last turn that has some, and which of them have a result. Kept as messages come: looking back for each result would be quadratic. */
class UnansweredCalls {
  #ids: string[] = [];
  #answered = new Set<string | undefined>();
  #next = 0;

  add({ content, toolCallId }: ChatMessage): void {
    const ids: string[] = [];
    for (const part of content) if (part.type === "tool-call") ids.push(part.id);
    if (ids.length === 0) {
      if (this.#ids.length > 0) this.#answered.add(toolCallId);
      return;
    }
    this.#ids = ids;
    this.#answered = new Set();
    this.#next = 0;
  }

  /** The first that no result answers yet. */
  first(): string | undefined {
    while (this.#next < this.#ids.length && this.#answered.has(this.#ids[this.#next])) this.#next++;
    return this.#ids[this.#next];
  }
}

function refuseWithoutId(path: string): never {
  throw wrongType(`${path}.tool_call_id`, "a string", undefined);
}

const roles = new Set<string>(["system", "developer", "user", "assistant", "tool"] satisfies ChatRole[]);
const messageFields = new Set([
  "role",
  "content",
  "reasoning_content",
  "tool_calls",
  "tool_call_id",
  "name",
  "refusal",
]);

function decodeMessage(fields: JsonObject, path: string, legacyCallId: string): ChatMessage {
  const role = decodeRole(fields["role"], `${path}.role`);
  const isLegacyAnswer = fields["role"] === "function";
  const isLegacyCall = isObject(fields["function_call"]) && !hasToolCalls(fields);
  const isUnread = isObject(fields["function_call"]) && !isLegacyCall;
  // The dialect has no order between them; this is the one in which models write.
  const reasoningField = nameReasoning(fields);
  const reasoning = optional(fields[reasoningField], `${path}.${reasoningField}`, asString);
  const refusal = optional(fields["refusal"], `${path}.refusal`, asString);
  const content = optional(fields["content"], `${path}.content`, decodeContent) ?? [];
  if (reasoning !== undefined) content.unshift({ type: "reasoning", text: reasoning });
  if (refusal !== undefined) content.push({ type: "refusal", text: refusal });
  if (isLegacyCall) content.push(decodeLegacyCall(fields, path, legacyCallId));
  else content.push(...decodeToolCalls(fields["tool_calls"], path));
  const toolCallId = isLegacyAnswer ? legacyCallId : optional(fields["tool_call_id"], `${path}.tool_call_id`, asString);
  const name = optional(fields["name"], `${path}.name`, asString);
  // Of two names of one field, the one that is not read is kept as it is.
  const extensions = otherFields(fields, {
    has: (key) => messageFields.has(key) || key === reasoningField || (key === "function_call" && !isUnread),
  });
  const message: ChatMessage = { role, content };
  if (toolCallId !== undefined) message.toolCallId = toolCallId;
  if (name !== undefined) message.name = name;
  if (extensions !== undefined) message.extensions = extensions;
  return message;
}

/** OpenRouter and newer vLLM say `reasoning`. */
function nameReasoning(fields: JsonObject): "reasoning_content" | "reasoning" {
  return typeof fields["reasoning"] === "string" && typeof fields["reasoning_content"] !== "string"
    ? "reasoning"
    : "reasoning_content";
}

function hasToolCalls({ tool_calls: calls }: JsonObject): boolean {
  return Array.isArray(calls) && calls.length > 0;
}

function decodeRole(value: unknown, path: string): ChatRole {
  if (value === "function") return "tool";
  if (typeof value === "string" && roles.has(value)) return value as ChatRole;
  const found = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : typeof value;
  throw invalidField(
    path,
    `expected one of ${[...roles].join(", ")}, found ${found === "undefined" ? "nothing" : found}`,
  );
}

function decodeContent(value: unknown, path: string): Part[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value)) throw wrongType(path, "a string or an array of parts", value);
  return asArray(value, path, limits.messagesMax).map((part, index) => decodePart(part, `${path}[${index}]`));
}

const textFields = new Set(["type", "text", "cache_control"]);
const imageFields = new Set(["type", "image_url", "cache_control"]);
const refusalFields = new Set(["type", "refusal"]);
const imageUrlFields = new Set(["url", "detail"]);

function decodePart(value: unknown, path: string): Part {
  const fields = asObject(value, path);
  const type = asString(fields["type"], `${path}.type`);
  if (type === "text")
    return withExtras({ type, text: asString(fields["text"], `${path}.text`) }, fields, textFields, path);
  // An assistant's earlier refusal is sent back as a part of its own kind.
  if (type === "refusal" && !otherFields(fields, refusalFields))
    return { type, text: asString(fields["refusal"], `${path}.refusal`) };
  if (type !== "image_url") return { type: "other", value: fields };
  const source = fields["image_url"];
  const urlPath = isObject(source) ? `${path}.image_url.url` : `${path}.image_url`;
  const url = asString(isObject(source) ? source["url"] : source, urlPath);
  if (!/^(?:https?:|data:)/i.test(url))
    throw invalidField(urlPath, `expected an http, https or data URL, found "${url.slice(0, 40)}"`);
  const extra = isObject(source) ? otherFields(source, imageUrlFields) : undefined;
  // Fields inside `image_url` that we do not know (DashScope's min_pixels) leave the part as it is.
  if (extra !== undefined) return { type: "other", value: fields };
  const detail = isObject(source) ? optional(source["detail"], `${path}.image_url.detail`, asString) : undefined;
  return withExtras({ type: "image", url, ...(detail !== undefined && { detail }) }, fields, imageFields, path);
}

/** `cache_control` is Anthropic's; DashScope, OpenRouter and others take it on OpenAI's parts, too. */
function withExtras<T extends { type: "text" } | { type: "image" }>(
  part: T,
  fields: JsonObject,
  known: ReadonlySet<string>,
  path: string,
): T & { cache?: CacheMarker; extensions?: JsonObject } {
  const cache = optional(fields["cache_control"], `${path}.cache_control`, asObject);
  const extensions = otherFields(fields, known);
  return { ...part, ...(cache !== undefined && { cache }), ...(extensions !== undefined && { extensions }) };
}

function decodeToolCalls(value: unknown, path: string): ToolCallPart[] {
  const calls = optional(value, `${path}.tool_calls`, (value, at) => asArray(value, at, limits.toolsMax));
  return (calls ?? []).map((item, index) => {
    const at = `${path}.tool_calls[${index}]`;
    const call = asObject(item, at);
    const id = optional(call["id"], `${at}.id`, asString) ?? `call_${path.replaceAll(/\D/g, "")}_${index}`;
    if (call["type"] === "custom") return decodeCustomCall(id, call, at);
    const described = asObject(call["function"], `${at}.function`);
    return decodeFunctionCall(id, described, `${at}.function`, restOfFunction(call, callFields, calledFields));
  });
}

const customCallFields = new Set(["id", "type", "custom"]);

function decodeCustomCall(id: string, call: JsonObject, path: string): ToolCallPart {
  const custom = asObject(call["custom"], `${path}.custom`);
  const extensions = otherFields(call, customCallFields);
  return {
    type: "tool-call",
    id,
    name: asString(custom["name"], `${path}.custom.name`),
    arguments: encodeCustomInput(optional(custom["input"], `${path}.custom.input`, asString) ?? ""),
    ...(extensions && { extensions }),
  };
}

function decodeLegacyCall(fields: JsonObject, path: string, id: string): ToolCallPart {
  const called = asObject(fields["function_call"], `${path}.function_call`);
  return decodeFunctionCall(
    id,
    called,
    `${path}.function_call`,
    restOfFunction({ function: called }, callFields, calledFields),
  );
}

const callFields = new Set(["id", "type", "function"]);
const calledFields = new Set(["name", "arguments"]);

function decodeFunctionCall(
  id: string,
  fields: JsonObject,
  path: string,
  extensions: JsonObject | undefined,
): ToolCallPart {
  return {
    type: "tool-call",
    id,
    name: asString(fields["name"], `${path}.name`),
    arguments: optional(fields["arguments"], `${path}.arguments`, decodeArguments) ?? "",
    ...(extensions && { extensions }),
  };
}

/** Clients of other servers send the object itself. */
function decodeArguments(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  if (isObject(value)) return JSON.stringify(value);
  throw wrongType(path, "a string with JSON, or an object", value);
}
