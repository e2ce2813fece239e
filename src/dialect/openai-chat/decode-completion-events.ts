import type { ChatEvent } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
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
  const text = fields["text"] ?? "";
  if (typeof text !== "string") return "answer has a text that is not a string";
  // A chunk of a chat is none of a legacy stream; Together sends both in one.
  if (text === "" && hasSaid(fields["delta"] ?? fields["message"])) return "stream has a delta in the place of a text";
  const logprobs = decodeLegacyLogprobs(fields["logprobs"]);
  if (text !== "" || logprobs !== undefined)
    events.push({ type: "text-delta", choice, text, ...(logprobs !== undefined && { logprobs }) });
  return undefined;
}

function hasSaid(delta: unknown): boolean {
  return isObject(delta) && [delta["content"], delta["tool_calls"]].some((value) => (value ?? "") !== "");
}

function decodeWholeText(...[choice, fields, state, events]: Parameters<typeof decodeText>): string | undefined {
  if (typeof fields["text"] !== "string") return "answer has a choice without a text";
  return decodeText(choice, fields, state, events);
}
