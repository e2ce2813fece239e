import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import {
  commonPlaces,
  type ChatRequest,
  type FieldPlaces,
  type HostedTool,
  type ResponseFormat,
  type ToolChoice,
  type ToolDefinition,
} from "../../call/index.ts";
import { customParameters, grammarOf } from "../custom-tools.ts";
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
import { asTokenLimit } from "../token-count.ts";
import { decodeFormat } from "./decode-format.ts";
import { decodeMessages } from "./decode-messages.ts";
import { decodeReasoning, reasoningNames } from "./decode-reasoning.ts";
import {
  decodeModel,
  decodeSampling,
  decodeStop,
  decodeStreaming,
  dialectName,
  restOfFunction,
  sharedFields,
  usesFunctions,
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
  const isLegacy = usesFunctions((name) => isGiven(value[name]));
  const { tools, hostedTools } = isLegacy ? decodeFunctions(value["functions"]) : decodeTools(value["tools"]);
  const isAsked = optional(value["logprobs"], "logprobs", asBoolean) ?? false;
  const topLogprobs = optional(value["top_logprobs"], "top_logprobs", integerIn(0, 20));
  if (topLogprobs !== undefined && !isAsked) throw invalidField("top_logprobs", "allowed only with logprobs: true");
  const streaming = decodeStreaming(value);
  const reasoning = decodeReasoning(value);
  return {
    dialect: dialectName,
    ...((isLegacy || reasoning.isObject) && { places: placesOf({ isLegacy, ...reasoning }) }),
    model,
    messages,
    tools,
    hostedTools,
    toolChoice: decodeToolChoice(value, tools, hostedTools),
    // The legacy form of an answer has room for one call.
    parallelToolCalls: !isLegacy && (optional(value["parallel_tool_calls"], "parallel_tool_calls", asBoolean) ?? true),
    responseFormat: decodeResponseFormat(value["response_format"]),
    reasoning: reasoning.asked,
    sampling: decodeSampling(value),
    // Where both are given and differ, the newer name counts, as its documentation says.
    maxOutputTokens: isGiven(value["max_completion_tokens"])
      ? asTokenLimit(value["max_completion_tokens"], "max_completion_tokens")
      : optional(value["max_tokens"], "max_tokens", asTokenLimit),
    stop: decodeStop(value["stop"]),
    choiceCount: optional(value["n"], "n", integerIn(1, limits.choicesMax)) ?? 1,
    topLogprobs: isAsked ? (topLogprobs ?? 0) : undefined,
    stream: streaming.stream,
    streamUsage: streaming.streamUsage,
    extensions: {
      ...otherFields(value, { has: isKnown }),
      ...streaming.extensions,
      ...reasoning.rest,
      ...leftOver(value),
    },
  };

  // Of two names of one field, the one that is not read is kept as it is.
  function isKnown(key: string): boolean {
    if (key === "reasoning") return reasoning.isObject;
    if (key === "functions") return !isGiven(value["tools"]);
    if (key === "function_call") return !isGiven(value["tool_choice"]);
    return knownFields.has(key);
  }
}

/** What is left of objects that are known in part. */
function leftOver({ tool_choice: choice, response_format: format }: JsonObject): JsonObject {
  const schema = isObject(format) ? format["json_schema"] : undefined;
  const ofChoice = isObject(choice) ? restOfFunction(choice, choiceFieldsOf(choice), chosenFields) : undefined;
  const ofFormat = isObject(format) ? otherFields(format, formatFields) : undefined;
  const ofSchema = isObject(schema) ? otherFields(schema, schemaFields) : undefined;
  return {
    ...(ofChoice && { tool_choice: ofChoice }),
    ...((ofFormat || ofSchema) && { response_format: { ...ofFormat, ...(ofSchema && { json_schema: ofSchema }) } }),
  };
}

const choiceFields = new Set(["type", "function", "custom"]);
const allowedFields = new Set(["type", "allowed_tools"]);

function choiceFieldsOf({ type }: JsonObject): ReadonlySet<string> {
  return type === "allowed_tools" ? allowedFields : choiceFields;
}

const chosenFields = new Set(["name"]);
const formatFields = new Set(["type", "json_schema"]);
const schemaFields = new Set(["name", "schema", "strict", "description"]);

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
}

function placesOf({ isLegacy, isObject }: { isLegacy: boolean; isObject: boolean }): FieldPlaces {
  return {
    ...commonPlaces,
    ...(isLegacy && { tools: "functions", toolSchema: ".parameters" }),
    ...(isObject && { names: reasoningNames }),
  };
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

interface DecodedTools {
  tools: ToolDefinition[];
  hostedTools: HostedTool[];
}

/** Custom tools become functions (custom-tools.ts). Those of other types (`web_search`) are hosted: only the client's own vendor can have them. */
function decodeTools(value: unknown): DecodedTools {
  const tools: ToolDefinition[] = [];
  const hostedTools: HostedTool[] = [];
  for (const [index, tool] of (optional(value, "tools", asTools) ?? []).entries()) {
    const path = `tools[${index}]`;
    const fields = asObject(tool, path);
    const type = asString(fields["type"], `${path}.type`);
    if (type === "custom") {
      tools.push(decodeCustom(fields, path));
      continue;
    }
    if (type !== "function") {
      hostedTools.push({ index, type, value: fields });
      continue;
    }
    const cache = optional(fields["cache_control"], `${path}.cache_control`, asObject);
    const extensions = restOfFunction(fields, toolFields, functionFields);
    tools.push({
      ...decodeFunction(fields["function"], `${path}.function`),
      ...(cache && { cache }),
      ...(extensions && { extensions }),
    });
  }
  return { tools, hostedTools };
}

const customFields = new Set(["type", "custom"]);
const ownFields = new Set(["name", "description", "format"]);

function decodeCustom(fields: JsonObject, path: string): ToolDefinition {
  const custom = asObject(fields["custom"], `${path}.custom`);
  const description = optional(custom["description"], `${path}.custom.description`, asString);
  const grammar = grammarOf(custom["format"]);
  const rest = { ...otherFields(custom, ownFields), ...(grammar && { format: "grammar" }) };
  const extensions = { ...otherFields(fields, customFields), ...(Object.keys(rest).length > 0 && { custom: rest }) };
  return {
    name: asFunctionName(custom["name"], `${path}.custom.name`),
    ...(description !== undefined && { description }),
    parameters: customParameters(grammar),
    ...(Object.keys(extensions).length > 0 && { extensions }),
  };
}

function decodeFunctions(value: unknown): DecodedTools {
  const tools = asTools(value, "functions").map((legacy, index) => {
    const extensions = restOfFunction({ function: legacy }, toolFields, functionFields);
    return { ...decodeFunction(legacy, `functions[${index}]`), ...(extensions && { extensions }) };
  });
  return { tools, hostedTools: [] };
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
  const strict = optional(fields["strict"], `${path}.strict`, asBoolean);
  const parameters = optional(fields["parameters"], `${path}.parameters`, strict === true ? asObject : asSchema);
  if (description !== undefined) tool.description = description;
  if (parameters !== undefined) tool.parameters = parameters;
  if (strict !== undefined) tool.strict = strict;
  return tool;
}

/** A schema that is no object (PHP writes an empty one as a list) allows any arguments: only strict tools are refused for it. */
function asSchema(value: unknown): JsonObject {
  return isObject(value) ? value : { type: "object" };
}

function asFunctionName(value: unknown, path: string): string {
  const name = asString(value, path);
  if (name.length === 0 || name.length > 256)
    throw invalidField(path, `expected 1 to 256 characters, found ${name.length}`);
  return name;
}

function decodeToolChoice(value: JsonObject, tools: ToolDefinition[], hostedTools: HostedTool[]): ToolChoice {
  const path = isGiven(value["tool_choice"]) ? "tool_choice" : "function_call";
  const choice = value["tool_choice"] ?? value["function_call"] ?? "auto";
  const hasTools = tools.length + hostedTools.length > 0;
  if (choice === "auto" || (choice === "none" && !hasTools)) return { type: "auto" };
  if (choice === "none") return { type: "none" };
  if (!hasTools) throw invalidField(path, "allowed only with tools");
  if (choice === "required") return { type: "required" };
  if (!isObject(choice))
    throw invalidField(
      path,
      `expected "auto", "none", "required" or a function, found ${JSON.stringify(choice)?.slice(0, 60)}`,
    );
  const type = path === "function_call" ? "function" : (choice["type"] ?? "function");
  if (type === "allowed_tools") {
    const { mode } = asObject(choice[type], `${path}.${type}`);
    return { type: mode === "required" ? "required" : "auto" };
  }
  if (type !== "function" && type !== "custom") {
    const found = JSON.stringify(type)?.slice(0, 60);
    throw new SahabError("unsupported_parameter", `${path}.type: expected "function" or "custom", found ${found}`, {
      param: `${path}.type`,
    });
  }
  const name =
    path === "function_call"
      ? asString(choice["name"], "function_call.name")
      : asString(asObject(choice[type], `${path}.${type}`)["name"], `${path}.${type}.name`);
  if (!tools.some((tool) => tool.name === name)) throw invalidField(path, `no tool is named "${name.slice(0, 100)}"`);
  return { type: "tool", name };
}

/** Leaves the tools of `allowed_tools`, where the choice is among these: nobody else has a choice of that kind. */
export function keepAllowed(request: ChatRequest, choice: unknown): void {
  if (!isObject(choice) || choice["type"] !== "allowed_tools") return;
  const path = "tool_choice.allowed_tools";
  const list = asArray(asObject(choice["allowed_tools"], path)["tools"], `${path}.tools`, limits.toolsMax);
  const allowed = new Set(
    list.map((tool, index) => {
      const fields = asObject(tool, `${path}.tools[${index}]`);
      const type = fields["type"] === "custom" ? "custom" : "function";
      const at = `${path}.tools[${index}].${type}`;
      return asString(asObject(fields[type], at)["name"], `${at}.name`);
    }),
  );
  request.tools = request.tools.filter(({ name }) => allowed.has(name));
}

function decodeResponseFormat(value: unknown): ResponseFormat {
  const path = "response_format";
  const ofSchema = `${path}.json_schema`;
  return decodeFormat(value, path, (format) => ({ fields: asObject(format["json_schema"], ofSchema), at: ofSchema }));
}
