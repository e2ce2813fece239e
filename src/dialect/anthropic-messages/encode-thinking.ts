import type { ChatRequest, Dropped, ReasoningRequest } from "../../call/index.ts";
import { budgetOfEffort } from "../effort-budgets.ts";
import { isObject, type JsonObject } from "../read.ts";
import { dialectName } from "./shared-fields.ts";

/** Anthropic's smallest budget. */
const budgetMin = 1024;

/**
 * The field `thinking`. For a client of another dialect it is left out, and listed, where the vendor would refuse the request
 * for it: with a bound of output that is too small, with a tool that is forced, or in the middle of a turn whose thoughts are
 * not there in Anthropic's signed form. Rules: Anthropic's documentation, "Extended thinking".
 */
export function encodeThinking(request: ChatRequest, maxTokens: number, dropped: Dropped): JsonObject | undefined {
  const { reasoning } = request;
  if (request.dialect === dialectName) return encodeOwn(request);
  if (reasoning.enabled === false || reasoning.effort === "none") return { type: "disabled" };
  if (reasoning.enabled === undefined && reasoning.effort === undefined && reasoning.budgetTokens === undefined)
    return undefined;
  const budget = budgetOf(reasoning, maxTokens);
  const isForced = request.toolChoice.type === "required" || request.toolChoice.type === "tool";
  if (budget !== undefined && !isForced && !isInUnsignedTurn(request))
    return { type: "enabled", budget_tokens: budget };
  dropped.add(fieldOf(reasoning));
  return undefined;
}

function encodeOwn({ reasoning, extensions }: ChatRequest): JsonObject | undefined {
  if (reasoning.enabled === undefined) return undefined;
  return {
    type: reasoning.enabled ? "enabled" : "disabled",
    ...(reasoning.budgetTokens !== undefined && { budget_tokens: reasoning.budgetTokens }),
    // Its own type, where that is one that only Anthropic knows.
    ...(isObject(extensions["thinking"]) && extensions["thinking"]),
  };
}

/** Undefined where none fits: it must leave room for the answer below `max_tokens`. */
function budgetOf({ effort, budgetTokens }: ReasoningRequest, maxTokens: number): number | undefined {
  const half = Math.max(budgetMin, Math.floor(maxTokens / 2));
  const budget = budgetTokens ?? Math.min(budgetOfEffort(effort ?? "medium") ?? budgetMin, half);
  const fitting = Math.min(budget, maxTokens - 1);
  return fitting < budgetMin ? undefined : fitting;
}

/** What a client most likely said it with. */
function fieldOf({ effort, budgetTokens }: ReasoningRequest): string {
  if (effort !== undefined) return "reasoning_effort";
  return budgetTokens === undefined ? "enable_thinking" : "thinking_budget";
}

/** The last thing that the model did was to call tools, and what it thought before that is not known. */
function isInUnsignedTurn({ messages }: ChatRequest): boolean {
  const last = messages.findLast(({ role }) => role === "assistant")?.content ?? [];
  const isSigned = last.some((part) => part.type === "reasoning" && part.signature?.origin === dialectName);
  return !isSigned && last.some((part) => part.type === "tool-call");
}
