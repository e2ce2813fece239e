import { compatible } from "./compatible.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** Models without chat completions, by their pages in OpenAI's list of models: `o3-pro`, `gpt-5.2-codex`, `o4-mini-deep-research`. */
export const responsesOnly = /^(?:o\d(?:-mini)?-(?:pro|deep-research)|gpt-[\d.]+-(?:pro|codex)|codex-|computer-use)/;

/** OpenAI's own API (https://platform.openai.com/docs/api-reference). */
export const openai: Vendor = {
  ...compatible,
  baseUrl: "https://api.openai.com/v1",
  keyVariables: ["OPENAI_API_KEY"],
  baseUrlVariable: "OPENAI_BASE_URL",
  apis: ["chat", "responses"],
  modelApis: [{ models: responsesOnly, apis: ["responses"] }],
  hasCompaction: true,
  // "Batch" in its reference; its embeddings may have 50,000 inputs in all.
  batch: {
    ...openaiBatch,
    paths: {
      chat: {
        chat: "/v1/chat/completions",
        completion: "/v1/completions",
        embedding: "/v1/embeddings",
        moderation: "/v1/moderations",
      },
      responses: { chat: "/v1/responses" },
    },
  },
  quirks: {
    // Its reasoning models refuse the older name.
    maxTokensField: "max_completion_tokens",
    systemTurns: { chat: /./ },
  },
};
