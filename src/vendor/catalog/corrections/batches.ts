import type { Correction } from "./correction.ts";
import { mapPrices } from "./map-rates.ts";

/** Vendors whose batches cost half of what single calls do, and of which nothing else is to be corrected. */
export const batches: Correction = {
  parts: ["azure", "groq", "zhipuai", "siliconflow", "siliconflow-cn"],
  source:
    "https://learn.microsoft.com/azure/foundry/openai/how-to/batch, https://console.groq.com/docs/batch, https://docs.bigmodel.cn/cn/faq/batch-api-issues, https://docs.siliconflow.cn/cn/userguide/guides/batch",
  date: "2026-11-26",
  // Unverified: that SiliconFlow's side abroad has the same.
  each: (model) => mapPrices(model, (price) => ({ ...price, batch: price.batch ?? 0.5 })),
};
