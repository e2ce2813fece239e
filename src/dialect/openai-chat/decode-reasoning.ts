import type { FieldPlaces, ReasoningRequest } from "../../call/index.ts";
import { asString, isObject, optional, otherFields, type JsonObject } from "../read.ts";
import { tokensMax } from "../token-count.ts";

interface DecodedReasoning {
  asked: ReasoningRequest;
  /** It was said by OpenRouter's object `reasoning`. */
  isObject: boolean;
  /** What is left of that object. */
  rest?: JsonObject;
}

/**
 * What a client says of thinking: OpenAI's `reasoning_effort`, else OpenRouter's `reasoning: { effort, max_tokens, enabled }`, which other
 * programs send to any server (openrouter.ai/docs, "Reasoning Tokens"; Qwen Code). Other forms of the object, and other vendors' switches
 * (`thinking`, `enable_thinking`), stay extensions.
 */
export function decodeReasoning(value: JsonObject): DecodedReasoning {
  const effort = optional(value["reasoning_effort"], "reasoning_effort", asString);
  if (effort !== undefined) return { asked: askedBy(effort), isObject: false };
  const { reasoning } = value;
  if (!isObject(reasoning) || !isKnownForm(reasoning)) return { asked: {}, isObject: false };
  const { effort: word, max_tokens: budgetTokens, enabled } = reasoning;
  const rest = otherFields(reasoning, knownFields);
  // To hide nothing is what everybody does.
  if (rest?.["exclude"] === false) delete rest["exclude"];
  const asked: ReasoningRequest = {
    ...(typeof budgetTokens === "number" && { enabled: true, budgetTokens }),
    ...(typeof word === "string" && askedBy(word)),
    ...(typeof enabled === "boolean" && { enabled }),
  };
  return { asked, isObject: true, ...(rest && Object.keys(rest).length > 0 && { rest: { reasoning: rest } }) };
}

/** The names under which it is told what of that object was not carried. */
export const reasoningNames: NonNullable<FieldPlaces["names"]> = {
  thinking: "reasoning.enabled",
  enable_thinking: "reasoning.enabled",
  "thinking.budget_tokens": "reasoning.max_tokens",
  thinking_budget: "reasoning.max_tokens",
  reasoning_effort: "reasoning.effort",
  "output_config.effort": "reasoning.effort",
};

function askedBy(effort: string): ReasoningRequest {
  return effort === "none" ? { enabled: false, effort } : { effort };
}

const knownFields = new Set(["effort", "max_tokens", "enabled"]);

/** Null says no more than no field. */
function isKnownForm({ effort, max_tokens: budget, enabled }: JsonObject): boolean {
  const isBudget = typeof budget === "number" && Number.isInteger(budget) && budget >= 1 && budget <= tokensMax;
  return (
    (effort == null || typeof effort === "string") &&
    (budget == null || isBudget) &&
    (enabled == null || typeof enabled === "boolean") &&
    (effort ?? budget ?? enabled) != null
  );
}
