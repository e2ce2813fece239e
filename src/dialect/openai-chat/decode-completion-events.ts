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
  return decodeWhole(json, new ChunkDecoder(options, decodeWholeText));
}

function decodeText(choice: number, fields: JsonObject, _state: unknown, events: ChatEvent[]): string | undefined {
  const text = typeof fields["text"] === "string" ? fields["text"] : "";
  const logprobs = decodeLegacyLogprobs(fields["logprobs"]);
  if (text !== "" || logprobs !== undefined)
    events.push({ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) });
  return undefined;
}

function decodeWholeText(...[choice, fields, state, events]: Parameters<typeof decodeText>): string | undefined {
  if (typeof fields["text"] !== "string") return "answer has a choice without a text";
  return decodeText(choice, fields, state, events);
}
