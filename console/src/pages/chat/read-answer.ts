import type { MessageUsage } from "./message.ts";

/** What a part of a streamed answer adds. */
export interface AnswerDelta {
  text?: string;
  reasoning?: string;
  usage?: MessageUsage;
  /** Why it ended, in OpenAI's words: `stop`, `length`, … */
  finish?: string;
  error?: { code: string; message: string };
}

/** A line of a stream may hold an image; more than this is no answer. */
const lineCharsMax = 64 * 1024 * 1024;

/**
 * Reads a streamed answer of OpenAI's chat format (server-sent events) as it comes. Ends with the stream; throws what reading throws. An
 * answer without `finish` or `error` was cut.
 */
export async function* readAnswer(body: ReadableStream<Uint8Array>): AsyncGenerator<AnswerDelta> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split(/\r?\n/);
      rest = done ? "" : (lines.pop() ?? "");
      if (rest.length > lineCharsMax) throw new Error("The answer has a line that is too long");
      for (const line of lines) {
        if (!line.startsWith("data:")) continue;
        const data = line.slice("data:".length).trim();
        if (data === "[DONE]") return;
        const delta = parseChunk(data);
        if (delta) yield delta;
      }
      if (done) return;
    }
  } finally {
    // Ends the request, too, where the reader has gone.
    await reader.cancel().catch(() => undefined);
  }
}

/** Undefined for what is no event of ours. */
function parseChunk(data: string): AnswerDelta | undefined {
  const chunk = parseJson(data);
  if (!isRecord(chunk)) return undefined;
  const { error, usage } = chunk;
  if (isRecord(error)) {
    const code = textIn(error, "code") ?? "stream_interrupted";
    return { error: { code, message: textIn(error, "message") ?? "" } };
  }
  const choices: unknown = chunk["choices"];
  const choice: unknown = Array.isArray(choices) ? choices[0] : undefined;
  const delta = isRecord(choice) && isRecord(choice["delta"]) ? choice["delta"] : {};
  const text = textIn(delta, "content");
  const reasoning = textIn(delta, "reasoning_content") ?? textIn(delta, "reasoning");
  const finish = isRecord(choice) ? textIn(choice, "finish_reason") : undefined;
  return {
    ...(text !== undefined && { text }),
    ...(reasoning !== undefined && { reasoning }),
    ...(finish !== undefined && { finish }),
    ...(isRecord(usage) && { usage: parseUsage(usage) }),
  };
}

function parseUsage(usage: Record<string, unknown>): MessageUsage {
  const count = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);
  const details = (name: string) => (isRecord(usage[name]) ? usage[name] : {});
  return {
    input_tokens: count(usage["prompt_tokens"]),
    cached_input_tokens: count(details("prompt_tokens_details")["cached_tokens"]),
    output_tokens: count(usage["completion_tokens"]),
    reasoning_tokens: count(details("completion_tokens_details")["reasoning_tokens"]),
    cost: textIn(usage, "cost") ?? null,
    currency: textIn(usage, "cost_currency") ?? null,
  };
}

function textIn(record: Record<string, unknown>, name: string): string | undefined {
  const value = record[name];
  return typeof value === "string" ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
