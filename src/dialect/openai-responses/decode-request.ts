import type { ChatRequest, FieldPlaces, ReasoningRequest, Sampling } from "../../call/index.ts";
import { decodeFormat } from "../openai-chat/decode-format.ts";
import {
  asArray,
  asBoolean,
  asObject,
  asString,
  integerIn,
  type JsonObject,
  numberIn,
  optional,
  otherFields,
} from "../read.ts";
import { asTokenLimit } from "../token-count.ts";
import { decodeInput } from "./decode-input.ts";
import { decodeToolChoice, decodeTools } from "./decode-tools.ts";
import { dialectName, encryptedReasoning, includedLogprobs, servedFields } from "./shared-fields.ts";
import type { ToolNames } from "../tool-aliases.ts";

/**
 * Reads the parsed body of `POST /v1/responses` or of `/v1/responses/input_tokens`. Throws `invalid_request` with the field at
 * fault; fields that it does not know go to `extensions`. All tools are there, those beside `allowed_tools` too (`keepAllowed`).
 * Rules: OpenAI's API reference, "Create a model response".
 */
export function decodeRequest(body: unknown, names: ToolNames): ChatRequest {
  const value = asObject(body, "body");
  const found = decodeTools(value["tools"], names);
  const reasoning = optional(value["reasoning"], "reasoning", asObject) ?? {};
  const text = optional(value["text"], "text", asObject) ?? {};
  const include = optional(value["include"], "include", asIncludes) ?? [];
  const stream = optional(value["stream"], "stream", asBoolean) ?? false;
  return {
    dialect: dialectName,
    places,
    model: asString(value["model"], "model"),
    messages: decodeInput(value["instructions"], value["input"], names),
    ...found,
    toolChoice: decodeToolChoice(value["tool_choice"], found, names),
    parallelToolCalls: optional(value["parallel_tool_calls"], "parallel_tool_calls", asBoolean) ?? true,
    responseFormat: decodeFormat(text["format"], "text.format", (fields) => ({ fields, at: "text.format" })),
    reasoning: decodeReasoning(reasoning),
    sampling: decodeSampling(value),
    maxOutputTokens: optional(value["max_output_tokens"], "max_output_tokens", asTokenLimit),
    stop: [],
    choiceCount: 1,
    topLogprobs: decodeTopLogprobs(value["top_logprobs"], include),
    stream,
    // Responses always end with usage.
    streamUsage: stream,
    extensions: leftOver(value, { reasoning, text, include }),
  };
}

/** What the neutral call names, what is a matter of the wire alone, and what `keeping.ts` has judged. */
const knownFields = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "include",
  "max_output_tokens",
  "temperature",
  "top_p",
  "frequency_penalty",
  "presence_penalty",
  "top_logprobs",
  "stream",
  "stream_options",
  ...servedFields,
  "conversation",
  "prompt",
]);
/** Reasoning that a vendor shows is given as a summary, whichever kind of summary was asked for. */
const reasoningFields = new Set(["effort", "summary", "generate_summary"]);
const textFields = new Set(["format"]);
const carriedIncludes = new Set<string>([encryptedReasoning, includedLogprobs]);

/** The client's own names for what OpenAI's chat has elsewhere. */
const places: FieldPlaces = {
  reasoning: "input[].summary",
  toolCall: "input[].",
  toolResult: "input[].",
  tools: "tools",
  toolSchema: ".parameters",
  formatSchema: "text.format.schema",
  formatName: "text.format.name",
  names: {
    messages: "input",
    "messages[]": "input[]",
    "messages[].content[]": "input[].content[]",
    "messages[].content[].image_url.detail": "input[].content[].detail",
    "messages[].content[].data": "input[].encrypted_content",
    "messages[].content[].signature": "input[].encrypted_content",
    "messages[].": "input[].",
    logprobs: "top_logprobs",
    response_format: "text.format",
    "response_format.json_schema.description": "text.format.description",
    thinking: "reasoning",
    enable_thinking: "reasoning",
    reasoning_effort: "reasoning.effort",
    "output_config.effort": "reasoning.effort",
  },
};

/** The fields that the neutral call does not name, and what is left of objects that it names in part. */
function leftOver(
  value: JsonObject,
  { reasoning, text, include }: { reasoning: JsonObject; text: JsonObject; include: readonly string[] },
): JsonObject {
  const rest = otherFields(value, knownFields) ?? {};
  const ofReasoning = otherFields(reasoning, reasoningFields);
  const ofText = otherFields(text, textFields);
  const ofInclude = include.filter((item) => !carriedIncludes.has(item));
  if (ofReasoning) rest["reasoning"] = ofReasoning;
  if (ofText) rest["text"] = ofText;
  if (ofInclude.length > 0) rest["include"] = ofInclude;
  // What everybody does anyway.
  if (rest["truncation"] === "disabled") delete rest["truncation"];
  return rest;
}

/** More than there are. */
const includesMax = 64;

function asIncludes(value: unknown, path: string): string[] {
  return asArray(value, path, includesMax).map((item, index) => asString(item, `${path}[${index}]`));
}

function decodeTopLogprobs(value: unknown, include: readonly string[]): number | undefined {
  const count = optional(value, "top_logprobs", integerIn(0, 20));
  // SDKs and other servers say 0 for none.
  return include.includes(includedLogprobs) ? (count ?? 0) : count || undefined;
}

function decodeReasoning(fields: JsonObject): ReasoningRequest {
  const effort = optional(fields["effort"], "reasoning.effort", asString);
  if (effort === undefined) return {};
  return effort === "none" ? { enabled: false, effort } : { effort };
}

function decodeSampling(value: JsonObject): Sampling {
  const sampling: Sampling = {};
  const read = (key: keyof Sampling, name: string, min: number, max: number) => {
    const set = optional(value[name], name, numberIn(min, max));
    if (set !== undefined) sampling[key] = set;
  };
  read("temperature", "temperature", 0, 2);
  read("topP", "top_p", 0, 1);
  // Open Responses has them, OpenAI does not.
  read("frequencyPenalty", "frequency_penalty", -2, 2);
  read("presencePenalty", "presence_penalty", -2, 2);
  return sampling;
}
