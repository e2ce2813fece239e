import { SahabError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { commonPlaces, type ChatRequest, type FieldPlaces, type ReasoningRequest } from "../../call/index.ts";
import { decodeChatRequest } from "../openai-chat/decode-request.ts";
import { asArray, asBoolean, asObject, asString, integerIn, type JsonObject, optional, otherFields } from "../read.ts";
import { tokensMax } from "../token-count.ts";
import { toOpenAiMessage } from "./native-parts.ts";
import { dialectName } from "./shared-fields.ts";

/**
 * Reads the parsed body of a native generation. It says what OpenAI's chat says, at other places, so that this one is read there
 * after its fields have been put into that order. Throws `invalid_request` with the client's own path of the field at fault.
 */
export function decodeRequest(body: unknown, { stream }: { stream: boolean }): ChatRequest {
  const value = asObject(body, "body");
  const input = asObject(value["input"], "input");
  const parameters = optional(value["parameters"], "parameters", asObject) ?? {};
  const chat = otherFields(parameters, ownParameters) ?? {};
  const request = atOwnPlaces(() =>
    decodeChatRequest({ ...chat, model: value["model"], messages: readMessages(input), stream }),
  );
  const ofParameters = request.extensions;
  const ofInput = otherFields(input, inputFields);
  return {
    ...request,
    dialect: dialectName,
    places,
    reasoning: { ...request.reasoning, ...decodeReasoning(parameters) },
    // Native answers always count.
    streamUsage: stream,
    extensions: {
      ...otherFields(value, topFields),
      ...(ofInput && { input: ofInput }),
      ...(Object.keys(ofParameters).length > 0 && { parameters: ofParameters }),
    },
  };
}

const topFields = new Set(["model", "input", "parameters"]);
const inputFields = new Set(["messages", "prompt", "history"]);
/** What says how the answer is written is the writer's to know; how a stream is asked for is in a header. */
const ownParameters = new Set([
  "result_format",
  "incremental_output",
  "stream",
  "stream_options",
  "enable_thinking",
  "thinking_budget",
  "messages",
  "model",
]);

/** Options of OpenAI's chat that have the same name here. */
const optionNames = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "stop",
  "n",
  "logprobs",
  "response_format",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning_effort",
  "enable_thinking",
  "thinking_budget",
];

/** The client's own names for what OpenAI's chat has elsewhere. */
const places: FieldPlaces = {
  reasoning: `input.${commonPlaces.reasoning}`,
  toolCall: `input.${commonPlaces.toolCall}`,
  toolResult: commonPlaces.toolResult,
  toolSchema: commonPlaces.toolSchema,
  tools: "parameters.tools",
  formatSchema: "parameters.response_format.json_schema.schema",
  formatName: "parameters.response_format.json_schema.name",
  names: {
    ...Object.fromEntries(optionNames.map((name) => [name, `parameters.${name}`])),
    messages: "input.messages",
    "messages[]": "input.messages[]",
    "messages[].content[]": "input.messages[].content[]",
    "messages[].": "input.messages[].",
    "tools[].": "parameters.tools[].",
    "response_format.": "parameters.response_format.",
    thinking: "parameters.enable_thinking",
    "thinking.budget_tokens": "parameters.thinking_budget",
  },
};

function readMessages(input: JsonObject): unknown {
  const { messages, prompt, history } = input;
  if (Array.isArray(messages)) return messages.map(toOpenAiMessage);
  if (messages !== undefined && messages !== null) return messages;
  const turns = optional(history, "input.history", (value, path) => asArray(value, path, limits.messagesMax)) ?? [];
  const said = turns.flatMap((turn, index) => readTurn(turn, `input.history[${index}]`));
  const last = optional(prompt, "input.prompt", asString);
  return last === undefined ? said : [...said, { role: "user", content: last }];
}

/** A turn of the older form: what the user said, and what the bot answered. */
function readTurn(value: unknown, path: string): JsonObject[] {
  const { user, bot } = asObject(value, path);
  const asked = optional(user, `${path}.user`, asString);
  const answered = optional(bot, `${path}.bot`, asString);
  return [
    ...(asked === undefined ? [] : [{ role: "user", content: asked }]),
    ...(answered === undefined ? [] : [{ role: "assistant", content: answered }]),
  ];
}

function decodeReasoning(parameters: JsonObject): ReasoningRequest {
  const enabled = optional(parameters["enable_thinking"], "parameters.enable_thinking", asBoolean);
  const budgetTokens = optional(parameters["thinking_budget"], "parameters.thinking_budget", integerIn(0, tokensMax));
  return { ...(enabled !== undefined && { enabled }), ...(budgetTokens !== undefined && { budgetTokens }) };
}

/** Errors name the field where this client has it. */
function atOwnPlaces(decode: () => ChatRequest): ChatRequest {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof SahabError) || error.param === undefined || error.param === "model") throw error;
    if (/^(?:input|parameters)\./.test(error.param)) throw error;
    const param = `${error.param.startsWith("messages") ? "input" : "parameters"}.${error.param}`;
    const { message } = error;
    throw error.with({
      param,
      message: message.startsWith(error.param) ? message.replace(error.param, () => param) : message,
    });
  }
}
