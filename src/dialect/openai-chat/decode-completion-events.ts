import type { ChatEvent } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import { ChunkDecoder, decodeWhole, type StreamDecoder } from "./decode-events.ts";
import { decodeLegacyLogprobs } from "./logprobs.ts";

/** Decodes a stream of legacy `text_completion` chunks. */
export function createCompletionStreamDecoder(): StreamDecoder {
  return new ChunkDecoder(decodeText);
}

/** Decodes a whole `text_completion`. Throws as `decodeChatResponse` does. */
export function decodeCompletionResponse(json: unknown): ChatEvent[] {
  return decodeWhole(json, new ChunkDecoder(decodeText));
}

function decodeText(choice: number, fields: JsonObject): ChatEvent[] {
  const text = typeof fields["text"] === "string" ? fields["text"] : "";
  const logprobs = decodeLegacyLogprobs(fields["logprobs"]);
  if (text === "" && logprobs === undefined) return [];
  return [{ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) }];
}
