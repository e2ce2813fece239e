import { placeApis } from "./place-apis.ts";
import { openaiBatch } from "./openai-batch.ts";
import type { Vendor } from "./vendor.ts";

/** Novita (https://novita.ai/docs). Its Messages API, which a provider's `apis` can name, has some of its models only. */
export const novita: Vendor = {
  ...placeApis("https://api.novita.ai/openai", { messages: "/anthropic" }),
  keyVariables: ["NOVITA_API_KEY"],
  catalogParts: { "": "novita-ai" },
  apis: ["chat"],
  // https://novita.ai/docs/guides/llm-batch-api. Unverified: its bounds, and that batches are below `/openai`, as its chat is.
  batch: {
    ...openaiBatch,
    paths: { chat: { chat: "/v1/chat/completions", completion: "/v1/completions" } },
    linesMax: 10_000,
    bytesMax: 100_000_000,
  },
  quirks: {
    // "Create chat completion" in its API reference.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    thinkTags: true,
    thinking: {
      byModel: [
        { models: /gpt-oss/, effortField: "reasoning_effort", efforts: { minimal: "low", xhigh: "high", max: "high" } },
      ],
      field: "enable_thinking",
      // Unverified: the name of the field; models.dev lists the efforts.
      effortField: "reasoning_effort",
      effortModels: /deepseek-v4|glm-5\.2/,
    },
    // "Error codes": `{code: 403, reason: "NOT_ENOUGH_BALANCE", message}`.
    errors: {
      codes: {
        NOT_ENOUGH_BALANCE: "account",
        INVALID_API_KEY: "account",
        FAILED_TO_AUTH: "account",
        ACCESS_DENY: "account",
        MODEL_NOT_FOUND: "model",
        INVALID_REQUEST_BODY: "parameter",
        RATE_LIMIT_EXCEEDED: "rate",
        TOKEN_LIMIT_EXCEEDED: "rate",
        SERVICE_NOT_AVAILABLE: "overloaded",
      },
    },
  },
};
