import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** NVIDIA's hosted NIM (https://docs.api.nvidia.com). */
export const nvidia: Vendor = {
  ...placeApis("https://integrate.api.nvidia.com/v1"),
  keyVariables: ["NVIDIA_API_KEY"],
  apis: ["chat"],
  requestIdHeader: "nvcf-reqid",
  // It answers them with 400 where there is no stream.
  bodyShapes: [{ api: "chat", stream: false, without: ["stream_options"] }],
  quirks: {
    thinkTags: true,
    // Its model cards, and what models.dev lists. The others think as they like.
    thinking: {
      byModel: [
        {
          models: /nemotron/,
          field: "chat_template_kwargs.enable_thinking",
          budgetField: "reasoning_budget",
        },
        { models: /qwen3\.|gemma-4|minimax-m3|glm-/, field: "chat_template_kwargs.enable_thinking" },
        {
          models: /mistral-small-4/,
          effortField: "reasoning_effort",
          efforts: { none: "none", minimal: "high", low: "high", medium: "high", xhigh: "high", max: "high" },
        },
        {
          models: /deepseek-v4/,
          effortField: "reasoning_effort",
          efforts: { none: "none", minimal: "high", low: "high", medium: "high", xhigh: "max" },
        },
        { models: /kimi-k2|step-3\.7/, effortField: "reasoning_effort" },
        {
          models: /gpt-oss|step-3\.5/,
          effortField: "reasoning_effort",
          efforts: { minimal: "low", xhigh: "high", max: "high" },
        },
      ],
    },
    errors: {
      messages: [
        { pattern: /credits? (?:expired|exhausted)/i, trouble: "account" },
        { pattern: /^function .*not found/i, trouble: "model" },
        { pattern: /resourceexhausted|request limit reached/i, trouble: "overloaded" },
      ],
    },
  },
};
