import { unreachable } from "../../base/assert.ts";
import {
  isMedia,
  kindNotCarried,
  notCarried,
  type ChatMessage,
  type ChatRequest,
  type Part,
} from "../../call/index.ts";
import { CallIds, shortId } from "../call-ids.ts";
import type { JsonObject } from "../read.ts";
import { readProof } from "./reasoning-item.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * The conversation as items: a turn of the model's becomes its reasoning, its messages and its calls in their order. Decoding them
 * gives the messages again, but for empty ones, and turns of the model's that follow each other, which become one.
 */
export function encodeInput(request: ChatRequest): JsonObject[] {
  const { dialect, messages } = request;
  const isOwn = dialect === dialectName;
  const ids = isOwn ? ownIds : new CallIds((id) => shortId(id, idCharsMax) || "call");
  return messages.flatMap((message, index) => {
    if (message.role === "assistant" && messages[index - 1]?.role !== "assistant") ids.beginTurn();
    return encodeMessage(message, { request, isOwn, ids, path: `messages[${index}]` });
  });
}

/** OpenAI refuses longer ones (`call_id` in its reference), and finds a result by its id alone. */
const idCharsMax = 64;

type Ids = Pick<CallIds, "beginTurn" | "ofCall" | "ofResult">;

/** A client of this dialect has ids that its vendors take. */
const ownIds: Ids = { beginTurn: () => undefined, ofCall: (id) => id, ofResult: (id) => id };

interface Context {
  request: ChatRequest;
  ids: Ids;
  /** The request is of this dialect, so what only its vendors know may go to them. */
  isOwn: boolean;
  path: string;
}

function encodeMessage(message: ChatMessage, context: Context): JsonObject[] {
  if (message.role === "tool") return [encodeOutput(message, context)];
  const items: JsonObject[] = [];
  let content: JsonObject[] = [];
  const flush = () => {
    if (content.length > 0) items.push(encodeTurn(message, content, context));
    content = [];
  };
  for (const [index, part] of message.content.entries()) {
    const item = encodeItem(part, context);
    if (item) {
      flush();
      items.push(item);
      continue;
    }
    const inside = encodePart(part, message.role, { ...context, path: `${context.path}.content[${index}]` });
    if (inside) content.push(inside);
  }
  flush();
  return items;
}

/** What stands beside messages; undefined for what is in one, or is left out. */
function encodeItem(part: Part, { isOwn, ids }: Context): JsonObject | undefined {
  if (part.type === "reasoning") return readProof(part.signature);
  if (part.type === "other") return isOwn && !isContent(part.value) ? part.value : undefined;
  if (part.type !== "tool-call") return undefined;
  return {
    ...(isOwn && part.extensions),
    type: "function_call",
    call_id: ids.ofCall(part.id),
    name: part.name,
    arguments: part.arguments.trim() === "" ? "{}" : part.arguments,
  };
}

function isContent({ type }: JsonObject): boolean {
  return typeof type === "string" && type.startsWith("input_");
}

function encodeTurn(message: ChatMessage, content: JsonObject[], { isOwn }: Context): JsonObject {
  return {
    ...(isOwn && message.extensions),
    type: "message",
    role: message.role,
    content: plain(content, message.role),
  };
}

/** One plain text goes as a string, which every vendor of this dialect takes of everybody but the model. */
function plain(content: JsonObject[], role: ChatMessage["role"]): string | JsonObject[] {
  const [first] = content;
  const isPlain =
    role !== "assistant" && content.length === 1 && first?.["type"] === "input_text" && Object.keys(first).length === 2;
  return isPlain ? (first["text"] as string) : content;
}

function encodeOutput(message: ChatMessage, context: Context): JsonObject {
  const parts: JsonObject[] = [];
  for (const [index, part] of message.content.entries()) {
    const encoded = encodePart(part, "tool", { ...context, path: `${context.path}.content[${index}]` });
    if (encoded) parts.push(encoded);
  }
  return {
    ...(context.isOwn && message.extensions),
    type: "function_call_output",
    call_id: context.ids.ofResult(message.toolCallId ?? ""),
    output: parts.length === 0 ? "" : plain(parts, "tool"),
  };
}

/** Undefined for what is left out: it is listed as dropped, or says nothing. */
function encodePart(part: Part, role: ChatMessage["role"], { request, isOwn, path }: Context): JsonObject | undefined {
  switch (part.type) {
    case "text": {
      if (part.text === "") return undefined;
      const type = role === "assistant" ? "output_text" : "input_text";
      return { ...(isOwn && part.extensions), type, text: part.text };
    }
    case "refusal":
      return part.text === "" ? undefined : { type: "refusal", refusal: part.text };
    case "image":
      if (role === "assistant") throw notCarried(request, path, `${to}: the model's own turns have no images`);
      return {
        ...(isOwn && part.extensions),
        type: "input_image",
        image_url: part.url,
        detail: part.detail ?? (isOwn ? undefined : "auto"),
      };
    case "other":
      if (isOwn) return part.value;
      if (!isMedia(part.value)) return undefined;
      throw kindNotCarried(request, path, to, part.value["type"]);
    case "reasoning":
    case "tool-call":
      return undefined;
    default:
      return unreachable(part);
  }
}

const to = "Cannot send it to OpenAI's Responses API";
