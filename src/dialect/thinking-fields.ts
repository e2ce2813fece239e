import type { ChatRequest, Dropped, ThinkingFields } from "../call/index.ts";
import { budgetOfEffort } from "./effort-budgets.ts";
import { effortOfBudget } from "./encode-effort.ts";
import { isObject, type JsonObject } from "./read.ts";

/** What a request says of thinking, in the fields of a vendor. What has no place there is listed, by the field that says it in OpenAI's or Anthropic's API. */
export function encodeThinkingFields(
  request: Pick<ChatRequest, "reasoning">,
  { model, fields }: { model: string; fields: ThinkingFields },
  dropped: Dropped,
): JsonObject {
  const { enabled, effort, budgetTokens } = request.reasoning;
  const { field, efforts, budgetField } = fields;
  const effortField = fields.effortModels?.test(model) === false ? undefined : fields.effortField;
  const body: JsonObject = {};
  if (enabled === undefined && effort === undefined && budgetTokens === undefined) return body;
  const isOn = enabled !== false && effort !== "none";
  if (field) put(body, field, isSwitch(field) ? (isOn ? "enabled" : "disabled") : isOn);
  if (!isOn) {
    // Servers that do not know the effort `none` refuse it, so that it is sent only where the client says it.
    if (!field && effortField && effort === "none") put(body, effortField, efforts?.["none"] ?? "none");
    else if (!field) dropped.add("thinking");
    return body;
  }
  const budget = budgetTokens ?? (effortField || effort === undefined ? undefined : budgetOfEffort(effort));
  const word = effort ?? (budgetField || budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
  if (effortField && word !== undefined) put(body, effortField, efforts?.[word] ?? word);
  if (budgetField && budget !== undefined) put(body, budgetField, budget);
  if (effort !== undefined && !effortField && !budgetField) dropped.add("reasoning_effort");
  if (enabled !== undefined && !field && word === undefined && budget === undefined) dropped.add("thinking");
  return body;
}

function isSwitch(field: string): boolean {
  return field.endsWith(".type");
}

function put(body: JsonObject, path: string, value: unknown): void {
  const [name = path, inner] = path.split(".");
  if (inner === undefined) body[name] = value;
  else body[name] = { ...(isObject(body[name]) && body[name]), [inner]: value };
}
