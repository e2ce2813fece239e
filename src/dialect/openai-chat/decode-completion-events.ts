import type { ChatEvent } from "../../call/index.ts";
import type { JsonObject } from "../read.ts";
import type { StreamDecoder } from "../dialect.ts";
import { ChunkDecoder, decodeWhole, type ChunkDecoderOptions } from "./decode-events.ts";
import { decodeLegacyLogprobs } from "./logprobs.ts";

/** Decodes a stream of legacy `text_completion` chunks. */
export function createCompletionStreamDecoder(options: ChunkDecoderOptions): StreamDecoder {
  return new ChunkDecoder(options, decodeText);
}

/** Decodes a whole `text_completion`. Throws as `decodeChatResponse` does. */
export function decodeCompletionResponse(json: unknown, options: ChunkDecoderOptions): ChatEvent[] {
  return decodeWhole(json, new ChunkDecoder(options, decodeText));
}

function decodeText(choice: number, fields: JsonObject, _state: unknown, events: ChatEvent[]): void {
  const text = typeof fields["text"] === "string" ? fields["text"] : "";
  const logprobs = decodeLegacyLogprobs(fields["logprobs"]);
  if (text === "" && logprobs === undefined) return;
  events.push({ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) });
}
