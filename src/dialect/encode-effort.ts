import type { ChatRequest, Dropped } from "../call/index.ts";

/**
 * The effort of a dialect that has efforts alone. A budget in tokens has no place there; an effort says about the same. Nor has a
 * plain on or off: servers that do not know the effort `none` answer it with 400, so that it is sent only where the client says it.
 */
export function encodeEffort({ reasoning }: ChatRequest, dropped: Dropped): string | undefined {
  const { enabled, effort, budgetTokens } = reasoning;
  if (enabled === false && effort !== "none") {
    dropped.add("thinking");
    return undefined;
  }
  const encoded = effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (enabled !== undefined && encoded === undefined) dropped.add("thinking");
  return encoded;
}

/** Ours, halfway between the budgets that the Messages dialect gives to the efforts. */
export function effortOfBudget(budgetTokens: number): string {
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}
