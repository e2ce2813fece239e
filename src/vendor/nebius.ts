import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Nebius' Token Factory (https://docs.tokenfactory.nebius.com). */
export const nebius: Vendor = {
  ...placeApis("https://api.tokenfactory.nebius.com/v1"),
  keyVariables: ["NEBIUS_API_KEY"],
  apis: ["chat"],
  quirks: {
    // Unverified: those of vLLM, which serves its models.
    takesSampling: ["topK", "minP", "repeatPenalty"],
    thinkTags: true,
    // Unverified: the switch is that of vLLM, which serves its models.
    thinking: {
      byModel: [
        {
          models: /gpt-oss|DeepSeek-V4|GLM-5\.2/i,
          effortField: "reasoning_effort",
          efforts: { minimal: "low", xhigh: "high", max: "high" },
        },
      ],
      field: "chat_template_kwargs.enable_thinking",
    },
  },
};
