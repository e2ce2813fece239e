import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, test } from "bun:test";
import { faultOf, holdsFor, translate, type Case, type Cases, type Fate } from "../testing/field-fates.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import type { JsonObject } from "./read.ts";

// What a dialect can't carry is dropped and listed, or refused by name, but never lost in silence. The tables have every
// field of the official SDKs' types, and do not compile when an SDK gains one.
const parameters = { type: "object", properties: { city: { type: "string" } } };
const dropped = (...paths: string[]): Fate => ({ dropped: paths });
const cache_control = { type: "ephemeral" };
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
    top_k: droppedField("top_k", 3),
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
        fate: { as: { messages: [ask, {}, { role: "tool", content: "a" }] } },
        own: result({ content: "a" }),
      },
      {
        given: result({
          content: [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" } }],
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
