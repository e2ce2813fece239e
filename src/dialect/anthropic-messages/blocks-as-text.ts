import type { ChatRequest, Part } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";

/** The request for vendors of other dialects: blocks that only Anthropic has, and that hold nothing but text, as texts. */
export function blocksAsText(request: ChatRequest): ChatRequest {
  const isBlock = (part: Part) => part.type === "other" && textOf(part.value) !== undefined;
  if (!request.messages.some(({ content }) => content.some(isBlock))) return request;
  const messages = request.messages.map((message) => ({ ...message, content: message.content.map(asText) }));
  return { ...request, messages };
}

function asText(part: Part): Part {
  const text = part.type === "other" ? textOf(part.value) : undefined;
  if (part.type !== "other" || text === undefined) return part;
  const { cache_control: cache, citations } = part.value;
  // Citations that are asked for are missed; the default is none.
  const isCited = isObject(citations) && citations["enabled"] === true;
  return { type: "text", text, ...(isObject(cache) && { cache }), ...(isCited && { extensions: { citations } }) };
}

/** Undefined for a block that is no such text. */
function textOf({ type, title, source, context, content }: JsonObject): string | undefined {
  const body =
    type === "search_result"
      ? textsOf(content)
      : type === "document" && isObject(source)
        ? textOfSource(source)
        : undefined;
  if (body === undefined) return undefined;
  const head = [title, context, source].filter((line) => typeof line === "string" && line !== "");
  return [...head, body].join("\n");
}

/** Rules: Anthropic's API reference, `PlainTextSource` and `ContentBlockSource`. */
function textOfSource({ type, data, content }: JsonObject): string | undefined {
  if (type === "text") return typeof data === "string" ? data : undefined;
  return type === "content" ? textsOf(content) : undefined;
}

function textsOf(content: unknown): string | undefined {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.map((block: unknown) =>
    isObject(block) && block["type"] === "text" ? block["text"] : undefined,
  );
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : undefined;
}
