import { ownValue } from "../base/own-value.ts";
import type { ChatRequest, Dropped } from "../call/index.ts";
import type { Quirks } from "./dialect.ts";

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

/** The same in a vendor's own words, and only for a model that takes one. */
export function encodeVendorEffort(
  request: ChatRequest,
  { model, quirks }: { model: string; quirks?: Quirks },
  dropped: Dropped,
): string | undefined {
  const effort = encodeEffort(request, dropped);
  if (effort === undefined || !quirks?.thinking) return effort;
  const { effortModels, efforts } = quirks.thinking;
  if (effortModels?.test(model) !== false) return ownValue(efforts, effort) ?? effort;
  dropped.add("reasoning_effort");
  return undefined;
}

/** Ours, halfway between the budgets that the Messages dialect gives to the efforts. */
export function effortOfBudget(budgetTokens: number): string {
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}
