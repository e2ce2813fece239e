import { limits } from "../../base/limits.ts";
import type {
  ChatRequest,
  FieldPlaces,
  HostedTool,
  ReasoningRequest,
  ResponseFormat,
  Sampling,
  ToolChoice,
  ToolDefinition,
} from "../../call/index.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  integerIn,
  invalidField,
  isObject,
  type JsonObject,
  numberIn,
  optional,
  otherFields,
} from "../read.ts";
import { asTokenLimit, tokensMax } from "../token-count.ts";
import { decodeMessages } from "./decode-messages.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * Reads the parsed body of `POST /v1/messages` or of `/v1/messages/count_tokens`. Throws `invalid_request` with the field at
 * fault; fields that it does not know go to `extensions`. Rules: Anthropic's API reference, "Create a Message".
 */
export function decodeRequest(body: unknown): ChatRequest {
  const value = asObject(body, "body");
  const { tools, hostedTools } = decodeTools(value["tools"]);
  const choice = optional(value["tool_choice"], "tool_choice", asObject) ?? {};
  const thinking = optional(value["thinking"], "thinking", asObject) ?? {};
  const output = optional(value["output_config"], "output_config", asObject) ?? {};
  const isSerial = optional(choice["disable_parallel_tool_use"], "tool_choice.disable_parallel_tool_use", asBoolean);
  const stream = optional(value["stream"], "stream", asBoolean) ?? false;
  return {
    dialect: dialectName,
    places,
    model: asString(value["model"], "model"),
    messages: decodeMessages(value["system"], value["messages"]),
    tools,
    hostedTools,
    toolChoice: decodeToolChoice(choice, tools, hostedTools),
    parallelToolCalls: isSerial !== true,
    responseFormat: decodeResponseFormat(value, output),
    reasoning: decodeReasoning(thinking, output),
    sampling: decodeSampling(value),
    maxOutputTokens: optional(value["max_tokens"], "max_tokens", asTokenLimit),
    stop: decodeStop(value["stop_sequences"]),
    choiceCount: 1,
    topLogprobs: undefined,
    stream,
    // Anthropic's streams always end with usage.
    streamUsage: stream,
    extensions: leftOver(value, { thinking, output, choice }),
  };
}

const knownFields = new Set([
  "model",
  "messages",
  "system",
  "max_tokens",
  "stop_sequences",
  "stream",
  "temperature",
  "top_p",
  "top_k",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "output_format",
]);
/** The types of thinking that the neutral call can say; others (`adaptive`) are kept as extensions beside `enabled`. */
const thinkingTypes = new Set<unknown>(["enabled", "disabled"]);
const budgetField = new Set(["budget_tokens"]);
const thinkingFields = new Set(["type", "budget_tokens"]);
const outputFields = new Set(["effort", "format"]);
const formatFields = new Set(["type", "schema"]);
const choiceFields = new Set(["type", "name", "disable_parallel_tool_use"]);

/** The client's own names for what OpenAI's chat has elsewhere. */
export const places: FieldPlaces = {
  reasoning: "messages[].content[].thinking",
  toolCall: "messages[].content[].",
  toolResult: "messages[].content[].",
  tools: "tools",
  toolSchema: ".input_schema",
  formatSchema: "output_config.format.schema",
  formatName: undefined,
  names: {
    stop: "stop_sequences",
    response_format: "output_config.format",
    parallel_tool_calls: "tool_choice.disable_parallel_tool_use",
    reasoning_effort: "output_config.effort",
    enable_thinking: "thinking",
    thinking_budget: "thinking.budget_tokens",
  },
};

/** The fields that the neutral call does not name, and what is left of objects that it names in part. */
function leftOver(
  value: JsonObject,
  { thinking, output, choice }: Record<"thinking" | "output" | "choice", JsonObject>,
): JsonObject {
  const rest = otherFields(value, knownFields) ?? {};
  const ofThinking = otherFields(thinking, thinkingTypes.has(thinking["type"]) ? thinkingFields : budgetField);
  const ofOutput = leftOverOutput(value, output);
  const ofChoice = otherFields(choice, choiceFields);
  if (ofThinking) rest["thinking"] = ofThinking;
  if (ofOutput) rest["output_config"] = ofOutput;
  if (ofChoice) rest["tool_choice"] = ofChoice;
  return rest;
}

function leftOverOutput(value: JsonObject, output: JsonObject): JsonObject | undefined {
  const rest = otherFields(output, outputFields);
  const format = output["format"] ?? value["output_format"];
  const ofFormat = isObject(format) ? otherFields(format, formatFields) : undefined;
  return rest || ofFormat ? { ...rest, ...(ofFormat && { format: ofFormat }) } : undefined;
}

function decodeTools(value: unknown): { tools: ToolDefinition[]; hostedTools: HostedTool[] } {
  const tools: ToolDefinition[] = [];
  const hostedTools: HostedTool[] = [];
  const list = optional(value, "tools", asTools) ?? [];
  for (let index = 0; index < list.length; index++) {
    const path = `tools[${index}]`;
    const fields = asObject(list[index], path);
    const type = optional(fields["type"], `${path}.type`, asString) ?? "custom";
    if (type === "custom") tools.push(decodeTool(fields, path));
    else hostedTools.push({ index, type, value: fields });
  }
  return { tools, hostedTools };
}

function asTools(value: unknown, path: string): unknown[] {
  return asArray(value, path, limits.toolsMax);
}

function decodeTool(fields: JsonObject, path: string): ToolDefinition {
  const name = asString(fields["name"], `${path}.name`);
  if (name.length === 0 || name.length > 256)
    throw invalidField(`${path}.name`, `expected 1 to 256 characters, found ${name.length}`);
  const description = optional(fields["description"], `${path}.description`, asString);
  const parameters = optional(fields["input_schema"], `${path}.input_schema`, asObject);
  const strict = optional(fields["strict"], `${path}.strict`, asBoolean);
  const cache = optional(fields["cache_control"], `${path}.cache_control`, asObject);
  const extensions = otherFields(fields, toolFields);
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
    ...(cache !== undefined && { cache }),
    ...(extensions && { extensions }),
  };
}

const toolFields = new Set(["type", "name", "description", "input_schema", "strict", "cache_control"]);

function decodeToolChoice(choice: JsonObject, tools: ToolDefinition[], hostedTools: HostedTool[]): ToolChoice {
  const type = optional(choice["type"], "tool_choice.type", asString) ?? "auto";
  const hasTools = tools.length + hostedTools.length > 0;
  if (type === "auto" || (type === "none" && !hasTools)) return { type: "auto" };
  if (type === "none") return { type };
  if (type !== "any" && type !== "tool")
    throw invalidField("tool_choice.type", `expected "auto", "any", "tool" or "none", found "${type.slice(0, 60)}"`);
  if (!hasTools) throw invalidField("tool_choice", "allowed only with tools");
  if (type === "any") return { type: "required" };
  const name = asString(choice["name"], "tool_choice.name");
  const isThere = tools.some((tool) => tool.name === name) || hostedTools.some(({ value }) => value["name"] === name);
  if (!isThere) throw invalidField("tool_choice.name", `no tool is named "${name.slice(0, 100)}"`);
  return { type, name };
}

/** `output_format` is the name that it had while it was a beta. */
function decodeResponseFormat(value: JsonObject, output: JsonObject): ResponseFormat {
  const path = output["format"] == null ? "output_format" : "output_config.format";
  const format = optional(output["format"] ?? value["output_format"], path, asObject);
  if (format === undefined) return { type: "text" };
  if (output["format"] && value["output_format"])
    throw invalidField("output_format", "allowed only without output_config.format, its newer name");
  if (format["type"] !== "json_schema") {
    const found = JSON.stringify(format["type"])?.slice(0, 60) ?? "nothing";
    throw invalidField(`${path}.type`, `expected "json_schema", found ${found}`);
  }
  return {
    type: "json-schema",
    name: schemaName,
    schema: asObject(format["schema"], `${path}.schema`),
    // Anthropic always holds the model to the schema.
    strict: true,
  };
}

/** Anthropic's formats have no name; OpenAI's need one. */
const schemaName = "response";

function decodeReasoning(thinking: JsonObject, output: JsonObject): ReasoningRequest {
  const type = optional(thinking["type"], "thinking.type", asString);
  const budgetTokens = optional(thinking["budget_tokens"], "thinking.budget_tokens", integerIn(0, tokensMax));
  const effort = optional(output["effort"], "output_config.effort", asString);
  const reasoning: ReasoningRequest = {};
  if (type !== undefined) reasoning.enabled = type !== "disabled";
  if (effort !== undefined) reasoning.effort = effort;
  if (budgetTokens !== undefined) reasoning.budgetTokens = budgetTokens;
  return reasoning;
}

function decodeSampling(value: JsonObject): Sampling {
  const temperature = optional(value["temperature"], "temperature", numberIn(0, 2));
  const topP = optional(value["top_p"], "top_p", numberIn(0, 1));
  const topK = optional(value["top_k"], "top_k", integerIn(0, 1_000_000));
  const sampling: Sampling = {};
  if (temperature !== undefined) sampling.temperature = temperature;
  if (topP !== undefined) sampling.topP = topP;
  if (topK !== undefined) sampling.topK = topK;
  return sampling;
}

function decodeStop(value: unknown): string[] {
  const list = optional(value, "stop_sequences", (value, path) => asArray(value, path, limits.stopSequencesMax)) ?? [];
  return list.map((item, index) => {
    const path = `stop_sequences[${index}]`;
    const text = asString(item, path);
    if (text === "") throw invalidField(path, "an empty string would stop every answer at once");
    return text;
  });
}
