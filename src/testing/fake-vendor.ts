/** A request that the vendor received. */
export interface VendorCall {
  path: string;
  /** What follows the path, with its question mark. */
  query: string;
  headers: Headers;
  /** The body, unchanged. */
  text: string;
  body: Record<string, unknown>;
  arrivedMs: number;
  /** When the caller cancelled the call, if it did. */
  abortedMs: number | undefined;
}

/** How the vendor answers a call. */
export type Script = (call: VendorCall) => Response | Promise<Response>;

/** A vendor as a real HTTP server. The model's name in the request's body, or in its address, chooses the script. */
export interface FakeVendor {
  /** Base address, as a provider's `base_url`. */
  url: string;
  port: number;
  calls: VendorCall[];
  scripts: Record<string, Script>;
  /** Calls for a model, oldest first. */
  callsFor(model: string): VendorCall[];
  stop(): Promise<void>;
}

export function startFakeVendor(
  scripts: Record<string, Script>,
  options: { host?: string; port?: number; tls?: { cert: string; key: string } } = {},
): FakeVendor {
  const calls: VendorCall[] = [];
  const server = Bun.serve({
    hostname: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    idleTimeout: 0,
    ...(options.tls && { tls: { cert: options.tls.cert, key: options.tls.key } }),
    async fetch(request) {
      // It has no list of models.
      if (request.method === "GET") return errorAnswer(404, { message: "Not Found" });
      const text = await request.text();
      const call: VendorCall = {
        path: new URL(request.url).pathname,
        query: new URL(request.url).search,
        headers: request.headers,
        text,
        body: JSON.parse(text) as Record<string, unknown>,
        arrivedMs: Date.now(),
        abortedMs: undefined,
      };
      calls.push(call);
      request.signal.addEventListener("abort", () => {
        call.abortedMs ??= Date.now();
      });
      const script = scripts[modelOf(call)];
      if (!script) return errorAnswer(404, { message: `no script for ${modelOf(call)}` });
      return script(call);
    },
  });
  const port = server.port ?? 0;
  return {
    url: `${options.tls ? "https" : "http"}://${options.host ?? "127.0.0.1"}:${port}/v1`,
    port,
    calls,
    scripts,
    callsFor: (model) => calls.filter((call) => modelOf(call) === model),
    stop: () => server.stop(true),
  };
}

function modelOf({ path, body }: VendorCall): string {
  const [, inPath] = /\/models\/([^:]+):/.exec(path) ?? [];
  return inPath === undefined ? String(body["model"]) : decodeURIComponent(inPath);
}

export const vendorUsage = {
  prompt_tokens: 100,
  completion_tokens: 20,
  total_tokens: 120,
  prompt_tokens_details: { cached_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 5 },
};

/** A whole chat answer; `extra` replaces or adds top-level fields, undefined ones are left out. */
export function wholeChat(text = "Hello", extra: Record<string, unknown> = {}): Script {
  return (call) =>
    Response.json({
      id: "chatcmpl-fake",
      object: "chat.completion",
      created: 1_700_000_000,
      model: call.body["model"],
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: text, refusal: null },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: vendorUsage,
      ...extra,
    });
}

/** The text of one stream event with a chat chunk. */
export function chatChunk(delta: object | null, extra: Record<string, unknown> = {}, finish: string | null = null) {
  return `data: ${JSON.stringify({
    id: "chatcmpl-fake",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "vendor-model",
    system_fingerprint: "fp_fake",
    choices: delta === null ? [] : [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...extra,
  })}\n\n`;
}

export const doneEvent = "data: [DONE]\n\n";

/** The events of an ordinary stream: role, words, finish. */
export function chatEvents(words: readonly string[]): string[] {
  return [
    chatChunk({ role: "assistant", content: "" }),
    ...words.map((word) => chatChunk({ content: word })),
    chatChunk({}, {}, "stop"),
  ];
}

export function usageEvent(usage: object = vendorUsage): string {
  return chatChunk(null, { usage });
}

export interface StreamOptions {
  /** Milliseconds between writes. */
  paceMs?: number;
  /** Bytes of each write; by default every event is its own write. */
  splitAt?: number;
  /** After the last event the body ends (`close`), or the connection stays open and silent (`hang`). */
  end?: "close" | "hang";
  headers?: Record<string, string>;
}

/** A stream of these events, unchanged. */
export function streamOf(events: readonly (string | Uint8Array)[], options: StreamOptions = {}): Script {
  const encoded = events.map((event) => (typeof event === "string" ? new TextEncoder().encode(event) : event));
  const pieces = options.splitAt === undefined ? encoded : split(Buffer.concat(encoded), options.splitAt);
  return (call) => {
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = pieces[next++];
        if (next > 1 && options.paceMs !== undefined) await Bun.sleep(options.paceMs);
        if (call.abortedMs !== undefined) return;
        if (piece) controller.enqueue(piece);
        else if (options.end === "hang") await new Promise(() => undefined);
        else controller.close();
      },
      cancel() {
        call.abortedMs ??= Date.now();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream", ...options.headers } });
  };
}

/** A stream that goes on as long as somebody reads it. */
export function endlessStream(next: () => Uint8Array): Script {
  return (call) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(next()),
      cancel() {
        call.abortedMs ??= Date.now();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
}

/** An ordinary streamed answer, with usage only if the request asks for it, as OpenAI does. */
export function streamedChat(words: readonly string[], options: StreamOptions = {}): Script {
  return (call) => {
    const wanted = (call.body["stream_options"] as { include_usage?: boolean } | undefined)?.include_usage === true;
    const events = [...chatEvents(words), ...(wanted ? [usageEvent()] : []), doneEvent];
    return streamOf(events, options)(call);
  };
}

/** A whole or a streamed answer, as the request asks. */
export function chat(words: readonly string[], options: StreamOptions = {}): Script {
  const whole = wholeChat(words.join(""));
  const stream = streamedChat(words, options);
  return (call) => (call.body["stream"] === true ? stream(call) : whole(call));
}

/** An error in OpenAI's shape. */
export function errorAnswer(status: number, error: object, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { type: "some_error", param: null, code: null, ...error } }, { status, headers });
}

/** A page such as a proxy in front of a vendor makes. */
export function htmlPage(status: number): Script {
  return () =>
    new Response("<html><body><h1>Gateway</h1>secret-page-text</body></html>", {
      status,
      headers: { "content-type": "text/html" },
    });
}

function split(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
}
