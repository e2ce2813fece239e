import { streamOf, type Script, type StreamOptions } from "./fake-vendor.ts";

// Scripts for `startFakeVendor` that answer as Anthropic's Messages API does. A provider's base address has no version there:
// `http://127.0.0.1:${vendor.port}`.

/** What a message of `messagesWhole` counts: 100 tokens of prompt of which 40 were read from the cache and 10 written to it. */
export const messagesUsage = {
  input_tokens: 50,
  cache_creation_input_tokens: 10,
  cache_read_input_tokens: 40,
  output_tokens: 20,
  service_tier: "standard",
};

/** A whole message; `extra` replaces or adds top-level fields, undefined ones are left out. */
export function messagesWhole(text = "Hello", extra: Record<string, unknown> = {}): Script {
  return messageOf([{ type: "text", text }], extra);
}

/** A stream of one text, a delta per word. */
export function messagesStream(words: readonly string[], options: StreamOptions = {}): Script {
  return streamOf(messageEvents([{ type: "text", text: "" }], { words }), options);
}

/** Whole or streamed, as the request asks. */
export function messages(words: readonly string[], options: StreamOptions = {}): Script {
  return either(messagesWhole(words.join("")), messagesStream(words, options));
}

export interface FakeToolUse {
  id: string;
  name: string;
  input: Record<string, unknown>;
}

/** Calls of tools, whole or streamed, as the request asks. */
export function messagesToolUse(calls: readonly FakeToolUse[], options: StreamOptions = {}): Script {
  const blocks = calls.map((call) => ({ type: "tool_use", ...call }));
  const extra = { stop_reason: "tool_use" };
  return either(messageOf(blocks, extra), streamOf(messageEvents(blocks, extra), options));
}

/** A signed thought and then a text, whole or streamed, as the request asks. */
export function messagesThinking(thought: string, text: string, options: StreamOptions = {}): Script {
  const blocks = [
    { type: "thinking", thinking: thought, signature: "c2lnbmVk" },
    { type: "text", text },
  ];
  return either(messageOf(blocks, {}), streamOf(messageEvents(blocks, {}), options));
}

/** The answer of `count_tokens`. */
export function messagesTokenCount(inputTokens: number): Script {
  return () => Response.json({ input_tokens: inputTokens });
}

/** An error in Anthropic's shape. */
export function messagesError(
  status: number,
  type: string,
  message = "no",
  headers: Record<string, string> = {},
): Response {
  return Response.json({ type: "error", error: { type, message }, request_id: "req_fake" }, { status, headers });
}

/** What ends a stream that breaks. */
export function messagesErrorEvent(type = "overloaded_error", message = "Overloaded"): string {
  return messageEvent({ type: "error", error: { type, message } });
}

/** The text of one event of a stream. */
export function messageEvent(payload: { type: string; [field: string]: unknown }): string {
  return `event: ${payload.type}\ndata: ${JSON.stringify(payload)}\n\n`;
}

interface Block {
  type: string;
  [field: string]: unknown;
}

/** The events of a stream from `message_start` to `message_stop`; `words` are the deltas of the first block. */
export function messageEvents(
  blocks: readonly Block[],
  { words, stop_reason = "end_turn" }: { words?: readonly string[]; stop_reason?: string } = {},
): string[] {
  const { output_tokens: _, ...promptUsage } = messagesUsage;
  const message = { ...head("vendor-model"), content: [], stop_reason: null, stop_sequence: null };
  return [
    messageEvent({ type: "message_start", message: { ...message, usage: { ...promptUsage, output_tokens: 1 } } }),
    ...blocks.flatMap((block, index) => blockEvents(block, index, index === 0 ? words : undefined)),
    messageEvent({
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: messagesUsage.output_tokens },
    }),
    messageEvent({ type: "message_stop" }),
  ];
}

function blockEvents(block: Block, index: number, words: readonly string[] | undefined): string[] {
  const { start, deltas } = cut(block, words);
  return [
    messageEvent({ type: "content_block_start", index, content_block: start }),
    ...(index === 0 ? [messageEvent({ type: "ping" })] : []),
    ...deltas.map((delta) => messageEvent({ type: "content_block_delta", index, delta })),
    messageEvent({ type: "content_block_stop", index }),
  ];
}

/** A block as its start and its deltas. */
function cut(block: Block, words: readonly string[] | undefined): { start: object; deltas: object[] } {
  if (block.type === "text") {
    const texts = words ?? [block["text"]];
    return { start: { ...block, text: "" }, deltas: texts.map((text) => ({ type: "text_delta", text })) };
  }
  if (block.type === "thinking") {
    return {
      start: { ...block, thinking: "", signature: "" },
      deltas: [
        { type: "thinking_delta", thinking: block["thinking"] },
        { type: "signature_delta", signature: block["signature"] },
      ],
    };
  }
  if (block.type !== "tool_use") return { start: block, deltas: [] };
  const json = JSON.stringify(block["input"]);
  const half = Math.ceil(json.length / 2);
  const texts = ["", json.slice(0, half), json.slice(half)];
  return {
    start: { ...block, input: {} },
    deltas: texts.map((text) => ({ type: "input_json_delta", partial_json: text })),
  };
}

function messageOf(content: readonly Block[], extra: Record<string, unknown>): Script {
  return (call) =>
    Response.json({
      ...head(call.body["model"]),
      content,
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: messagesUsage,
      ...extra,
    });
}

function head(model: unknown): Record<string, unknown> {
  return { id: "msg_fake", type: "message", role: "assistant", model };
}

function either(whole: Script, stream: Script): Script {
  return (call) => (call.body["stream"] === true ? stream(call) : whole(call));
}
