import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Hugging Face's router to several vendors (https://huggingface.co/docs/inference-providers). A model may name one: `model:groq`. */
export const huggingface: Vendor = {
  ...placeApis("https://router.huggingface.co/v1"),
  keyVariables: ["HF_TOKEN"],
  apis: ["chat"],
  unlisted: /:/,
  quirks: {
    thinkTags: true,
    thinking: { effortField: "reasoning_effort", efforts: { minimal: "low", xhigh: "high", max: "high" } },
    errors: { codes: { model_not_supported: "model" }, statuses: { 424: "overloaded" } },
  },
};
