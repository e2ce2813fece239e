import { compatible } from "./compatible.ts";
import type { Vendor } from "./vendor.ts";

/** vLLM's own server (https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html). */
export const vllm: Vendor = {
  ...compatible,
  operations: ["transcription", "translation"],
  quirks: {
    ...compatible.quirks,
    // "Extra parameters" in its documentation.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    // `stream_include_usage` of its TranscriptionRequest.
    countsTranscriptsIfAsked: true,
  },
  // "Cache isolation for security" in its design of prefix caching; its Messages API has no such field.
  cacheTags: { chat: "cache_salt" },
};
