import { describe, expect, test } from "bun:test";
import type { Usage } from "../call/index.ts";
import { anthropicMessages } from "./anthropic-messages/index.ts";
import { dashscope } from "./dashscope/index.ts";
import type { Dialect } from "./dialect.ts";
import { gemini } from "./gemini/index.ts";
import { openaiChat } from "./openai-chat/index.ts";
import { openaiResponses } from "./openai-responses/index.ts";

// What vendors price apart, as each of them tells it, in whole answers and in streams, also where the bytes pass.

function usageIn(dialect: Dialect, body: string, { stream = false, isRaw = false } = {}): Usage | undefined {
  const reader = dialect.reader({ operation: "chat", stream, choiceCount: 1, model: "m", isRaw });
  const batches = [...reader.push(Buffer.from(body)), reader.end()];
  expect(batches.flatMap((batch) => batch.facts.failure ?? [])).toEqual([]);
  return batches.findLast((batch) => batch.facts.usage)?.facts.usage;
}

const sse = (...payloads: object[]) =>
  payloads
    .map((payload) => {
      const name = "type" in payload ? `event: ${String(payload.type)}\n` : "";
      return `${name}data: ${JSON.stringify(payload)}\n\n`;
    })
    .join("");

interface Case {
  dialect: Dialect;
  usage: object;
  /** Of the answer, beside its usage. */
  more?: object;
  expected: Partial<Usage>;
}

const chat = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
const messages = { input_tokens: 10, cache_creation_input_tokens: 30, cache_read_input_tokens: 5, output_tokens: 50 };
const responses = { input_tokens: 100, output_tokens: 50, total_tokens: 150 };
const google = { promptTokenCount: 100, candidatesTokenCount: 50, totalTokenCount: 150 };

const cases: Record<string, Case> = {
  "OpenAI's sounds and tier": {
    dialect: openaiChat,
    usage: {
      ...chat,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 40, image_tokens: 7 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 20 },
    },
    more: { service_tier: "flex" },
    expected: { parts: { audioInput: 40, imageInput: 7, audioOutput: 20 }, serviceTier: "flex" },
  },
  "Ark's tier": {
    dialect: openaiChat,
    usage: chat,
    more: { service_tier: "scale" },
    expected: { serviceTier: "scale" },
  },
  "xAI's live search": {
    dialect: openaiChat,
    usage: { ...chat, num_sources_used: 4 },
    expected: { counts: { source: 4 } },
  },
  "OpenRouter's searches": {
    dialect: openaiChat,
    usage: { ...chat, server_tool_use: { web_search_requests: 2 } },
    expected: { counts: { web_search: 2 } },
  },
  "Alibaba's explicit cache, in compatible mode": {
    dialect: openaiChat,
    usage: {
      ...chat,
      prompt_tokens_details: {
        cached_tokens: 60,
        cache_type: "ephemeral",
        cache_creation: { ephemeral_5m_input_tokens: 0 },
      },
    },
    expected: { cachedInputTokens: 60, parts: { explicitCacheRead: 60 } },
  },
  "Anthropic's hour in the cache, searches and tier": {
    dialect: anthropicMessages,
    usage: {
      ...messages,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      server_tool_use: { web_search_requests: 3 },
      service_tier: "priority",
    },
    expected: { parts: { cacheWriteHour: 20 }, counts: { web_search: 3 }, serviceTier: "priority" },
  },
  "Anthropic's fast mode": {
    dialect: anthropicMessages,
    usage: { ...messages, speed: "fast", service_tier: "standard" },
    expected: { serviceTier: "fast" },
  },
  "OpenAI's hosted tools": {
    dialect: openaiResponses,
    usage: { ...responses, input_tokens_details: { audio_tokens: 9, image_tokens: 8 } },
    more: {
      service_tier: "default",
      output: [
        { id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "a" } },
        { id: "ws_2", type: "web_search_call", status: "completed", action: { type: "open_page", url: "b" } },
        { id: "fs_1", type: "file_search_call", status: "completed" },
        { id: "fc_1", type: "function_call", call_id: "c", name: "own", arguments: "{}" },
      ],
    },
    expected: {
      parts: { audioInput: 9, imageInput: 8 },
      counts: { web_search: 1, file_search: 1 },
      serviceTier: "default",
    },
  },
  "xAI's own count of its tools": {
    dialect: openaiResponses,
    usage: {
      ...responses,
      num_sources_used: 0,
      server_side_tool_usage_details: { web_search_calls: 0, x_search_calls: 2, made_up_calls: 9 },
    },
    more: { output: [{ id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search" } }] },
    expected: { counts: { x_search: 2 } },
  },
  "xAI's search in attached files, by its older name, and its other names": {
    dialect: openaiChat,
    usage: {
      ...chat,
      server_side_tool_usage_details: {
        attachment_search_calls: 0,
        document_search_calls: 2,
        collections_search_calls: 3,
        file_search_calls: 0,
        code_execution_calls: 1,
        web_search_calls: 4,
      },
    },
    expected: { counts: { attachment_search: 2, file_search: 3, code_interpreter: 1, web_search: 4 } },
  },
  "Google's media and grounding": {
    dialect: gemini,
    usage: {
      ...google,
      cachedContentTokenCount: 10,
      promptTokensDetails: [
        { modality: "TEXT", tokenCount: 20 },
        { modality: "AUDIO", tokenCount: 70 },
        { modality: "IMAGE", tokenCount: 10 },
      ],
      cacheTokensDetails: [{ modality: "AUDIO", tokenCount: 10 }],
      candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 40 }],
      trafficType: "ON_DEMAND_FLEX",
    },
    more: { groundingMetadata: { webSearchQueries: ["a", "b", "a"] } },
    expected: {
      parts: { audioInput: 60, imageInput: 10, imageOutput: 40 },
      counts: { grounded_prompt: 1, web_search: 2 },
      serviceTier: "flex",
    },
  },
  "DashScope's own API": {
    dialect: dashscope,
    usage: {
      input_tokens: 100,
      output_tokens: 50,
      total_tokens: 150,
      image_tokens: 30,
      audio_tokens: 20,
      output_tokens_details: { audio_tokens: 15, text_tokens: 35 },
      plugins: { search: { count: 1, strategy: "turbo" } },
    },
    expected: { parts: { imageInput: 30, audioInput: 20, audioOutput: 15 }, counts: { web_search: 1 } },
  },
};

describe.each(Object.entries(cases))("%s", (_name, { dialect, usage, more = {}, expected }) => {
  const { whole, stream } = answersOf(dialect, usage, more);
  test.each([
    ["a whole answer", whole, false, false],
    ["a whole answer whose bytes pass", whole, false, true],
    ["a stream", stream, true, false],
    ["a stream whose bytes pass", stream, true, true],
  ])("%s", (_form, body, isStream, isRaw) => {
    const found = usageIn(dialect, body, { stream: isStream, isRaw });
    const { parts, counts, serviceTier } = found ?? {};
    expect(found).toMatchObject(expected);
    expect({ parts, counts, serviceTier }).toEqual({
      parts: expected.parts,
      counts: expected.counts,
      serviceTier: expected.serviceTier,
    });
  });
});

function answersOf(dialect: Dialect, usage: object, more: object): { whole: string; stream: string } {
  if (dialect === openaiChat) {
    const head = { id: "c", object: "chat.completion", created: 1, model: "m" };
    const choice = { index: 0, finish_reason: "stop" };
    return {
      whole: JSON.stringify({
        ...head,
        choices: [{ ...choice, message: { role: "assistant", content: "Hi" } }],
        usage,
        ...more,
      }),
      stream: `${sse(
        { ...head, choices: [{ ...choice, delta: { content: "Hi" } }], ...more },
        { ...head, choices: [], usage, ...more },
      )}data: [DONE]\n\n`,
    };
  }
  if (dialect === anthropicMessages) {
    const head = { id: "m", type: "message", role: "assistant", model: "m" };
    const { output_tokens: output, server_tool_use: used, ...start } = usage as Record<string, unknown>;
    return {
      whole: JSON.stringify({ ...head, content: [{ type: "text", text: "Hi" }], stop_reason: "end_turn", usage }),
      stream: sse(
        { type: "message_start", message: { ...head, content: [], usage: { ...start, output_tokens: 1 } } },
        { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
        { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi" } },
        { type: "content_block_stop", index: 0 },
        {
          type: "message_delta",
          delta: { stop_reason: "end_turn" },
          usage: { output_tokens: output, ...(used !== undefined && { server_tool_use: used }) },
        },
        { type: "message_stop" },
      ),
    };
  }
  if (dialect === openaiResponses) {
    const { output = [], ...rest } = more as { output?: object[] };
    const response = { id: "r", object: "response", status: "completed", model: "m", output, usage, ...rest };
    return {
      whole: JSON.stringify(response),
      stream: sse(
        { type: "response.created", response: { id: "r", model: "m", status: "in_progress" } },
        ...output.map((item, at) => ({ type: "response.output_item.done", output_index: at, item })),
        // Some servers leave the output out at the end.
        { type: "response.completed", response: { ...response, output: [] } },
      ),
    };
  }
  if (dialect === gemini) {
    const candidate = { content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP", ...more };
    const answer = { candidates: [candidate], usageMetadata: usage, modelVersion: "m", responseId: "r" };
    const first = {
      candidates: [{ content: { role: "model", parts: [{ text: "Oh " }] } }],
      usageMetadata: { promptTokenCount: 100 },
    };
    return { whole: JSON.stringify(answer), stream: sse(first, answer) };
  }
  const output = { choices: [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] };
  const answer = { output, usage, request_id: "r" };
  return { whole: JSON.stringify(answer), stream: `id:1\nevent:result\ndata:${JSON.stringify(answer)}\n\n` };
}

describe("what a vendor sends in their place is none", () => {
  const odd = [-1, 1.5, "7", 1e300, null, [], { a: 1 }, true];
  test.each(odd.map((value) => [JSON.stringify(value), value]))("%s", (_text, value) => {
    const chatUsage = {
      ...chat,
      num_sources_used: value,
      server_tool_use: { web_search_requests: value },
      server_side_tool_usage_details: { x_search_calls: value, __proto__: { y: 1 } },
      plugins: value,
      prompt_tokens_details: { audio_tokens: value, image_tokens: value, cache_creation: value },
      completion_tokens_details: { audio_tokens: value },
    };
    const oddly = [
      usageIn(openaiChat, answersOf(openaiChat, chatUsage, { service_tier: value }).whole),
      usageIn(
        anthropicMessages,
        answersOf(
          anthropicMessages,
          { ...messages, cache_creation: { ephemeral_1h_input_tokens: value }, server_tool_use: value, speed: value },
          {},
        ).whole,
      ),
      usageIn(
        gemini,
        answersOf(
          gemini,
          {
            ...google,
            promptTokensDetails: [{ modality: "AUDIO", tokenCount: value }, value],
            candidatesTokensDetails: value,
          },
          { groundingMetadata: { webSearchQueries: [value].filter((one) => typeof one !== "string") } },
        ).whole,
      ),
    ];
    for (const usage of oddly) {
      expect(usage).toBeDefined();
      expect([usage?.parts, usage?.counts, usage?.serviceTier]).toEqual([undefined, undefined, undefined]);
    }
  });
});
