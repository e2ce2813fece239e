import { ownValue } from "../base/own-value.ts";
import type { ChatRequest, Dropped, ThinkingFields } from "../call/index.ts";
import { budgetOfEffort } from "./effort-budgets.ts";
import { effortOfBudget } from "./encode-effort.ts";
import { isObject, type JsonObject } from "./read.ts";

/** What a request says of thinking, in the fields of a vendor. What has no place there is listed, by the field that says it in OpenAI's or Anthropic's API. */
export function encodeThinkingFields(
  request: Pick<ChatRequest, "reasoning">,
  { model, fields: all }: { model: string; fields: ThinkingFields },
  dropped: Dropped,
): JsonObject {
  const { enabled, effort, budgetTokens } = request.reasoning;
  const fields = thinkingFieldsOf(all, model);
  const { field, efforts, budgetField } = fields;
  const effortField = fields.effortModels?.test(model) === false ? undefined : fields.effortField;
  const body: JsonObject = {};
  if (enabled === undefined && effort === undefined && budgetTokens === undefined) return body;
  const isOn = enabled !== false && effort !== "none";
  if (field) put(body, field, isSwitch(field) ? (isOn ? (fields.on ?? "enabled") : "disabled") : isOn);
  if (!isOn) {
    // Servers that do not know the effort `none` refuse it, so that it is sent only where the client says it, or the vendor knows it.
    const none = efforts?.["none"] ?? (effort === "none" ? effort : undefined);
    if (!field && effortField && none !== undefined) put(body, effortField, none);
    else if (!field) dropped.add("thinking");
    return body;
  }
  const budget = budgetTokens ?? (effortField || effort === undefined ? undefined : budgetOfEffort(effort));
  // A budget says it more exactly than an effort, and vendors that have both refuse them beside each other.
  const isBudgetSaid = budgetField !== undefined && budgetTokens !== undefined;
  const word = isBudgetSaid ? undefined : (effort ?? (budgetTokens ? effortOfBudget(budgetTokens) : undefined));
  if (effortField && word !== undefined) {
    const own = ownValue(efforts, word) ?? (fields.hasOnlyTheseEfforts ? undefined : word);
    if (own === undefined) dropped.add("reasoning_effort");
    else put(body, effortField, own);
  }
  if (budgetField && budget !== undefined) {
    // Anthropic's form of it has a type.
    if (budgetField === "thinking.budget_tokens") put(body, "thinking.type", fields.on ?? "enabled");
    put(body, budgetField, budget);
  }
  if (effort !== undefined && !effortField && !budgetField) dropped.add("reasoning_effort");
  if (enabled !== undefined && !field && word === undefined && budget === undefined) dropped.add("thinking");
  return body;
}

/** The fields by which a model is asked. */
export function thinkingFieldsOf(all: ThinkingFields, model: string): ThinkingFields {
  return all.byModel?.find(({ models }) => models.test(model)) ?? all;
}

function isSwitch(field: string): boolean {
  return field.endsWith(".type");
}

function put(body: JsonObject, path: string, value: unknown): void {
  const [name = path, inner] = path.split(".");
  if (inner === undefined) body[name] = value;
  else body[name] = { ...(isObject(body[name]) && body[name]), [inner]: value };
}
