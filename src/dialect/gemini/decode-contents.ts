import { limits } from "../../base/limits.ts";
import type { ChatMessage, ImagePart, Part } from "../../call/index.ts";
import {
  asBoolean,
  asObject,
  asString,
  invalidField,
  isObject,
  type JsonObject,
  optional,
  otherFields,
} from "../read.ts";
import { asList } from "./as-list.ts";
import { CallNames } from "./call-names.ts";
import { camelFields } from "./camel-fields.ts";
import { dialectName, dummySignatures } from "./shared-fields.ts";

/**
 * Reads `systemInstruction`, which becomes a message that leads the others, and `contents`. A content with answers of functions
 * becomes one message of role `tool` per answer, and one of role `user` with the rest.
 */
export function decodeContents(system: unknown, contents: unknown): ChatMessage[] {
  const messages: ChatMessage[] = [];
  const calls = new CallNames();
  const content = optional(system, "systemInstruction", (value, path) => decodeSystem(value, path, calls)) ?? [];
  if (content.length > 0) messages.push({ role: "system", content });
  const list = asList(contents, "contents", limits.messagesMax);
  if (list.length === 0) throw invalidField("contents", "expected at least one content, found none");
  for (const [index, item] of list.entries()) decodeContent(item, index, messages, calls);
  return messages;
}

function decodeSystem(value: unknown, path: string, calls: CallNames): Part[] {
  if (typeof value === "string") return value === "" ? [] : [{ type: "text", text: value }];
  return partsOf(camelFields(asObject(value, path), path), path).flatMap(({ fields, at }) =>
    decodePart(fields, at, calls),
  );
}

const contentFields = new Set(["role", "parts"]);

/** A content of one part that has nothing but a text, as most: reading it takes a third of the time. Undefined for any other. */
function readPlain(value: unknown): { role: "user" | "model"; text: string } | undefined {
  if (!isObject(value)) return undefined;
  for (const key in value) if (key !== "role" && key !== "parts") return undefined;
  const { role, parts } = value;
  if ((role !== "user" && role !== "model") || !Array.isArray(parts) || parts.length !== 1) return undefined;
  const part: unknown = parts[0];
  if (!isObject(part)) return undefined;
  for (const key in part) if (key !== "text") return undefined;
  return typeof part["text"] === "string" ? { role, text: part["text"] } : undefined;
}

/** Adds the messages of one content. */
function decodeContent(value: unknown, index: number, messages: ChatMessage[], calls: CallNames): void {
  const plain = readPlain(value);
  if (plain) {
    const isModels = plain.role === "model";
    if (isModels) calls.beginTurn();
    messages.push({ role: isModels ? "assistant" : "user", content: [{ type: "text", text: plain.text }] });
    return;
  }
  const path = `contents[${index}]`;
  const fields = camelFields(asObject(value, path), path);
  const role = optional(fields["role"], `${path}.role`, asString) || "user";
  if (role !== "user" && role !== "model" && role !== "function" && role !== "system")
    throw invalidField(`${path}.role`, `expected "user" or "model", found "${role.slice(0, 60)}"`);
  if (role === "model") calls.beginTurn();
  const rest: Part[] = [];
  let hasAnswer = false;
  for (const { fields: part, at } of partsOf(fields, path)) {
    const answer = optional(part["functionResponse"], `${at}.functionResponse`, asObject);
    if (answer === undefined || role === "model") rest.push(...decodePart(part, at, calls));
    else {
      messages.push(decodeAnswer(camelFields(answer, at), `${at}.functionResponse`, calls));
      hasAnswer = true;
    }
  }
  const extensions = otherFields(fields, contentFields);
  if (rest.length === 0 && hasAnswer && !extensions) return;
  const ours = role === "model" ? "assistant" : role === "system" ? role : "user";
  messages.push({ role: ours, content: rest, ...(extensions && { extensions }) });
}

function partsOf(content: JsonObject, path: string): { fields: JsonObject; at: string }[] {
  const parts = optional(content["parts"], `${path}.parts`, (value, at) => asList(value, at, limits.messagesMax)) ?? [];
  return parts.map((part, index) => {
    const at = `${path}.parts[${index}]`;
    return { fields: camelFields(asObject(part, at), at), at };
  });
}

const answerFields = new Set(["id", "name", "response", "parts"]);

/** Google's convention: `output` holds what the function gave, `error` that it failed; else all of it is what it gave. */
function decodeAnswer(fields: JsonObject, path: string, calls: CallNames): ChatMessage {
  const name = asString(fields["name"], `${path}.name`);
  const id = optional(fields["id"], `${path}.id`, asString) ?? "";
  const response = optional(fields["response"], `${path}.response`, asObject) ?? {};
  const keys = Object.keys(response);
  const [only] = keys.length === 1 ? keys : [];
  const said = only === "output" || only === "error" ? response[only] : undefined;
  const text = typeof said === "string" ? said : JSON.stringify(said === undefined ? response : { [only ?? ""]: said });
  const content: Part[] = keys.length === 0 ? [] : [{ type: "text", text }];
  for (const { fields: part, at } of partsOf(fields, path)) content.push(...decodePart(part, at, calls));
  const extensions = otherFields(fields, answerFields);
  return {
    role: "tool",
    toolCallId: calls.ofAnswer(id, name),
    content,
    ...(only === "error" && { isError: true }),
    ...(extensions && { extensions }),
  };
}

const textFields = new Set(["text", "thought", "thoughtSignature"]);
const callFields = new Set(["functionCall", "thoughtSignature", "thought"]);
const innerCallFields = new Set(["id", "name", "args"]);

function decodePart(fields: JsonObject, path: string, calls: CallNames): Part[] {
  const isThought = optional(fields["thought"], `${path}.thought`, asBoolean) === true;
  const proof = optional(fields["thoughtSignature"], `${path}.thoughtSignature`, asString) ?? "";
  const value = dummySignatures.has(proof) ? "" : proof;
  const text = optional(fields["text"], `${path}.text`, asString);
  if (text !== undefined && isThought)
    return [{ type: "reasoning", text, ...(value !== "" && { signature: { value, origin: dialectName } }) }];
  const parts: Part[] =
    value === "" ? [] : [{ type: "reasoning", text: "", signature: { value, origin: dialectName, isRedacted: true } }];
  if (text !== undefined) {
    const extensions = otherFields(fields, textFields);
    // An empty text that was there for its proof only says nothing.
    if (text !== "" || extensions || value === "")
      parts.push({ type: "text", text, ...(extensions && { extensions }) });
    return parts;
  }
  const call = optional(fields["functionCall"], `${path}.functionCall`, asObject);
  if (call) {
    const inner = camelFields(call, `${path}.functionCall`);
    const at = `${path}.functionCall`;
    const name = asString(inner["name"], `${at}.name`);
    const id = optional(inner["id"], `${at}.id`, asString) ?? "";
    const args = optional(inner["args"], `${at}.args`, asObject) ?? {};
    const ofCall = otherFields(inner, innerCallFields);
    const beside = otherFields(fields, callFields);
    const extensions = ofCall || beside ? { ...ofCall, ...(beside && { part: beside }) } : undefined;
    parts.push({
      type: "tool-call",
      id: calls.ofCall(id, name),
      name,
      arguments: JSON.stringify(args),
      ...(extensions && { extensions }),
    });
    return parts;
  }
  const image = decodeImage(fields, path);
  if (image) parts.push(image);
  else if (Object.keys(fields).some((name) => name !== "thoughtSignature")) parts.push(decodeOther(fields));
  return parts;
}

const blobFields = new Set(["inlineData", "thoughtSignature"]);
const fileFields = new Set(["fileData", "thoughtSignature"]);
const dataFields = new Set(["mimeType", "data"]);
const uriFields = new Set(["mimeType", "fileUri"]);

/** An image in the request, or at an address that anybody can read; undefined for all else. */
function decodeImage(fields: JsonObject, path: string): ImagePart | undefined {
  const blob = optional(fields["inlineData"], `${path}.inlineData`, asObject);
  const file = optional(fields["fileData"], `${path}.fileData`, asObject);
  const given = blob ?? file;
  if (!given) return undefined;
  const inner = camelFields(given, path);
  const at = `${path}.${blob ? "inlineData" : "fileData"}`;
  const type = optional(inner["mimeType"], `${at}.mimeType`, asString) ?? "";
  if (!type.startsWith("image/") || otherFields(inner, blob ? dataFields : uriFields)) return undefined;
  const url = blob ? `data:${type};base64,${asString(inner["data"], `${at}.data`)}` : inner["fileUri"];
  if (typeof url !== "string" || (!blob && (!/^https?:\/\//i.test(url) || isGooglesOwn(url)))) return undefined;
  const extensions = otherFields(fields, blob ? blobFields : fileFields);
  return { type: "image", url, ...(extensions && { extensions }) };
}

/** A file that only Google can read, since it keeps it for an account. */
function isGooglesOwn(url: string): boolean {
  return /^https:\/\/generativelanguage\.googleapis\.com\//i.test(url);
}

/** Google's parts have no type, so one is added, by which others can say what they do not carry. */
function decodeOther(fields: JsonObject): Part {
  const value: JsonObject = { ...fields, type: typeOf(fields) };
  delete value["thoughtSignature"];
  return { type: "other", value };
}

function typeOf(value: JsonObject): string {
  const { inlineData, fileData } = value;
  const holder = isObject(inlineData) ? inlineData : isObject(fileData) ? fileData : undefined;
  if (!holder) return Object.keys(value).find((name) => name !== "thoughtSignature") ?? "unknown";
  const type = holder["mimeType"] ?? holder["mime_type"];
  const [kind = ""] = typeof type === "string" ? type.split("/") : [];
  return kind === "audio" || kind === "video" || kind === "image" ? kind : "document";
}
