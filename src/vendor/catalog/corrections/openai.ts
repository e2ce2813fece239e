import type { StoredModel } from "../catalog-model.ts";
import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

const free = { currency: "USD", input: 0, output: 0 } as const;

/** Models of sounds and moderations, by their pages in OpenAI's list of models. DALL·E was shut down in May 2026. */
function audio(name: string, way: "heard" | "said", fees?: Record<string, number>): Partial<StoredModel> {
  return {
    name,
    takes: [way === "heard" ? "audio" : "text"],
    gives: [way === "heard" ? "text" : "audio"],
    lacks: ["tools", "attachments", "sampling"],
    ...(fees && { price: { ...free, fees } }),
  };
}

// Unverified: that moderations are free is said by others, and not on a page of OpenAI's that was read.
const moderation: Partial<StoredModel> = {
  name: "omni-moderation",
  takes: ["text", "image"],
  lacks: ["tools", "sampling"],
  price: free,
};

export const openai: Correction = {
  parts: ["openai"],
  source: "https://developers.openai.com/api/docs/guides/cost-optimization",
  date: "2026-11-26",
  models: {
    "whisper-1": audio("Whisper", "heard", { minute: 0.006 }),
    "gpt-transcribe": audio("GPT-Transcribe", "heard", { minute: 0.0045 }),
    "gpt-4o-transcribe": { ...audio("GPT-4o Transcribe", "heard"), price: { ...free, input: 2.5, output: 10 } },
    "gpt-4o-mini-transcribe": {
      ...audio("GPT-4o Mini Transcribe", "heard"),
      price: { ...free, input: 1.25, output: 5 },
    },
    "tts-1": audio("TTS-1", "said", { character: 0.000015 }),
    "tts-1-hd": audio("TTS-1 HD", "said", { character: 0.00003 }),
    "omni-moderation-latest": moderation,
    "omni-moderation-2024-09-26": moderation,
  },
  // Whose tokens cost nothing has neither tiers nor tools.
  each: (model) =>
    mapPrices(model, (price) =>
      Number(price.input) === 0
        ? price
        : {
            ...price,
            batch: 0.5,
            // Flex costs what a batch does. A tier that a model does not have is never what its answer names.
            service_tiers: { flex: { factor: 0.5 }, ...price.service_tiers },
            // Unverified: both fees, and that no model has one of its own.
            fees: { web_search: 0.01, file_search: 0.0025 },
          },
    ),
};
