import type { StoredModel } from "../catalog-model.ts";
import type { Correction } from "./correction.ts";
import { mapPrices, mapRates, percentOf } from "./map-rates.ts";

/** What holds for Claude wherever it is sold. */
export const claude: Correction = {
  parts: ["anthropic", "amazon-bedrock", "azure", "google-vertex", "openrouter"],
  source:
    'https://platform.claude.com/docs/en/about-claude/pricing; reports of the answer "does not support assistant message prefill"',
  date: "2026-11-26",
  each(model, id) {
    if (!id.includes("claude-")) return model;
    const known = withPrefill(model, takesPrefill(id));
    // Unverified: that others who sell it have the same factors, as Google Cloud says that it has.
    // A write that lasts an hour costs twice what the tokens do, one of five minutes 1.25 times, and a read a tenth.
    return mapPrices(known, (price) =>
      mapRates(price, ({ input, cached_input: read, cache_write: write }) => ({
        cached_input: read ?? percentOf(input, 10),
        cache_write: write ?? percentOf(input, 125),
        cache_write_1h: percentOf(input, 200),
      })),
    );
  },
};

export const anthropic: Correction = {
  parts: ["anthropic"],
  source: "https://platform.claude.com/docs/en/about-claude/pricing",
  date: "2026-11-26",
  each: (model) => mapPrices(model, (price) => ({ ...price, batch: 0.5, fees: { web_search: 0.01 } })),
};

function withPrefill(model: StoredModel, takes: boolean | undefined): StoredModel {
  if (takes === undefined) return model;
  const list = takes ? "features" : "lacks";
  return { ...model, [list]: [...(model[list] ?? []), "prefill"] };
}

/** "Prefill removal": none from 4.6 on, and in no family after Claude 4. Unknown for a name that leads to one after the other. */
function takesPrefill(id: string): boolean | undefined {
  const [, major, minor = "0"] = /claude-(?:[a-z]+-)*(\d)(?:[-.](\d{1,2}))?(?!\d)/.exec(id) ?? [];
  return major === undefined ? undefined : Number(major) < 4 || (major === "4" && Number(minor) < 6);
}
