import type { ReasoningPart, ReasoningSignature } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { parseJson } from "../vendor-error.ts";
import { dialectName } from "./shared-fields.ts";

/** What an item of reasoning says and proves; undefined where it does neither. */
export function decodeReasoningItem(item: JsonObject): ReasoningPart | undefined {
  const text = textOfReasoning(item);
  const signature = signatureOf(item, text);
  if (text === "" && !signature) return undefined;
  return { type: "reasoning", text, ...(signature && { signature }) };
}

/** The reasoning itself where the vendor shows it, else its summary, a paragraph for each part. */
export function textOfReasoning({ content, summary }: JsonObject): string {
  return joinTexts(content, "") || joinTexts(summary, "\n\n");
}

function joinTexts(parts: unknown, separator: string): string {
  if (!Array.isArray(parts)) return "";
  const texts = parts.filter(isObject).map(({ text }) => (typeof text === "string" ? text : ""));
  return texts.filter((text) => text !== "").join(separator);
}

/**
 * The proof is the item itself: the vendor takes its encrypted content only together with its id and summary. Undefined for an
 * item without encrypted content, which is worth nothing to a vendor that has kept nothing.
 */
export function signatureOf(
  { id, summary, content, encrypted_content: encrypted }: JsonObject,
  text: string,
): ReasoningSignature | undefined {
  if (typeof encrypted !== "string" || encrypted === "") return undefined;
  const item = {
    type: "reasoning",
    ...(typeof id === "string" && { id }),
    summary: Array.isArray(summary) ? (summary as unknown[]) : [],
    ...(Array.isArray(content) && content.length > 0 && { content: content as unknown[] }),
    encrypted_content: encrypted,
  };
  return { value: JSON.stringify(item), origin: dialectName, ...(text === "" && { isRedacted: true as const }) };
}

/** The item that a part was, as its proof has it; undefined where it has none of this dialect. */
export function readProof(signature: ReasoningSignature | undefined): JsonObject | undefined {
  if (signature?.origin !== dialectName) return undefined;
  const item = parseJson(signature.value);
  return isObject(item) && typeof item["encrypted_content"] === "string" ? item : undefined;
}
