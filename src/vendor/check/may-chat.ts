import type { SahabError } from "../../base/errors.ts";
import type { ModelWork } from "../../dialect/model-facts.ts";
import type { CatalogModel } from "../catalog/index.ts";

/** Whether a model may be asked for a word, as far as the catalogue or its name says. */
export function mayChat(model: string, known: CatalogModel | undefined): boolean {
  if (known?.status === "deprecated") return false;
  const writes = !known || (known.gives.includes("text") && known.takes.includes("text"));
  return writes && !otherWork.test(model);
}

/** What a model is for, as far as the catalogue or its name says; undefined where neither does. */
export function workOf(model: string, known: CatalogModel | undefined): ModelWork | undefined {
  // The catalogue says of these that they give text, too.
  if (/rerank/i.test(model)) return "rerank";
  if (/embed|\bbge-/i.test(model)) return "embedding";
  if (known) return known.gives.includes("text") && !otherWork.test(model) ? "chat" : "other";
  return otherWork.test(model) ? "other" : undefined;
}

/** Names of models that do not chat, where the catalogue does not know them. */
const otherWork =
  /embed|rerank|whisper|transcri|tts|speech|audio|realtime|image|video|dall-e|moderation|guard|ocr|bge-|live/i;

/** OpenAI's models that think refuse an answer that ends before its first word. Unverified: the wording, as programs report it. */
export function isCutThought({ code, message }: SahabError): boolean {
  return code === "upstream_rejected" && /max_tokens or model output limit was reached/i.test(message);
}
