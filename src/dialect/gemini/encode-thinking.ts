import type { ChatRequest, Dropped, ReasoningRequest } from "../../call/index.ts";
import { isObject, type JsonObject } from "../read.ts";
import { dialectName, isGemini3 } from "./shared-fields.ts";

/** What an effort becomes. Rule: Google's documentation, "OpenAI compatibility", the table of `reasoning_effort`. */
const levels: ReadonlyMap<string, { level: "minimal" | "low" | "medium" | "high"; budgetTokens: number }> = new Map([
  ["minimal", { level: "minimal", budgetTokens: 1_024 }],
  ["low", { level: "low", budgetTokens: 1_024 }],
  ["medium", { level: "medium", budgetTokens: 8_192 }],
  ["high", { level: "high", budgetTokens: 24_576 }],
  ["xhigh", { level: "high", budgetTokens: 24_576 }],
  ["max", { level: "high", budgetTokens: 24_576 }],
]);

/** Smallest budget of Gemini 2.5 Pro, which cannot be kept from thinking. Rule: Google's documentation, "Thinking". */
const proBudgetMin = 128;

/**
 * The field `thinkingConfig`: a level for Gemini 3 and later, a budget for 2.5; other models do not think, or not when asked to.
 * Thoughts are shown to who asks for them in another dialect. Where thinking can't be switched off, it is the least there is, and
 * that is listed.
 */
export function encodeThinking(request: ChatRequest, model: string, dropped: Dropped): JsonObject | undefined {
  const { reasoning } = request;
  if (request.dialect === dialectName) return encodeOwn(request);
  const { enabled, effort, budgetTokens } = reasoning;
  if (enabled === undefined && effort === undefined && budgetTokens === undefined) return undefined;
  const isOff = enabled === false || effort === "none";
  const isPro = /-pro\b/.test(model);
  if (isGemini3(model)) {
    // Unverified: that Pro models have no level below `low`, also from 3.1 on.
    const least = isPro ? "low" : "minimal";
    if (isOff) {
      dropped.add(fieldOf(reasoning));
      return { thinkingLevel: least.toUpperCase() };
    }
    const level = levelOf(reasoning);
    const known = level === "minimal" ? least : level;
    return { ...(known !== undefined && { thinkingLevel: known.toUpperCase() }), includeThoughts: true };
  }
  if (!/(?:^|\/)gemini-2\.5/.test(model)) {
    dropped.add(fieldOf(reasoning));
    return undefined;
  }
  if (isOff) {
    if (isPro) dropped.add(fieldOf(reasoning));
    return { thinkingBudget: isPro ? proBudgetMin : 0 };
  }
  const budget = budgetTokens ?? (effort === undefined ? undefined : levels.get(effort)?.budgetTokens);
  return { ...(budget !== undefined && { thinkingBudget: budget }), includeThoughts: true };
}

/** A budget as the level whose own budget is nearest; undefined leaves it to the model. */
function levelOf({ effort, budgetTokens }: ReasoningRequest): "minimal" | "low" | "medium" | "high" | undefined {
  if (effort !== undefined) return levels.get(effort)?.level;
  if (budgetTokens === undefined) return undefined;
  if (budgetTokens <= 2_048) return "low";
  return budgetTokens <= 12_288 ? "medium" : "high";
}

function encodeOwn({ reasoning, extensions }: ChatRequest): JsonObject | undefined {
  const { enabled, effort, budgetTokens } = reasoning;
  const config = isObject(extensions["generationConfig"]) ? extensions["generationConfig"] : {};
  const rest = isObject(config["thinkingConfig"]) ? config["thinkingConfig"] : {};
  const thinking = {
    ...(enabled === true && { includeThoughts: true }),
    ...(enabled === false && { thinkingBudget: 0 }),
    ...(budgetTokens !== undefined && { thinkingBudget: budgetTokens }),
    ...(effort !== undefined && { thinkingLevel: effort.toUpperCase() }),
    ...rest,
  };
  return Object.keys(thinking).length === 0 ? undefined : thinking;
}

/** What a client most likely said it with. */
function fieldOf({ effort, budgetTokens }: ReasoningRequest): string {
  if (effort !== undefined) return "reasoning_effort";
  return budgetTokens === undefined ? "enable_thinking" : "thinking_budget";
}
