import type { Usage } from "../../call/index.ts";
import { encodeMedia } from "../openai-chat/usage.ts";
import type { JsonObject } from "../read.ts";

/** The usage object of a response, all of whose counts SDKs expect; `extra` adds fields such as the cost. */
export function encodeUsage(usage: Usage, extra?: JsonObject): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      ...(usage.parts && encodeMedia(usage.parts.imageInput, usage.parts.audioInput)),
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      ...(usage.parts && encodeMedia(usage.parts.imageOutput, usage.parts.audioOutput)),
    },
    total_tokens: usage.inputTokens + usage.outputTokens,
    ...extra,
  };
}
