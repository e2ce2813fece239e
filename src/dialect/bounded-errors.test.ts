import { expect, test } from "bun:test";
import { SahabError } from "../base/errors.ts";
import type { Operation } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import type { Dialect } from "./dialect.ts";
import { openaiChat } from "./openai-chat/index.ts";
import type { JsonObject } from "./read.ts";

// Whatever a caller writes, wherever: an error holds little of it, and so does the list of what was dropped.

const long = "image".repeat(20_000);

const weather = { name: "weather", description: "d", strict: true };
const chat: JsonObject = {
  model: "m",
  messages: [
    { role: "system", content: "s", name: "n" },
    {
      role: "user",
      content: [
        { type: "text", text: "Hi", cache_control: { type: "ephemeral" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA", detail: "low" } },
        { type: "refusal", refusal: "no" },
        { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      reasoning_content: "r",
      refusal: "r",
      tool_calls: [{ id: "c", type: "function", function: { name: "weather", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "c", content: "x" },
  ],
  tools: [{ type: "function", function: { ...weather, parameters: { type: "object" } } }],
  tool_choice: { type: "function", function: { name: "weather" } },
  response_format: { type: "json_schema", json_schema: { name: "n", description: "d", schema: { type: "object" } } },
  reasoning_effort: "low",
  stop: ["x"],
  stream_options: { x: "y" },
  modalities: ["text"],
  user: "u",
};
const legacyChat: JsonObject = {
  model: "m",
  messages: [
    { role: "user", content: [{ type: "image_url", image_url: "https://e.x/a.png" }] },
    { role: "assistant", content: "a", function_call: { name: "weather", arguments: "{}" } },
  ],
  functions: [weather],
  function_call: { name: "weather" },
};
const messages: JsonObject = {
  model: "m",
  max_tokens: 9000,
  system: [{ type: "text", text: "s" }],
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "Hi" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
        { type: "image", source: { type: "url", url: "https://e.x/a.png" } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "t", signature: "s" },
        { type: "redacted_thinking", data: "d" },
        { type: "tool_use", id: "t", name: "weather", input: { a: "b" } },
        { type: "server_tool_use", id: "s" },
      ],
    },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "x" }] }] },
  ],
  tools: [
    { ...weather, input_schema: { type: "object" } },
    { type: "web_search", name: "search" },
  ],
  tool_choice: { type: "tool", name: "weather" },
  thinking: { type: "enabled", budget_tokens: 2000, display: "d" },
  output_config: { effort: "low", format: { type: "json_schema", schema: { type: "object" }, x: "y" } },
  stop_sequences: ["x"],
  metadata: { user_id: "u" },
};

/** The value with each of its texts in turn replaced by a long one, or by an object that holds it, and each of its keys. */
function* lengthen(value: unknown): Generator {
  if (typeof value !== "object" || value === null) {
    yield long;
    yield { type: long };
    yield [long];
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) for (const other of lengthen(item)) yield value.with(index, other);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    for (const other of lengthen(item)) yield { ...value, [key]: other };
    const { [key]: _, ...rest } = value as JsonObject;
    yield { ...rest, [long]: item };
  }
}

const cases: [string, Dialect, Operation, JsonObject][] = [
  ["a chat", openaiChat, "chat", chat],
  ["a chat in the legacy form", openaiChat, "chat", legacyChat],
  ["a completion", openaiChat, "completion", { model: "m", prompt: ["a"], suffix: "z", stop: "x", x: "y" }],
  ["embeddings", openaiChat, "embedding", { model: "m", input: ["a"], encoding_format: "float", x: "y" }],
  ["messages", anthropicMessages, "chat", messages],
];

test.each(cases)("%s", (_name, from, operation, sample) => {
  let refused = 0;
  for (const body of lengthen(sample)) {
    for (const to of [openaiChat, anthropicMessages]) {
      try {
        const bytes = Buffer.from(JSON.stringify(body));
        const call = from.open({ operation, path: "", headers: new Headers(), body: bytes });
        const { dropped } = to.encodeRequest(call.decode(), { model: "m", quirks: {} });
        for (const path of dropped) expect(path.length).toBeLessThan(200);
      } catch (error) {
        if (!(error instanceof SahabError)) throw error;
        refused++;
        expect(error.message.length).toBeLessThan(500);
        expect(error.param?.length ?? 0).toBeLessThan(200);
      }
    }
  }
  expect(refused).toBeGreaterThan(5);
});
