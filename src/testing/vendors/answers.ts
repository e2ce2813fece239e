import { object, type Json } from "../wire/json.ts";
import type { VendorFacts } from "./vendor-facts.ts";

// What the models of the fakes say, in the forms of their vendors.

export const text = 'Clouds, "云" and\n\nrain 🌧 \\ wind.';
export const thought = "The user asks for weather.\nA tool < that > knows it.";
export const call = { name: "get_weather", arguments: { place: "Köln" } };
export const counts = { input: 120, cached: 64, output: 30, reasoning: 12 };
export const requestId = "req-of-the-vendor-1";

/** What one answer says. */
export interface Said {
  text: string;
  thought?: string;
  /** An id, where the model calls the tool. */
  callId?: string;
}

export function wholeChat(facts: VendorFacts, said: Said): Json {
  const { message, text: content } = placed(facts, said);
  return {
    ...head("chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content,
          ...message,
          ...(said.callId !== undefined && { tool_calls: callsOf(said) }),
        },
        finish_reason: said.callId === undefined ? "stop" : "tool_calls",
      },
    ],
    usage: usageOf(facts),
    ...extrasOf(facts),
  };
}

/** The data of its stream's events, `[DONE]` left out. */
export function chatEvents(facts: VendorFacts, said: Said, request: Json): Json[] {
  const every = facts.usage === "every chunk" ? { usage: usageOf(facts) } : {};
  const chunk = (delta: Json, finish: string | null = null, more: Json = {}, inChoice: Json = {}) => ({
    ...head("chat.completion.chunk"),
    choices: [{ index: 0, delta, finish_reason: finish, ...inChoice }],
    ...every,
    ...more,
  });
  const ownEvent = { ...head("chat.completion.chunk"), choices: [], usage: usageOf(facts) };
  const wantsUsage = object(request["stream_options"])["include_usage"] === true;
  const last = {
    "own event": {},
    "every chunk": {},
    "last chunk": { usage: usageOf(facts) },
    x_groq: { x_groq: { id: "req_1", usage: usageOf(facts) } },
    choice: {},
  }[facts.usage];
  const finish = said.callId === undefined ? "stop" : "tool_calls";
  return [
    chunk({ role: "assistant", content: "" }),
    ...deltasOf(facts, said).map((delta) => chunk(delta)),
    ...callsOf(said).map((one, index) => chunk({ tool_calls: [{ index, ...one }] })),
    chunk({}, finish, last, facts.usage === "choice" ? { usage: usageOf(facts) } : {}),
    ...(facts.usage === "own event" && wantsUsage ? [ownEvent] : []),
  ];
}

export function wholeMessage(said: Said): Json {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "kit",
    content: [
      ...(said.thought === undefined ? [] : [{ type: "thinking", thinking: said.thought, signature: "proof" }]),
      ...(said.text === "" ? [] : [{ type: "text", text: said.text }]),
      ...(said.callId === undefined
        ? []
        : [{ type: "tool_use", id: said.callId, name: call.name, input: call.arguments }]),
    ],
    stop_reason: said.callId === undefined ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage: messageUsage,
  };
}

export function messageEvents(said: Said): Json[] {
  const { content, ...rest } = wholeMessage(said);
  const start = { ...rest, content: [], stop_reason: null, usage: { ...messageUsage, output_tokens: 1 } };
  const blocks = (content as Json[]).flatMap((block, index) => [
    { type: "content_block_start", index, content_block: emptied(block) },
    ...blockDeltas(block).map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ]);
  return [
    { type: "message_start", message: start },
    { type: "ping" },
    ...blocks,
    { type: "message_delta", delta: { stop_reason: rest["stop_reason"], stop_sequence: null }, usage: messageUsage },
    { type: "message_stop" },
  ];
}

const messageUsage = {
  input_tokens: counts.input - counts.cached,
  cache_read_input_tokens: counts.cached,
  cache_creation_input_tokens: 0,
  output_tokens: counts.output,
};

function emptied(block: Json): Json {
  if (block["type"] === "tool_use") return { ...block, input: {} };
  return block["type"] === "text" ? { ...block, text: "" } : { ...block, thinking: "", signature: "" };
}

function blockDeltas(block: Json): Json[] {
  if (block["type"] === "tool_use") return [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }];
  if (block["type"] === "text")
    return pieces(String(block["text"])).map((part) => ({ type: "text_delta", text: part }));
  return [
    ...pieces(String(block["thinking"])).map((part) => ({ type: "thinking_delta", thinking: part })),
    { type: "signature_delta", signature: block["signature"] },
  ];
}

const head = (kind: string) => ({ id: "chatcmpl-kit", object: kind, created: 1_790_000_000, model: "kit" });

function usageOf({ cost, usageFields }: VendorFacts): Json {
  return {
    prompt_tokens: counts.input,
    completion_tokens: counts.output,
    total_tokens: counts.input + counts.output,
    prompt_tokens_details: { cached_tokens: counts.cached },
    completion_tokens_details: { reasoning_tokens: counts.reasoning },
    ...usageFields,
    ...cost?.fields,
  };
}

/** MiniMax says with each answer that all is well. */
function extrasOf({ vendor }: VendorFacts): Json {
  return vendor === "minimax" ? { base_resp: { status_code: 0, status_msg: "" } } : {};
}

function callsOf({ callId }: Said): Json[] {
  if (callId === undefined) return [];
  return [{ id: callId, type: "function", function: { name: call.name, arguments: JSON.stringify(call.arguments) } }];
}

/** A message's fields of thinking, and its content. */
function placed({ reasoning }: VendorFacts, { text: own, thought: thinking }: Said): { message: Json; text: unknown } {
  if (thinking === undefined) return { message: {}, text: own };
  const details = [{ type: "reasoning.text", text: thinking }];
  const parts = [
    { type: "thinking", thinking: [{ type: "text", text: thinking }] },
    { type: "text", text: own },
  ];
  return {
    hidden: { message: {}, text: own },
    reasoning_content: { message: { reasoning_content: thinking }, text: own },
    reasoning: { message: { reasoning: thinking }, text: own },
    both: { message: { reasoning: thinking, reasoning_details: details }, text: own },
    details: { message: { reasoning_details: details }, text: own },
    tags: { message: {}, text: `<think>\n${thinking}\n</think>\n\n${own}` },
    parts: { message: {}, text: parts },
  }[reasoning];
}

function deltasOf(facts: VendorFacts, said: Said): Json[] {
  if (facts.reasoning === "tags") return pieces(String(placed(facts, said).text)).map((content) => ({ content }));
  const thoughts = pieces(said.thought ?? "").map((part) => {
    const { message, text: content } = placed(facts, { text: "", thought: part });
    return facts.reasoning === "parts" ? { content: [(content as unknown[])[0]] } : message;
  });
  return [...thoughts, ...pieces(said.text).map((content) => ({ content }))];
}

/** Three letters each, so that tags and words are cut. */
function pieces(whole: string): string[] {
  return whole.match(/[\s\S]{1,3}/gu) ?? [];
}
