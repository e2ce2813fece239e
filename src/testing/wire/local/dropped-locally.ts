import type { Feature } from "../features.ts";
import type { Kit } from "../kit.ts";

/** Paths that a model on this machine drops: it thinks or does not, and is given no budget for it. */
export function droppedLocally(client: Kit, feature: Feature): readonly string[] {
  const budgets: Record<string, string> = {
    "anthropic-messages": "thinking.budget_tokens",
    gemini: "generationConfig.thinkingConfig.thinkingBudget",
  };
  return feature.asked.thinks ? [budgets[client.name] ?? []].flat() : [];
}
