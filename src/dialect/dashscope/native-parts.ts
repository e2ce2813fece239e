import { isObject, otherFields, type JsonObject } from "../read.ts";

// Native parts have no type: `{text}`, `{image}`, `{audio}` and `{video}` are named by their key.

/** A native message with the parts of OpenAI's chat. What has no place there gets its key for a type, so that it can be refused by name. */
export function toOpenAiMessage(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message["content"])) return message;
  return { ...message, content: message["content"].map(toOpenAiPart) };
}

function toOpenAiPart(part: unknown): unknown {
  if (typeof part === "string") return { type: "text", text: part };
  if (!isObject(part) || typeof part["type"] === "string") return part;
  if (typeof part["text"] === "string" && !mediaKeys.some((key) => key in part)) return { ...part, type: "text" };
  const { image } = part;
  const isPlainImage =
    typeof image === "string" && /^(?:https?:|data:)/i.test(image) && !otherFields(part, imageFields);
  if (isPlainImage) {
    const { image: _, ...rest } = part;
    return { ...rest, type: "image_url", image_url: { url: image } };
  }
  const type = mediaKeys.find((key) => key in part) ?? Object.keys(part)[0] ?? "empty";
  return { ...part, type };
}

const mediaKeys = ["image", "audio", "video", "file"];
/** A bound of pixels and the like leave an image as it is. */
const imageFields = new Set(["image", "cache_control"]);

/** What of OpenAI's content goes to a native vendor: a list of parts where it takes media, else one text. A model's own texts are pieces of one. */
export function toNativeContent(
  content: unknown,
  { role, takesMedia }: { role: unknown; takesMedia: boolean },
): unknown {
  if (typeof content === "string") return takesMedia ? [{ text: content }] : content;
  if (!Array.isArray(content)) return takesMedia ? [] : "";
  const parts = content.filter(isObject);
  if (takesMedia) return parts.map(toNativePart);
  // Unverified: that the path for text takes a list, which is needed only where a part has a mark for the vendor's cache.
  if (parts.some((part) => Object.keys(part).length > 2)) return parts;
  return parts.map(({ text }) => (typeof text === "string" ? text : "")).join(role === "assistant" ? "" : "\n");
}

function toNativePart(part: JsonObject): JsonObject {
  const { type, ...rest } = part;
  if (type === "text") return rest;
  if (type === "image_url") {
    const { image_url: source, ...others } = rest;
    return { ...others, image: isObject(source) ? source["url"] : source };
  }
  return typeof type === "string" && (Object.hasOwn(rest, type) || type === "empty") ? rest : part;
}

/** Whether a message of OpenAI's has more than texts. */
export function hasMedia({ content }: JsonObject): boolean {
  return Array.isArray(content) && content.some((part) => isObject(part) && part["type"] !== "text");
}
