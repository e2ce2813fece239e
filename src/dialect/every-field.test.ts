import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { SahabError } from "../base/errors.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import type { JsonObject } from "./read.ts";

// What a dialect can't carry is dropped and listed, or refused by name, but never lost in silence. The tables have every
// field of the official SDKs' types, and do not compile when an SDK gains one.

/** What becomes of a field in the other dialect. */
type Fate =
  /** Something of the body says it, in the other dialect's words. */
  | { as: JsonObject }
  /** Left out, and listed under these paths; `as` is what is said in its place. */
  | { dropped: string[]; as?: JsonObject }
  /** Refused with this parameter. */
  | { refused: string };

interface Case {
  /** Fields of the body that have it. */
  given: JsonObject;
  fate: Fate;
  /** How its own dialect says it again, where not in the same words. */
  own?: JsonObject;
}

/** One case, or several for a field with values of different fates. */
type Cases<T> = Record<T extends unknown ? keyof T : never, Case | Case[]>;

function translate(from: Dialect, to: Dialect, body: JsonObject) {
  const call = from.open({
    operation: "chat",
    path: "",
    headers: new Headers(),
    body: Buffer.from(JSON.stringify(body)),
  });
  const { body: encoded, dropped } = to.encodeRequest(call.decode(), { model: "m", quirks: {} });
  return { body: JSON.parse(JSON.stringify(encoded)) as JsonObject, dropped: dropped.toSorted() };
}

function holdsFor(from: Dialect, to: Dialect, base: JsonObject, title: string, cases: Record<string, Case | Case[]>) {
  const rows = Object.entries(cases).flatMap(([field, one]) => [one].flat().map((each) => ({ field, ...each })));
  const plain = translate(from, to, base);

  describe(`${title}, from ${from.name} to ${to.name}`, () => {
    test.each(rows)("$field: $given", ({ given, fate }) => {
      const act = () => translate(from, to, { ...base, ...given });
      if ("refused" in fate) {
        expect(faultOf(act)).toEqual(["unsupported_parameter", fate.refused]);
        return;
      }
      const { body, dropped } = act();
      expect(dropped).toEqual("dropped" in fate ? fate.dropped.toSorted() : []);
      if (fate.as) expect(body).toMatchObject(fate.as);
      else expect(body).toEqual(plain.body);
    });
  });

  describe(`${title}, within ${from.name}`, () => {
    test.each(rows)("$field: $given", ({ given, own }) => {
      const { body, dropped } = translate(from, from, { ...base, ...given });
      expect(dropped).toEqual([]);
      expect(body).toMatchObject(own ?? given);
    });
  });
}

function faultOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (error instanceof SahabError) return [error.code, error.param];
  }
  return "nothing thrown";
}

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
  holdsFor(openaiChat, anthropicMessages, base, "tools that only its vendors have", {
    "beside another": {
      given: { tools: [custom, weather, { type: "web_search" }] },
      fate: { dropped: ["tools[0]", "tools[2]"], as: { tools: [{ name: "weather" }] } },
      own: { tools: [weather, custom, { type: "web_search" }] },
    },
    alone: { given: { tools: [custom] }, fate: dropped("tools[0]") },
    forced: {
      given: { tools: [custom], tool_choice: "required" },
      fate: { refused: "tool_choice" },
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

describe("Anthropic's fields", () => {
  const base = { model: "m", max_tokens: 9000, messages: [{ role: "user", content: "Hi" }] };
  const weather = { name: "weather", input_schema: parameters };
  const asFunction = { type: "function", function: { name: "weather", parameters } };
  const search = { type: "web_search_20250305", name: "web_search" };
  const schema = { type: "object" };
  const droppedField = (name: string, value: unknown): Case => ({ given: { [name]: value }, fate: dropped(name) });
  const same = (name: string, value: unknown): Case => ({ given: { [name]: value }, fate: { as: { [name]: value } } });

  const fields: Cases<Anthropic.MessageCreateParams> & Record<string, Case | Case[]> = {
    model: same("model", "m"),
    max_tokens: same("max_tokens", 7),
    messages: same("messages", [{ role: "user", content: "Hello" }]),
    cache_control: droppedField("cache_control", cache_control),
    container: droppedField("container", "c"),
    diagnostics: droppedField("diagnostics", { x: 1 }),
    inference_geo: droppedField("inference_geo", "eu"),
    metadata: droppedField("metadata", { user_id: "u" }),
    output_config: [
      { given: { output_config: { effort: "max" } }, fate: { as: { reasoning_effort: "max" } } },
      {
        given: { output_config: { task_budget: 5, format: { type: "json_schema", schema, x: 1 } } },
        fate: {
          dropped: ["output_config.format.x", "output_config.task_budget"],
          as: { response_format: { type: "json_schema", json_schema: { name: "response", schema, strict: true } } },
        },
      },
    ],
    output_format: {
      given: { output_format: { type: "json_schema", schema } },
      fate: { as: { response_format: { type: "json_schema" } } },
      own: { output_config: { format: { type: "json_schema", schema } } },
    },
    service_tier: droppedField("service_tier", "auto"),
    speed: droppedField("speed", "fast"),
    stop_sequences: { given: { stop_sequences: ["x"] }, fate: { as: { stop: ["x"] } } },
    stream: same("stream", true),
    system: {
      given: { system: [{ type: "text", text: "Be kind", cache_control }] },
      fate: {
        dropped: ["messages[].content[].cache_control"],
        as: { messages: [{ role: "system", content: "Be kind" }, { role: "user" }] },
      },
    },
    thinking: [
      {
        given: { thinking: { type: "enabled", budget_tokens: 4096, display: "omitted" } },
        fate: { dropped: ["thinking.budget_tokens", "thinking.display"], as: { reasoning_effort: "medium" } },
      },
      { given: { thinking: { type: "disabled" } }, fate: dropped("thinking") },
      {
        given: { thinking: { type: "disabled" }, output_config: { effort: "high" } },
        fate: dropped("output_config.effort", "thinking"),
      },
      { given: { thinking: { type: "adaptive" } }, fate: dropped("thinking", "thinking.type") },
      {
        given: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
        fate: { dropped: ["thinking.type"], as: { reasoning_effort: "low" } },
      },
    ],
    tool_choice: [
      {
        given: { tools: [weather], tool_choice: { type: "any", disable_parallel_tool_use: true, x: 1 } },
        fate: { dropped: ["tool_choice.x"], as: { tool_choice: "required", parallel_tool_calls: false } },
      },
      {
        given: { tools: [weather], tool_choice: { type: "tool", name: "weather" } },
        fate: { as: { tool_choice: { type: "function", function: { name: "weather" } } } },
      },
      { given: { tools: [weather], tool_choice: { type: "none" } }, fate: { as: { tool_choice: "none" } } },
      {
        given: { tools: [weather, search], tool_choice: { type: "tool", name: "web_search" } },
        fate: { refused: "tool_choice" },
      },
      { given: { tools: [search], tool_choice: { type: "any" } }, fate: { refused: "tool_choice" } },
      // Vendors refuse these fields where no tools are left.
      {
        given: { tools: [search], tool_choice: { type: "auto", disable_parallel_tool_use: true } },
        fate: dropped("tools[0]"),
      },
      {
        given: { tools: [search], tool_choice: { type: "none", disable_parallel_tool_use: true } },
        fate: dropped("tools[0]"),
        own: { tool_choice: { type: "none" } },
      },
    ],
    tools: [
      { given: { tools: [weather] }, fate: { as: { tools: [asFunction] } } },
      {
        given: { tools: [search, weather] },
        fate: { dropped: ["tools[0]"], as: { tools: [asFunction] } },
        own: { tools: [weather, search] },
      },
    ],
    temperature: same("temperature", 0.5),
    top_p: same("top_p", 0.5),
    top_k: same("top_k", 3),
    user_profile_id: droppedField("user_profile_id", "u"),
    workspace_id: droppedField("workspace_id", "w"),
    context_management: droppedField("context_management", { edits: [] }),
  };
  holdsFor(anthropicMessages, openaiChat, base, "requests", fields);

  const asked = (more: JsonObject): JsonObject => ({ tools: [{ ...weather, ...more }] });
  const droppedOfTool = (name: string, value: unknown): Case => ({
    given: asked({ [name]: value }),
    fate: { dropped: [`tools[].${name}`], as: { tools: [asFunction] } },
  });
  const toolFields: Cases<Anthropic.Tool> = {
    name: { given: asked({}), fate: { as: { tools: [asFunction] } } },
    type: { given: asked({ type: "custom" }), fate: { as: { tools: [asFunction] } }, own: asked({}) },
    input_schema: { given: asked({}), fate: { as: { tools: [asFunction] } } },
    description: {
      given: asked({ description: "d" }),
      fate: { as: { tools: [{ function: { description: "d" } }] } },
    },
    strict: { given: asked({ strict: true }), fate: { as: { tools: [{ function: { strict: true } }] } } },
    allowed_callers: droppedOfTool("allowed_callers", ["direct"]),
    cache_control: droppedOfTool("cache_control", cache_control),
    defer_loading: droppedOfTool("defer_loading", true),
    eager_input_streaming: droppedOfTool("eager_input_streaming", true),
    input_examples: droppedOfTool("input_examples", [{ city: "Riyadh" }]),
  };
  holdsFor(anthropicMessages, openaiChat, base, "tools", toolFields);

  const ask = { role: "user", content: "Hi" };
  const said = (...content: JsonObject[]): JsonObject => ({ messages: [ask, { role: "assistant", content }] });
  const use = { type: "tool_use", id: "t", name: "weather", input: {} };
  const called: JsonObject = {
    messages: [ask, { tool_calls: [{ id: "t", type: "function", function: { name: "weather", arguments: "{}" } }] }],
  };
  const droppedOfUse = (name: string, value: unknown): Case => ({
    given: said({ ...use, [name]: value }),
    fate: { dropped: [`messages[].content[].${name}`], as: called },
  });
  const useFields: Cases<Anthropic.ToolUseBlockParam> = {
    type: { given: said(use), fate: { as: called } },
    id: { given: said(use), fate: { as: called } },
    name: { given: said(use), fate: { as: called } },
    input: { given: said(use), fate: { as: called } },
    cache_control: droppedOfUse("cache_control", cache_control),
    caller: droppedOfUse("caller", { type: "direct" }),
    toolset_name: droppedOfUse("toolset_name", "n"),
  };
  holdsFor(anthropicMessages, openaiChat, base, "tool_use blocks", useFields);

  const thought = { type: "thinking", thinking: "hm", signature: "s" };
  const text = { type: "text", text: "Ho" };
  const thoughtFate: Fate = {
    dropped: ["messages[].content[].signature"],
    as: { messages: [ask, { reasoning_content: "hm", content: "Ho" }] },
  };
  const thoughtFields: Cases<Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam> &
    Record<string, Case | Case[]> = {
    type: { given: said(thought, text), fate: thoughtFate },
    thinking: { given: said(thought, text), fate: thoughtFate },
    signature: { given: said(thought, text), fate: thoughtFate },
    data: {
      given: said({ type: "redacted_thinking", data: "d" }, text),
      fate: { dropped: ["messages[].content[].data"], as: { messages: [ask, { content: "Ho" }] } },
    },
    "one that is not known": [
      {
        given: said({ ...thought, x: 1 }, text),
        fate: { dropped: ["messages[].content[].thinking"], as: { messages: [ask, { content: "Ho" }] } },
      },
      {
        given: said({ type: "redacted_thinking", data: "d", x: 1 }, text),
        fate: { dropped: ["messages[].content[].redacted_thinking"], as: { messages: [ask, { content: "Ho" }] } },
      },
    ],
  };
  holdsFor(anthropicMessages, openaiChat, base, "thoughts", thoughtFields);

  const result = (more: JsonObject): JsonObject => ({
    messages: [ask, { role: "assistant", content: [use] }, { role: "user", content: [resultBlock(more)] }],
  });
  const resultBlock = (more: JsonObject) => ({ type: "tool_result", tool_use_id: "t", content: "seen", ...more });
  const told: JsonObject = { messages: [ask, {}, { role: "tool", tool_call_id: "t", content: "seen" }] };
  const resultFields: Cases<Anthropic.ToolResultBlockParam> = {
    type: { given: result({}), fate: { as: told } },
    tool_use_id: { given: result({}), fate: { as: told } },
    content: [
      { given: result({}), fate: { as: told } },
      {
        given: result({ content: [{ type: "tool_reference", tool_name: "x" }] }),
        fate: { dropped: ["messages[].content[].tool_reference"], as: { messages: [ask, {}, { content: "" }] } },
      },
      {
        given: result({
          content: [{ type: "document", source: { type: "text", media_type: "text/plain", data: "a" } }],
        }),
        fate: { refused: "messages[].content[].document" },
      },
    ],
    is_error: { given: result({ is_error: true }), fate: { dropped: ["messages[].content[].is_error"], as: told } },
    cache_control: {
      given: result({ cache_control }),
      fate: { dropped: ["messages[].content[].cache_control"], as: told },
    },
    toolset_name: {
      given: result({ toolset_name: "n" }),
      fate: { dropped: ["messages[].content[].toolset_name"], as: told },
    },
  };
  holdsFor(anthropicMessages, openaiChat, base, "tool_result blocks", resultFields);

  const seen = (...content: JsonObject[]): JsonObject => ({ messages: [{ role: "user", content }] });
  const image = { type: "image", source: { type: "url", url: "https://e.x/a.png" } };
  const shown = seen({ type: "image_url", image_url: { url: "https://e.x/a.png" } });
  const blockFields: Cases<Anthropic.TextBlockParam | Anthropic.ImageBlockParam> = {
    type: { given: seen(text, text), fate: { as: seen(text, text) } },
    text: { given: seen(text, text), fate: { as: seen(text, text) } },
    cache_control: [
      {
        given: seen({ ...text, cache_control }),
        fate: { dropped: ["messages[].content[].cache_control"], as: { messages: [{ content: "Ho" }] } },
      },
      {
        given: seen({ ...image, cache_control }),
        fate: { dropped: ["messages[].content[].cache_control"], as: shown },
      },
    ],
    citations: {
      given: seen({ ...text, citations: [{ type: "char_location" }] }),
      fate: { dropped: ["messages[].content[].citations"], as: { messages: [{ content: "Ho" }] } },
    },
    source: [
      { given: seen(image), fate: { as: shown } },
      {
        given: seen({ type: "image", source: { type: "file", file_id: "f" } }),
        fate: { refused: "messages[].content[].image" },
      },
      {
        given: seen({ type: "image", source: { ...image.source, x: 1 } }),
        fate: { refused: "messages[].content[].image" },
      },
    ],
    transformations: {
      given: seen({ ...image, transformations: { x: 1 } }),
      fate: { dropped: ["messages[].content[].transformations"], as: shown },
    },
  };
  holdsFor(anthropicMessages, openaiChat, base, "blocks", blockFields);

  test("a format under both of its names is refused", () => {
    const format = { type: "json_schema", schema };
    const act = () =>
      translate(anthropicMessages, openaiChat, { ...base, output_format: format, output_config: { format } });
    expect(faultOf(act)).toEqual(["invalid_request", "output_format"]);
  });
});
