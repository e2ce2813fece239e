import { streamOf, type Script, type StreamOptions, type VendorCall } from "./fake-vendor.ts";

// Scripts for `startFakeVendor` that answer as DashScope's native API does. A provider's base address is the host alone:
// `http://127.0.0.1:${vendor.port}`.

/** What an answer of `generation` counts: 100 tokens of prompt of which 40 were read from the cache, 20 of output. */
const generationUsage = {
  input_tokens: 100,
  output_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
  output_tokens_details: { reasoning_tokens: 5 },
};

/** Whole or streamed, in increments or with all so far, as the request asks. */
export function generation(words: readonly string[], options: StreamOptions = {}): Script {
  return (call) =>
    asksForStream(call)
      ? streamOf(generationEvents(words, parametersOf(call)["incremental_output"] === true), options)(call)
      : Response.json(answerOf({ role: "assistant", content: words.join("") }, "stop"));
}

/** The events of a stream of text. */
export function generationEvents(words: readonly string[], isIncremental = true): string[] {
  let all = "";
  const messages = words.map((word) => {
    all += word;
    return isIncremental ? word : all;
  });
  return [
    ...messages.map((content, at) => resultEvent(at + 1, answerOf({ role: "assistant", content }, "null", at + 1))),
    resultEvent(words.length + 1, answerOf({ role: "assistant", content: isIncremental ? "" : all }, "stop")),
  ];
}

export interface FakeCall {
  id: string;
  name: string;
  arguments: string;
}

/** Thoughts, and calls of tools that come in halves, whole or streamed. */
export function generationCalls(thought: string, calls: readonly FakeCall[]): Script {
  const listed = calls.map((call, index) => toolCall(index, call.id, call.arguments, call.name));
  const message = { role: "assistant", content: "", reasoning_content: thought };
  const chunks = calls.flatMap((call, index) => {
    const half = Math.ceil(call.arguments.length / 2);
    return [
      toolCall(index, call.id, call.arguments.slice(0, half), call.name),
      toolCall(index, "", call.arguments.slice(half)),
    ];
  });
  const events = [
    answerOf(message, "null", 1),
    ...chunks.map((chunk) => answerOf({ role: "assistant", content: "", tool_calls: [chunk] }, "null", 5)),
    answerOf({ role: "assistant", content: "" }, "tool_calls"),
  ].map((answer, at) => resultEvent(at + 1, answer));
  return (call) =>
    asksForStream(call)
      ? streamOf(events)(call)
      : Response.json(answerOf({ ...message, tool_calls: listed }, "tool_calls"));
}

/** An error in DashScope's shape. */
export function generationError(status: number, code: string, message = "no", headers: Record<string, string> = {}) {
  return Response.json({ code, message, request_id: "fake-request" }, { status, headers });
}

export function resultEvent(id: number, data: object): string {
  return `id:${id}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(data)}\n\n`;
}

function toolCall(index: number, id: string, json: string, name?: string) {
  return { index, id, type: "function", function: { name, arguments: json } };
}

function answerOf(message: object, finish_reason: string, output_tokens = generationUsage.output_tokens) {
  const { prompt_tokens_details, ...rest } = generationUsage;
  const usage = { ...rest, output_tokens, total_tokens: 100 + output_tokens, prompt_tokens_details };
  return {
    output: { choices: [{ finish_reason, message }] },
    usage: output_tokens < 5 ? { ...usage, output_tokens_details: { reasoning_tokens: 0 } } : usage,
    request_id: "fake-request",
  };
}

function asksForStream({ headers }: VendorCall): boolean {
  return headers.get("x-dashscope-sse") === "enable";
}

function parametersOf({ body }: VendorCall): Record<string, unknown> {
  return (body["parameters"] ?? {}) as Record<string, unknown>;
}
