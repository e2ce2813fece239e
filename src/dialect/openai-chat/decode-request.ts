import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type { ChatRequest, ReasoningRequest, ResponseFormat, ToolChoice, ToolDefinition } from "../../call/index.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  integerIn,
  invalidField,
  isObject,
  type JsonObject,
  optional,
  otherFields,
} from "../read.ts";
import { tokensMax } from "../token-count.ts";
import { decodeMessages } from "./decode-messages.ts";
import {
  decodeModel,
  decodeSampling,
  decodeStop,
  decodeStreaming,
  dialectName,
  restOfFunction,
  sharedFields,
} from "./shared-fields.ts";

/**
 * Reads the parsed body of `POST /v1/chat/completions`. The legacy `functions` and `function_call` become tools.
 * Throws `invalid_request` (or `unsupported_parameter`) with the field at fault; fields that it does not know go to `extensions`.
 * Rules: OpenAI's API reference, "Create chat completion", and the extra sampling fields of vLLM and llama.cpp.
 */
export function decodeChatRequest(body: unknown): ChatRequest {
  const value = asObject(body, "body");
  const model = decodeModel(value);
  const messages = decodeMessages(value["messages"]);
  const tools = decodeTools(value);
  const isAsked = optional(value["logprobs"], "logprobs", asBoolean) ?? false;
  const topLogprobs = optional(value["top_logprobs"], "top_logprobs", integerIn(0, 20));
  if (topLogprobs !== undefined && !isAsked) throw invalidField("top_logprobs", "allowed only with logprobs: true");
  const streaming = decodeStreaming(value);
  return {
    dialect: dialectName,
    model,
    messages,
    tools,
    hostedTools: [],
    toolChoice: decodeToolChoice(value, tools),
    parallelToolCalls: optional(value["parallel_tool_calls"], "parallel_tool_calls", asBoolean) ?? true,
    responseFormat: decodeResponseFormat(value["response_format"]),
    reasoning: decodeReasoning(value),
    sampling: decodeSampling(value),
    // Where both are given and differ, the newer name counts, as its documentation says.
    maxOutputTokens:
      optional(value["max_completion_tokens"], "max_completion_tokens", integerIn(1, tokensMax)) ??
      optional(value["max_tokens"], "max_tokens", integerIn(1, tokensMax)),
    stop: decodeStop(value["stop"]),
    choiceCount: optional(value["n"], "n", integerIn(1, limits.choicesMax)) ?? 1,
    topLogprobs: isAsked ? (topLogprobs ?? 0) : undefined,
    stream: streaming.stream,
    streamUsage: streaming.streamUsage,
    extensions: { ...otherFields(value, { has: isKnown }), ...streaming.extensions, ...leftOver(value) },
  };

  // Of two names of one field, the one that is not read is kept as it is.
  function isKnown(key: string): boolean {
    if (key === "functions") return !isGiven(value["tools"]);
    if (key === "function_call") return !isGiven(value["tool_choice"]);
    return knownFields.has(key);
  }
}

/** What is left of objects that are known in part. */
function leftOver({ tool_choice: choice, response_format: format }: JsonObject): JsonObject {
  const schema = isObject(format) ? format["json_schema"] : undefined;
  const ofChoice = isObject(choice) ? restOfFunction(choice, choiceFields, chosenFields) : undefined;
  const ofFormat = isObject(format) ? otherFields(format, formatFields) : undefined;
  const ofSchema = isObject(schema) ? otherFields(schema, schemaFields) : undefined;
  return {
    ...(ofChoice && { tool_choice: ofChoice }),
    ...((ofFormat || ofSchema) && { response_format: { ...ofFormat, ...(ofSchema && { json_schema: ofSchema }) } }),
  };
}

const choiceFields = new Set(["type", "function"]);
const chosenFields = new Set(["name"]);
const formatFields = new Set(["type", "json_schema"]);
const schemaFields = new Set(["name", "schema", "strict", "description"]);

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

const knownFields = new Set([
  ...sharedFields,
  "messages",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "response_format",
  "max_completion_tokens",
  "logprobs",
  "top_logprobs",
  "reasoning_effort",
]);

/** Vendors' own switches (`thinking`, `enable_thinking`, `reasoning`) stay extensions: only OpenAI's field is the dialect's. */
function decodeReasoning(value: JsonObject): ReasoningRequest {
  const effort = optional(value["reasoning_effort"], "reasoning_effort", asString);
  if (effort === undefined) return {};
  return effort === "none" ? { enabled: false, effort } : { effort };
}

function decodeTools(value: JsonObject): ToolDefinition[] {
  const tools = (optional(value["tools"], "tools", asTools) ?? []).map((tool, index) => {
    const path = `tools[${index}]`;
    const fields = asObject(tool, path);
    if (fields["type"] !== "function") {
      throw new SahabError(
        "unsupported_parameter",
        `${path}.type: expected "function", found ${JSON.stringify(fields["type"])?.slice(0, 60) ?? "nothing"}`,
        { param: `${path}.type` },
      );
    }
    const cache = optional(fields["cache_control"], `${path}.cache_control`, asObject);
    const extensions = restOfFunction(fields, toolFields, functionFields);
    return {
      ...decodeFunction(fields["function"], `${path}.function`),
      ...(cache && { cache }),
      ...(extensions && { extensions }),
    };
  });
  if (tools.length > 0) return tools;
  return (optional(value["functions"], "functions", asTools) ?? []).map((legacy, index) => {
    const extensions = restOfFunction({ function: legacy }, toolFields, functionFields);
    return { ...decodeFunction(legacy, `functions[${index}]`), ...(extensions && { extensions }) };
  });
}

const toolFields = new Set(["type", "function", "cache_control"]);
const functionFields = new Set(["name", "description", "parameters", "strict"]);

function asTools(value: unknown, path: string): unknown[] {
  return asArray(value, path, limits.toolsMax);
}

function decodeFunction(value: unknown, path: string): ToolDefinition {
  const fields = asObject(value, path);
  const tool: ToolDefinition = { name: asFunctionName(fields["name"], `${path}.name`) };
  const description = optional(fields["description"], `${path}.description`, asString);
  const parameters = optional(fields["parameters"], `${path}.parameters`, asObject);
  const strict = optional(fields["strict"], `${path}.strict`, asBoolean);
  if (description !== undefined) tool.description = description;
  if (parameters !== undefined) tool.parameters = parameters;
  if (strict !== undefined) tool.strict = strict;
  return tool;
}

function asFunctionName(value: unknown, path: string): string {
  const name = asString(value, path);
  if (name.length === 0 || name.length > 256)
    throw invalidField(path, `expected 1 to 256 characters, found ${name.length}`);
  return name;
}

function decodeToolChoice(value: JsonObject, tools: ToolDefinition[]): ToolChoice {
  const path = isGiven(value["tool_choice"]) ? "tool_choice" : "function_call";
  const choice = value["tool_choice"] ?? value["function_call"] ?? "auto";
  if (choice === "auto" || (choice === "none" && tools.length === 0)) return { type: "auto" };
  if (choice === "none") return { type: "none" };
  if (tools.length === 0) throw invalidField(path, "allowed only with tools");
  if (choice === "required") return { type: "required" };
  if (!isObject(choice))
    throw invalidField(
      path,
      `expected "auto", "none", "required" or a function, found ${JSON.stringify(choice)?.slice(0, 60)}`,
    );
  const name =
    path === "function_call"
      ? asString(choice["name"], "function_call.name")
      : asString(asObject(choice["function"], `${path}.function`)["name"], `${path}.function.name`);
  if (!tools.some((tool) => tool.name === name)) throw invalidField(path, `no tool is named "${name.slice(0, 100)}"`);
  return { type: "tool", name };
}

function decodeResponseFormat(value: unknown): ResponseFormat {
  const format = optional(value, "response_format", asObject);
  if (format === undefined || format["type"] === "text") return { type: "text" };
  if (format["type"] === "json_object") return { type: "json-object" };
  if (format["type"] !== "json_schema") {
    throw invalidField(
      "response_format.type",
      `expected "text", "json_object" or "json_schema", found ${JSON.stringify(format["type"])?.slice(0, 60) ?? "nothing"}`,
    );
  }
  const path = "response_format.json_schema";
  const fields = asObject(format["json_schema"], path);
  const strict = optional(fields["strict"], `${path}.strict`, asBoolean);
  const description = optional(fields["description"], `${path}.description`, asString);
  return {
    type: "json-schema",
    name: asString(fields["name"], `${path}.name`),
    schema: asObject(fields["schema"], `${path}.schema`),
    ...(strict !== undefined && { strict }),
    ...(description !== undefined && { description }),
  };
}
