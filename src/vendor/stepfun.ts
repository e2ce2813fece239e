import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** StepFun (https://platform.stepfun.com/docs). */
export const stepfun: Vendor = {
  ...placeApis("https://api.stepfun.com/v1", { messages: "", responses: "/v1" }),
  keyVariables: ["STEPFUN_API_KEY"],
  apis: ["chat", "messages", "responses"],
  // Images and audio in its API reference.
  operations: ["image-generation", "image-edit", "transcription", "speech"],
  quirks: {
    reasoningField: "reasoning",
    thinking: {
      byModel: [
        {
          models: /step-3\.5/,
          effortField: "reasoning_effort",
          efforts: { minimal: "low", medium: "high", xhigh: "high", max: "high" },
        },
      ],
      effortField: "reasoning_effort",
      efforts: { minimal: "low", xhigh: "high", max: "high" },
    },
    // Its list of error codes: no money is a 402, refused content a 451, an unknown model a 400.
    errors: { messages: [{ pattern: /model.* not exists?\b|no permission/i, trouble: "model" }] },
  },
};
