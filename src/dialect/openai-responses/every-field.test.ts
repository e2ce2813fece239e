import { describe, expect, test } from "bun:test";
import type OpenAI from "openai";
import { SahabError } from "../../base/errors.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { JsonObject } from "../read.ts";
import { openaiResponses } from "./index.ts";

// What becomes of each field of a request for others: it is said, dropped and listed, or refused by name, but never lost in silence.
// The table has every field of the official SDK's type, and does not compile when the SDK gains one.

interface Case {
  given: unknown;
  /** Paths that are listed. */
  dropped?: string[];
  /** What is said of it, in either dialect. */
  chat?: JsonObject;
  messages?: JsonObject;
  refused?: string;
}

const parameters = { type: "object", properties: { city: { type: "string" } } };
const weather = { type: "function", name: "weather", strict: true, parameters };
const schema = { type: "object" };

/** Only a matter of the wire, or what everybody does anyway. */
const meansNothing = (given: unknown): Case => ({ given });
const dropped = (given: unknown, ...paths: string[]): Case => ({ given, dropped: paths });

type Fields = Record<
  keyof OpenAI.Responses.ResponseCreateParams | "client_metadata" | "frequency_penalty",
  Case | Case[]
>;

const fields: Fields = {
  model: { given: "m", chat: { model: "x" }, messages: { model: "x" } },
  input: [
    { given: "Ho", chat: { messages: [{ role: "user", content: "Ho" }] } },
    {
      given: [{ role: "user", content: [{ type: "input_image", image_url: "https://e.x/a.png", detail: "auto" }] }],
      chat: { messages: [{ content: [{ type: "image_url", image_url: { url: "https://e.x/a.png" } }] }] },
      messages: { messages: [{ content: [{ type: "image", source: { url: "https://e.x/a.png" } }] }] },
    },
    { given: [{ role: "user", content: [{ type: "input_audio", data: "AA" }] }], refused: "input" },
  ],
  instructions: {
    given: "Be kind",
    chat: { messages: [{ role: "system", content: "Be kind" }, {}] },
    messages: { system: "Be kind" },
  },
  tools: [
    {
      given: [weather],
      chat: { tools: [{ type: "function", function: { name: "weather", strict: true, parameters } }] },
      messages: { tools: [{ name: "weather", strict: true, input_schema: parameters }] },
    },
    dropped([{ type: "web_search" }], "tools[0]"),
    dropped([{ ...weather, defer_loading: true }], "tools[].defer_loading"),
  ],
  tool_choice: [
    meansNothing("auto"),
    {
      given: { type: "function", name: "look" },
      chat: { tool_choice: { type: "function", function: { name: "look" } } },
      messages: { tool_choice: { type: "tool", name: "look" } },
    },
    {
      given: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "look" }] },
      chat: { tool_choice: "required" },
      messages: { tool_choice: { type: "any" } },
    },
  ],
  parallel_tool_calls: [
    meansNothing(true),
    {
      given: false,
      chat: { parallel_tool_calls: false },
      messages: { tool_choice: { disable_parallel_tool_use: true } },
    },
  ],
  reasoning: [
    {
      given: { effort: "low", summary: "auto" },
      chat: { reasoning_effort: "low" },
      messages: { thinking: { type: "enabled" } },
    },
    dropped({ mode: "x" }, "reasoning.mode"),
  ],
  text: [
    {
      given: { format: { type: "json_schema", name: "response", schema, strict: true } },
      chat: { response_format: { json_schema: { name: "response", schema, strict: true } } },
      messages: { output_config: { format: { type: "json_schema", schema } } },
      dropped: ["text.format.name"],
    },
    dropped({ verbosity: "low" }, "text.verbosity"),
  ],
  max_output_tokens: { given: 7000, chat: { max_tokens: 7000 }, messages: { max_tokens: 7000 } },
  temperature: { given: 0.5, chat: { temperature: 0.5 }, messages: { temperature: 0.5 } },
  top_p: { given: 0.5, chat: { top_p: 0.5 }, messages: { top_p: 0.5 } },
  include: [meansNothing(["reasoning.encrypted_content"]), dropped(["file_search_call.results"], "include")],
  stream: { given: true, chat: { stream: true }, messages: { stream: true } },
  stream_options: meansNothing({ include_obfuscation: false }),
  store: [meansNothing(true), meansNothing(false)],
  truncation: [meansNothing("disabled"), dropped("auto", "truncation")],
  // Sahab's own affair, before anybody is asked.
  background: [meansNothing(false), meansNothing(true)],
  previous_response_id: meansNothing("resp_1"),
  conversation: { given: "conv_1", refused: "conversation" },
  prompt: { given: { id: "p" }, refused: "prompt" },
  access_programs: dropped({ cyber: "standard" }, "access_programs"),
  client_metadata: dropped({ a: "b" }, "client_metadata"),
  context_management: dropped([{ type: "compaction" }], "context_management"),
  image: dropped({ context_compression: "auto" }, "image"),
  max_tool_calls: dropped(3, "max_tool_calls"),
  metadata: dropped({ a: "b" }, "metadata"),
  moderation: dropped({ model: "x" }, "moderation"),
  prompt_cache_key: dropped("k", "prompt_cache_key"),
  prompt_cache_options: dropped({ mode: "explicit" }, "prompt_cache_options"),
  prompt_cache_retention: dropped("24h", "prompt_cache_retention"),
  safety_identifier: dropped("s", "safety_identifier"),
  service_tier: dropped("flex", "service_tier"),
  user: dropped("u", "user"),
  // Chat has it, Messages has not.
  top_logprobs: { given: 2, chat: { logprobs: true, top_logprobs: 2 }, refused: "top_logprobs" },
  frequency_penalty: { given: 1, chat: { frequency_penalty: 1 }, dropped: ["frequency_penalty"] },
};

function translate(to: typeof openaiChat, body: JsonObject) {
  const bytes = Buffer.from(JSON.stringify(body));
  const call = openaiResponses.open({ operation: "chat", path: "", headers: new Headers(), body: bytes });
  const encoded = to.encodeRequest(call.decode(), { model: "x", quirks: {} });
  return { body: JSON.parse(JSON.stringify(encoded.body)) as JsonObject, dropped: [...encoded.dropped] };
}

const base = { model: "m", input: "Hi", tools: [{ type: "function", name: "look", parameters }] };
const rows = Object.entries(fields).flatMap(([field, cases]) => [cases].flat().map((one) => ({ field, ...one })));

describe.each([
  ["chat", openaiChat],
  ["messages", anthropicMessages],
] as const)("for %s", (api, dialect) => {
  test.each(rows)("$field: $given", (row) => {
    const { field, given } = row;
    const act = () => translate(dialect, { ...base, [field]: given });
    const as = row[api];
    if (row.refused !== undefined && !as) {
      let fault: unknown;
      try {
        act();
      } catch (error) {
        fault = error;
      }
      expect(fault).toBeInstanceOf(SahabError);
      expect((fault as SahabError).code).toBe("unsupported_parameter");
      expect((fault as SahabError).param).toStartWith(row.refused);
      return;
    }
    const { body, dropped: paths } = act();
    if (as) expect(body).toMatchObject(as);
    // Some say what one of the two can't.
    expect(paths).toEqual(as && api === "chat" ? [] : (row.dropped ?? []));
    if (!as && row.dropped && field !== "tools") expect(body).toEqual(translate(dialect, base).body);
  });
});

test("a hosted tool that is forced is refused", () => {
  const body = { ...base, tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } };
  for (const dialect of [openaiChat, anthropicMessages]) expect(() => translate(dialect, body)).toThrow("tool_choice");
});
