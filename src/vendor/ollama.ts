import { placeApis } from "./place-apis.ts";
import type { Vendor } from "./vendor.ts";

/** Ollama on this machine, or at `base_url` (https://docs.ollama.com/openai, https://docs.ollama.com/anthropic). It needs no key. */
export const ollama: Vendor = {
  ...placeApis("http://127.0.0.1:11434/v1", { messages: "" }),
  apis: ["chat", "messages"],
  quirks: {
    reasoningField: "reasoning",
    // Its OpenAI-style API has these; `none` is off.
    thinking: {
      effortField: "reasoning_effort",
      efforts: { none: "none", minimal: "low", xhigh: "high", max: "high" },
    },
    errors: { messages: [{ pattern: /server busy|maximum pending requests/i, trouble: "overloaded" }] },
  },
};

/** Ollama's own service, with the same API (https://docs.ollama.com/cloud). */
export const ollamaCloud: Vendor = {
  ...ollama,
  ...placeApis("https://ollama.com/v1", { messages: "" }),
  keyVariables: ["OLLAMA_API_KEY"],
  catalogParts: { "": "ollama-cloud" },
};
