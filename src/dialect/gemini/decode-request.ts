import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import type {
  ChatRequest,
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
  type JsonObject,
  numberIn,
  optional,
  otherFields,
} from "../read.ts";
import { asTokenLimit, tokensMax } from "../token-count.ts";
import { asList } from "./as-list.ts";
import { camelFields } from "./camel-fields.ts";
import { decodeContents } from "./decode-contents.ts";
import { places } from "./places.ts";
import { toJsonSchema } from "./schema.ts";
import { dialectName } from "./shared-fields.ts";

/** What the address says. */
interface Addressed {
  model: string;
  stream: boolean;
}

/**
 * Reads the parsed body of `generateContent`, `streamGenerateContent` or `countTokens`. Throws `invalid_request` with the field
 * at fault; fields that it does not know go to `extensions`. Rules: Google's API reference, "Generating content".
 */
export function decodeRequest(body: unknown, { model, stream }: Addressed): ChatRequest {
  const outer = camelFields(asObject(body, "body"), "");
  const inner = optional(outer["generateContentRequest"], "generateContentRequest", asObject);
  const value = inner ? camelFields(inner, "generateContentRequest") : outer;
  const config = readObject(value, "generationConfig");
  refuseMedia(config["responseModalities"]);
  const thinking = readObject(config, "thinkingConfig", "generationConfig.");
  const toolConfig = readObject(value, "toolConfig");
  const calling = readObject(toolConfig, "functionCallingConfig", "toolConfig.");
  const { tools, hostedTools } = decodeTools(value["tools"]);
  const allowed =
    optional(calling["allowedFunctionNames"], `${callingPath}.allowedFunctionNames`, asNames) ?? new Set();
  const wantsLogprobs = optional(config["responseLogprobs"], "generationConfig.responseLogprobs", asBoolean) === true;
  return {
    dialect: dialectName,
    places,
    model,
    messages: decodeContents(value["systemInstruction"], value["contents"]),
    // A model that must call one of these can call no other.
    tools: allowed.size > 1 ? tools.filter(({ name }) => allowed.has(name)) : tools,
    hostedTools,
    toolChoice: decodeToolChoice(calling, allowed, tools),
    parallelToolCalls: true,
    responseFormat: decodeResponseFormat(config),
    reasoning: decodeReasoning(thinking),
    sampling: decodeSampling(config),
    maxOutputTokens: optional(config["maxOutputTokens"], "generationConfig.maxOutputTokens", asTokenLimit),
    stop: decodeStop(config["stopSequences"]),
    choiceCount:
      optional(config["candidateCount"], "generationConfig.candidateCount", integerIn(1, limits.choicesMax)) ?? 1,
    topLogprobs: wantsLogprobs
      ? (optional(config["logprobs"], "generationConfig.logprobs", integerIn(0, 20)) ?? 0)
      : undefined,
    stream,
    // Google's streams always have usage.
    streamUsage: stream,
    extensions: leftOver({ value, config, thinking, toolConfig, calling }),
  };
}

/** Nothing but Google's own models has a place for other answers than texts, and Google's get the client's own bytes. */
function refuseMedia(value: unknown): void {
  const param = "generationConfig.responseModalities";
  for (const [index, item] of (optional(value, param, (list, path) => asArray(list, path, 20)) ?? []).entries()) {
    if (asString(item, `${param}[${index}]`).toUpperCase() === "TEXT") continue;
    const message = `${param}: expected TEXT where the model's vendor is not Google, found ${JSON.stringify(item).slice(0, 60)}`;
    throw new SahabError("unsupported_parameter", message, { param });
  }
}

function readObject(holder: JsonObject, name: string, prefix = ""): JsonObject {
  const found = optional(holder[name], prefix + name, asObject);
  return found ? camelFields(found, prefix + name) : {};
}

const callingPath = "toolConfig.functionCallingConfig";

const knownFields = new Set(["model", "contents", "systemInstruction", "tools", "toolConfig", "generationConfig"]);
const configFields = new Set([
  "temperature",
  "topP",
  "topK",
  "candidateCount",
  "maxOutputTokens",
  "stopSequences",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "_responseJsonSchema",
  "responseLogprobs",
  "logprobs",
  "thinkingConfig",
]);
const thinkingFields = new Set(["thinkingBudget", "thinkingLevel"]);
const toolConfigFields = new Set(["functionCallingConfig"]);

interface Parts {
  value: JsonObject;
  config: JsonObject;
  thinking: JsonObject;
  toolConfig: JsonObject;
  calling: JsonObject;
}

/** The fields that the neutral call does not name, and what is left of objects that it names in part. */
function leftOver({ value, config, thinking, toolConfig, calling }: Parts): JsonObject {
  // Every model that thinks shows it here, so only the wish not to see it says something.
  const ofThinking = otherFields(thinking, thinking["includeThoughts"] === true ? shownFields : thinkingFields);
  const ofConfig = otherFields(config, configFields);
  const ofCalling = otherFields(calling, calling["mode"] === "VALIDATED" ? namesField : callingFields);
  const ofTools = otherFields(toolConfig, toolConfigFields);
  const rest = otherFields(value, knownFields) ?? {};
  if (ofConfig || ofThinking)
    rest["generationConfig"] = { ...ofConfig, ...(ofThinking && { thinkingConfig: ofThinking }) };
  if (ofTools || ofCalling) rest["toolConfig"] = { ...ofTools, ...(ofCalling && { functionCallingConfig: ofCalling }) };
  return rest;
}

const shownFields = new Set([...thinkingFields, "includeThoughts"]);
const namesField = new Set(["allowedFunctionNames"]);
const callingFields = new Set(["mode", "allowedFunctionNames"]);

function decodeTools(value: unknown): { tools: ToolDefinition[]; hostedTools: HostedTool[] } {
  const tools: ToolDefinition[] = [];
  const hosted: Omit<HostedTool, "index">[] = [];
  const list = optional(value, "tools", asTools) ?? [];
  for (const [index, item] of list.entries()) {
    const path = `tools[${index}]`;
    const fields = camelFields(asObject(item, path), path);
    for (const [name, field] of Object.entries(fields)) {
      const at = `${path}.${name}`;
      if (field === undefined || field === null) continue;
      if (name !== "functionDeclarations") hosted.push({ type: name, value: { [name]: field }, place: at });
      else for (const [number, one] of asTools(field, at).entries()) tools.push(decodeTool(one, `${at}[${number}]`));
    }
  }
  if (tools.length > limits.toolsMax)
    throw invalidField("tools", `at most ${limits.toolsMax} functions are allowed, found ${tools.length}`);
  // Behind all functions, so that these keep their positions.
  return { tools, hostedTools: hosted.map((tool, index) => ({ index: tools.length + index, ...tool })) };
}

function asTools(value: unknown, path: string): unknown[] {
  return asList(value, path, limits.toolsMax);
}

const toolFields = new Set(["name", "description", "parameters", "parametersJsonSchema"]);

function decodeTool(value: unknown, path: string): ToolDefinition {
  const fields = camelFields(asObject(value, path), path);
  const name = asString(fields["name"], `${path}.name`);
  if (name.length === 0 || name.length > 256)
    throw invalidField(`${path}.name`, `expected 1 to 256 characters, found ${name.length}`);
  const description = optional(fields["description"], `${path}.description`, asString);
  const parameters =
    optional(fields["parametersJsonSchema"], `${path}.parametersJsonSchema`, asObject) ??
    optional(fields["parameters"], `${path}.parameters`, (schema, at) => toJsonSchema(schema, at));
  const extensions = otherFields(fields, toolFields);
  return {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(extensions && { extensions }),
  };
}

function asNames(value: unknown, path: string): Set<string> {
  return new Set(asArray(value, path, limits.toolsMax).map((name, index) => asString(name, `${path}[${index}]`)));
}

/** `VALIDATED` binds the arguments of calls to their schemas, and leaves the choice to the model. */
function decodeToolChoice(calling: JsonObject, allowed: ReadonlySet<string>, tools: ToolDefinition[]): ToolChoice {
  const mode = optional(calling["mode"], `${callingPath}.mode`, asString)?.toUpperCase() ?? "AUTO";
  const known = new Set(tools.map(({ name }) => name));
  for (const name of allowed) {
    if (known.has(name)) continue;
    throw invalidField(`${callingPath}.allowedFunctionNames`, `no function is named "${name.slice(0, 100)}"`);
  }
  if (mode === "NONE") return { type: tools.length > 0 ? "none" : "auto" };
  if (mode !== "ANY") {
    if (mode === "AUTO" || mode === "VALIDATED" || mode === "MODE_UNSPECIFIED") return { type: "auto" };
    throw invalidField(`${callingPath}.mode`, `expected AUTO, ANY, NONE or VALIDATED, found "${mode.slice(0, 60)}"`);
  }
  const [first] = allowed;
  if (first !== undefined && allowed.size === 1) return { type: "tool", name: first };
  if (tools.length === 0) throw invalidField(callingPath, "mode ANY is allowed only with functions");
  return { type: "required" };
}

function decodeResponseFormat(config: JsonObject): ResponseFormat {
  const path = "generationConfig.";
  const type = optional(config["responseMimeType"], `${path}responseMimeType`, asString) ?? "text/plain";
  const schema =
    optional(config["responseJsonSchema"], `${path}responseJsonSchema`, asObject) ??
    optional(config["_responseJsonSchema"], `${path}_responseJsonSchema`, asObject) ??
    optional(config["responseSchema"], `${path}responseSchema`, (value, at) => toJsonSchema(value, at));
  // Not a strict one: elsewhere these must list every field as required, which Google's need not, and would be refused.
  if (schema) return { type: "json-schema", name: schemaName, schema };
  if (type === "text/plain") return { type: "text" };
  if (type === "application/json") return { type: "json-object" };
  throw invalidField(
    `${path}responseMimeType`,
    `expected "text/plain" or "application/json", found "${type.slice(0, 60)}"`,
  );
}

/** Google's formats have no name; OpenAI's need one. */
const schemaName = "response";

function decodeReasoning(thinking: JsonObject): ReasoningRequest {
  const path = "generationConfig.thinkingConfig.";
  const budget = optional(thinking["thinkingBudget"], `${path}thinkingBudget`, integerIn(-1, tokensMax));
  const level = optional(thinking["thinkingLevel"], `${path}thinkingLevel`, asString)?.toLowerCase();
  const isShown = optional(thinking["includeThoughts"], `${path}includeThoughts`, asBoolean) === true;
  const reasoning: ReasoningRequest = {};
  // A budget of -1 leaves it to the model.
  if (budget === 0) reasoning.enabled = false;
  else if (isShown || budget !== undefined) reasoning.enabled = true;
  if (budget !== undefined && budget > 0) reasoning.budgetTokens = budget;
  if (level !== undefined && level !== "thinking_level_unspecified") reasoning.effort = level;
  return reasoning;
}

function decodeSampling(config: JsonObject): Sampling {
  const sampling: Sampling = {};
  for (const { key, path, read } of samplingFields) {
    const set = optional(config[key], path, read);
    if (set !== undefined) sampling[key] = key === "topK" ? Math.round(set) : set;
  }
  return sampling;
}

const samplingFields = (
  [
    ["temperature", numberIn(0, 2)],
    ["topP", numberIn(0, 1)],
    ["topK", numberIn(0, 1_000_000)],
    ["seed", integerIn(-(2 ** 31), 2 ** 31 - 1)],
    ["frequencyPenalty", numberIn(-2, 2)],
    ["presencePenalty", numberIn(-2, 2)],
  ] as const
).map(([key, read]) => ({ key, path: `generationConfig.${key}`, read }));

function decodeStop(value: unknown): string[] {
  const field = "generationConfig.stopSequences";
  const list = optional(value, field, (value, path) => asArray(value, path, limits.stopSequencesMax)) ?? [];
  return list.map((item, index) => {
    const path = `${field}[${index}]`;
    const text = asString(item, path);
    if (text === "") throw invalidField(path, "an empty string would stop every answer at once");
    return text;
  });
}
