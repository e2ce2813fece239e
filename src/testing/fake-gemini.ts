import { streamOf, type Script, type StreamOptions } from "./fake-vendor.ts";

// Scripts for `startFakeVendor` that answer as Google's API does. A provider's base address has no version there:
// `http://127.0.0.1:${vendor.port}`.

/** 100 tokens of prompt of which 40 were read from the cache, 20 of answer of which 5 were thought. */
const geminiUsage = {
  promptTokenCount: 100,
  cachedContentTokenCount: 40,
  candidatesTokenCount: 15,
  thoughtsTokenCount: 5,
  totalTokenCount: 120,
};

type Json = Record<string, unknown>;

/** A partial answer; the last one has a reason for its end. */
export function geminiChunk(parts: readonly Json[], finishReason?: string, usage: Json = geminiUsage): Json {
  return {
    candidates: [{ content: { parts, role: "model" }, ...(finishReason && { finishReason }), index: 0 }],
    usageMetadata: usage,
    modelVersion: "gemini-fake",
    responseId: "fake-response",
  };
}

/** Whole or streamed, as the address asks; `extra` replaces or adds fields of the whole answer. */
export function geminiParts(parts: readonly Json[], options: StreamOptions & { extra?: Json } = {}): Script {
  const early = { promptTokenCount: 100, totalTokenCount: 100 };
  const chunks = [...parts.map((part) => geminiChunk([part], undefined, early)), geminiChunk([{ text: "" }], "STOP")];
  const stream = streamOf(chunks.map(geminiEvent), options);
  return (call) =>
    call.path.endsWith(":streamGenerateContent")
      ? stream(call)
      : Response.json({ ...geminiChunk(parts, "STOP"), ...options.extra });
}

export function geminiText(words: readonly string[], options: StreamOptions = {}): Script {
  const whole = geminiParts([{ text: words.join("") }]);
  const stream = geminiParts(
    words.map((text) => ({ text })),
    options,
  );
  return (call) => (call.path.endsWith(":streamGenerateContent") ? stream(call) : whole(call));
}

export function geminiEvent(payload: Json): string {
  return `data: ${JSON.stringify(payload)}\r\n\r\n`;
}

/** An error in Google's shape. */
export function geminiError(status: number, name: string, message = "no", details: Json[] = []): Response {
  return Response.json({ error: { code: status, message, status: name, details } }, { status });
}
