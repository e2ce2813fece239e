import { describe } from "bun:test";
import type OpenAI from "openai";
import { holdsFor, type Case, type Cases, type Fate } from "../testing/field-fates.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { customParameters } from "./custom-tools.ts";
import { openaiChat } from "./openai-chat/index.ts";
import type { JsonObject } from "./read.ts";

// What a dialect can't carry is dropped and listed, or refused by name, but never lost in silence. The tables have every
// field of the official SDKs' types, and do not compile when an SDK gains one.
const parameters = { type: "object", properties: { city: { type: "string" } } };
const dropped = (...paths: string[]): Fate => ({ dropped: paths });
const cache_control = { type: "ephemeral" };
describe("OpenAI's fields", () => {
  const base = { model: "m", messages: [{ role: "user", content: "Hi" }] };
  const weather = { type: "function", function: { name: "weather", parameters } };
  const clock = { type: "function", function: { name: "clock", parameters } };
  const schema = { type: "object" };
  /** Dropped under its own name. */
  const droppedField = (name: string, value: unknown): Case => ({ given: { [name]: value }, fate: dropped(name) });
  const refusedField = (name: string, value: unknown): Case => ({ given: { [name]: value }, fate: { refused: name } });
  const same = (name: string, value: unknown): Case => ({ given: { [name]: value }, fate: { as: { [name]: value } } });

  const fields: Cases<OpenAI.ChatCompletionCreateParams> = {
    model: same("model", "m"),
    messages: same("messages", [{ role: "user", content: "Hello" }]),
    audio: droppedField("audio", { voice: "alloy", format: "mp3" }),
    frequency_penalty: droppedField("frequency_penalty", 0.5),
    presence_penalty: droppedField("presence_penalty", 0.5),
    function_call: {
      given: { functions: [weather.function], function_call: { name: "weather" } },
      fate: { as: { tool_choice: { type: "tool", name: "weather" } } },
      own: { tools: [weather], tool_choice: { type: "function", function: { name: "weather" } } },
    },
    functions: [
      {
        given: { functions: [weather.function] },
        fate: { as: { tools: [{ name: "weather", input_schema: parameters }] } },
        own: { tools: [weather] },
      },
      {
        given: { functions: [weather.function], tools: [clock] },
        fate: { dropped: ["functions"], as: { tools: [{ name: "clock" }] } },
      },
    ],
    logit_bias: droppedField("logit_bias", { "300": 1 }),
    logprobs: refusedField("logprobs", true),
    top_logprobs: { given: { logprobs: true, top_logprobs: 2 }, fate: { refused: "logprobs" } },
    max_completion_tokens: {
      given: { max_completion_tokens: 7 },
      fate: { as: { max_tokens: 7 } },
      own: { max_tokens: 7 },
    },
    max_tokens: same("max_tokens", 7),
    metadata: droppedField("metadata", { a: "b" }),
    modalities: [refusedField("modalities", ["text", "audio"]), droppedField("modalities", ["text"])],
    moderation: droppedField("moderation", { model: "m" }),
    n: refusedField("n", 2),
    parallel_tool_calls: [
      {
        given: { tools: [weather], parallel_tool_calls: false },
        fate: { as: { tool_choice: { type: "auto", disable_parallel_tool_use: true } } },
      },
      { given: { parallel_tool_calls: false, tool_choice: "none" }, fate: dropped(), own: {} },
    ],
    prediction: droppedField("prediction", { type: "content", content: "a" }),
    prompt_cache_key: droppedField("prompt_cache_key", "k"),
    prompt_cache_options: droppedField("prompt_cache_options", { mode: "explicit" }),
    prompt_cache_retention: droppedField("prompt_cache_retention", "24h"),
    reasoning_effort: [
      { given: { reasoning_effort: "low" }, fate: { as: { thinking: { type: "enabled", budget_tokens: 2048 } } } },
      { given: { reasoning_effort: "none" }, fate: { as: { thinking: { type: "disabled" } } } },
    ],
    response_format: [
      refusedField("response_format", { type: "json_object" }),
      {
        given: { response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } } },
        fate: {
          dropped: ["response_format.json_schema.name"],
          as: { output_config: { format: { type: "json_schema", schema } } },
        },
      },
      {
        given: {
          response_format: { type: "json_schema", x: 1, json_schema: { name: "n", description: "d", schema, y: 2 } },
        },
        fate: {
          dropped: [
            "response_format.json_schema.description",
            "response_format.json_schema.name",
            "response_format.json_schema.y",
            "response_format.x",
          ],
          as: { output_config: { format: { type: "json_schema", schema } } },
        },
      },
    ],
    safety_identifier: droppedField("safety_identifier", "u"),
    seed: droppedField("seed", 1),
    service_tier: droppedField("service_tier", "flex"),
    stop: { given: { stop: ["x"] }, fate: { as: { stop_sequences: ["x"] } } },
    store: droppedField("store", true),
    stream: same("stream", true),
    stream_options: {
      given: { stream: true, stream_options: { include_usage: true, include_obfuscation: false } },
      fate: { dropped: ["stream_options.include_obfuscation"], as: { stream: true } },
    },
    temperature: [
      same("temperature", 0.5),
      { given: { temperature: 1.5 }, fate: { dropped: ["temperature"], as: { temperature: 1 } } },
    ],
    tool_choice: [
      { given: { tools: [weather], tool_choice: "none" }, fate: { as: { tool_choice: { type: "none" } } } },
      { given: { tools: [weather], tool_choice: "required" }, fate: { as: { tool_choice: { type: "any" } } } },
      {
        given: { tools: [weather], tool_choice: { type: "function", function: { name: "weather", x: 1 }, y: 2 } },
        fate: {
          dropped: ["tool_choice.function.x", "tool_choice.y"],
          as: { tool_choice: { type: "tool", name: "weather" } },
        },
      },
      ...(["auto", "required"] as const).map((mode) => ({
        given: {
          tools: [weather, clock],
          tool_choice: { type: "allowed_tools", allowed_tools: { mode, tools: [clock] } },
        },
        fate: { as: { tools: [{ name: "clock" }], ...(mode === "required" && { tool_choice: { type: "any" } }) } },
        own: { tools: [clock], ...(mode === "required" && { tool_choice: mode }) },
      })),
    ],
    tools: { given: { tools: [weather] }, fate: { as: { tools: [{ name: "weather", input_schema: parameters }] } } },
    top_p: same("top_p", 0.5),
    user: droppedField("user", "u"),
    verbosity: droppedField("verbosity", "low"),
    web_search_options: droppedField("web_search_options", { search_context_size: "low" }),
  };
  holdsFor(openaiChat, anthropicMessages, base, "requests", fields);

  const others: Record<string, Case | Case[]> = {
    top_k: same("top_k", 3),
    min_p: droppedField("min_p", 0.1),
    repeat_penalty: {
      given: { repeat_penalty: 1.1 },
      fate: dropped("repetition_penalty"),
      own: { repetition_penalty: 1.1 },
    },
    guided_json: refusedField("guided_json", { type: "object" }),
    grammar: refusedField("grammar", "root ::= 'a'"),
    enable_thinking: droppedField("enable_thinking", true),
    "a null": { given: { user: null, logit_bias: null }, fate: dropped() },
  };
  holdsFor(openaiChat, anthropicMessages, base, "vendors' fields", others);

  const asked = (tool: JsonObject): JsonObject => ({ tools: [{ type: "function", ...tool }] });
  const functionOf = (more: JsonObject) => asked({ function: { name: "weather", parameters, ...more } });
  const toolFields: Cases<OpenAI.FunctionDefinition> & Record<string, Case | Case[]> = {
    name: { given: functionOf({}), fate: { as: { tools: [{ name: "weather" }] } } },
    description: { given: functionOf({ description: "d" }), fate: { as: { tools: [{ description: "d" }] } } },
    parameters: { given: functionOf({}), fate: { as: { tools: [{ input_schema: parameters }] } } },
    strict: { given: functionOf({ strict: true }), fate: { as: { tools: [{ strict: true }] } } },
    "one that is not known": {
      given: functionOf({ x: 1 }),
      fate: { dropped: ["tools[].function.x"], as: { tools: [{ name: "weather" }] } },
    },
    "one beside the function": {
      given: asked({ function: { name: "weather" }, defer_loading: true }),
      fate: { dropped: ["tools[].defer_loading"], as: { tools: [{ name: "weather" }] } },
    },
    cache_control: {
      given: asked({ function: { name: "weather" }, cache_control }),
      fate: { as: { tools: [{ name: "weather", cache_control }] } },
    },
  };
  holdsFor(openaiChat, anthropicMessages, base, "tools", toolFields);
  const custom = { type: "custom", custom: { name: "x" } };
  // Within its own dialect, where bytes pass, nobody asks for the translation.
  const asFunction = { type: "function", function: { name: "x", parameters: customParameters(undefined) } };
  const search = { type: "web_search" };
  holdsFor(openaiChat, anthropicMessages, base, "tools that only its vendors have", {
    "beside another": {
      given: { tools: [custom, weather, search] },
      fate: { dropped: ["tools[2]"], as: { tools: [{ name: "x" }, { name: "weather" }] } },
      own: { tools: [asFunction, weather, search] },
    },
    alone: { given: { tools: [search] }, fate: dropped("tools[0]") },
    forced: {
      given: { tools: [search], tool_choice: "required" },
      fate: { refused: "tool_choice" },
    },
    "with a grammar": {
      given: { tools: [{ type: "custom", custom: { name: "x", format: { type: "grammar", grammar: {} } } }] },
      fate: { dropped: ["tools[].custom.format"], as: { tools: [{ name: "x" }] } },
      own: { tools: [{ custom: { format: "grammar" }, ...asFunction }] },
    },
  });

  const ask = { role: "user", content: "Hi" };
  const called = { id: "c", type: "function", function: { name: "weather", arguments: "{}" } };
  const use = { type: "tool_use", id: "c", name: "weather", input: {} };
  const said = (message: JsonObject): JsonObject => ({
    messages: [ask, { role: "assistant", content: "Ho", ...message }],
  });
  const answered = (...content: JsonObject[]): JsonObject => ({
    messages: [{ content: "Hi" }, { content: [{ type: "text", text: "Ho" }, ...content] }],
  });
  const just: JsonObject = { messages: [{ content: "Hi" }, { content: "Ho" }] };
  const assistantFields: Cases<OpenAI.ChatCompletionAssistantMessageParam> & Record<string, Case | Case[]> = {
    role: { given: said({}), fate: { as: just } },
    content: { given: said({}), fate: { as: just } },
    audio: { given: said({ audio: { id: "a" } }), fate: { dropped: ["messages[].audio"], as: just } },
    name: { given: said({ name: "Ann" }), fate: { dropped: ["messages[].name"], as: just } },
    refusal: {
      given: said({ content: null, refusal: "No" }),
      fate: { as: { messages: [{ content: "Hi" }, { content: "No" }] } },
    },
    tool_calls: [
      { given: said({ tool_calls: [called] }), fate: { as: answered(use) } },
      {
        given: said({ tool_calls: [{ ...called, extra_content: 1, function: { ...called.function, x: 2 } }] }),
        fate: {
          dropped: ["messages[].tool_calls[].extra_content", "messages[].tool_calls[].function.x"],
          as: answered(use),
        },
      },
    ],
    function_call: [
      {
        given: said({ function_call: called.function }),
        fate: { as: answered({ type: "tool_use", name: "weather", input: {} }) },
        own: said({ tool_calls: [{ type: "function", function: called.function }] }),
      },
      {
        given: said({ function_call: called.function, tool_calls: [called] }),
        fate: { dropped: ["messages[].function_call"], as: answered(use) },
      },
    ],
    reasoning_content: {
      given: said({ reasoning_content: "hm" }),
      fate: { dropped: ["messages[].reasoning_content"], as: just },
    },
    reasoning: [
      {
        given: said({ reasoning: "hm" }),
        fate: { dropped: ["messages[].reasoning_content"], as: just },
        own: said({ reasoning_content: "hm" }),
      },
      {
        given: said({ reasoning: "hm", reasoning_content: "hm" }),
        fate: { dropped: ["messages[].reasoning", "messages[].reasoning_content"], as: just },
      },
    ],
    prefix: { given: said({ prefix: true }), fate: { dropped: ["messages[].prefix"], as: just } },
  };
  holdsFor(openaiChat, anthropicMessages, base, "assistants' messages", assistantFields);

  const seen = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: "user", content }] });
  const text = { type: "text", text: "Hi" };
  const image = (source: JsonObject, more: JsonObject = {}) => ({
    type: "image_url",
    image_url: { url: "https://e.x/a.png", ...source },
    ...more,
  });
  const shown = seen({ type: "image", source: { type: "url", url: "https://e.x/a.png" } });
  const plainText: JsonObject = { messages: [{ role: "user", content: "Hi" }] };
  const partFields: Cases<OpenAI.ChatCompletionContentPart> & Record<string, Case | Case[]> = {
    type: { given: seen(text, text), fate: { as: seen(text, text) } },
    text: { given: seen(text, text), fate: { as: seen(text, text) } },
    image_url: [
      { given: seen(image({})), fate: { as: shown } },
      { given: seen(image({ detail: "auto" })), fate: { as: shown } },
      {
        given: seen(image({ detail: "low" })),
        fate: { dropped: ["messages[].content[].image_url.detail"], as: shown },
      },
      { given: seen(image({ min_pixels: 1 })), fate: { refused: "messages[0].content[0]" } },
    ],
    input_audio: {
      given: seen({ type: "input_audio", input_audio: { data: "AA", format: "wav" } }),
      fate: { refused: "messages[0].content[0]" },
    },
    file: { given: seen({ type: "file", file: { file_id: "f" } }), fate: { refused: "messages[0].content[0]" } },
    prompt_cache_breakpoint: [
      {
        given: seen({ ...text, prompt_cache_breakpoint: { x: 1 } }),
        fate: { dropped: ["messages[].content[].prompt_cache_breakpoint"], as: plainText },
      },
      {
        given: seen(image({}, { prompt_cache_breakpoint: { x: 1 } })),
        fate: { dropped: ["messages[].content[].prompt_cache_breakpoint"], as: shown },
      },
    ],
    cache_control: {
      given: seen({ ...text, cache_control }),
      fate: { as: seen({ ...text, cache_control }) },
    },
  };
  holdsFor(openaiChat, anthropicMessages, base, "parts", partFields);
});
