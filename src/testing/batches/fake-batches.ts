/** A call that a fake vendor of batches received; bodies of files are in `files`. */
export interface BatchCall {
  method: string;
  /** With what follows the question mark. */
  path: string;
  headers: Headers;
}

/** A line that a vendor was given. */
export interface GivenLine {
  customId: string;
  body: Record<string, unknown>;
}

/** How a batch ends. By default all of it is served, in order. */
export interface Ending {
  status?: "completed" | "expired" | "cancelled";
  /** How many lines are served, from the first; all of them by default. */
  served?: number;
  /** Changes the lines of the results, one of which is one text. */
  change?(lines: string[]): string[];
  /** The results are cut off so many bytes before their end, at the first download. */
  cutBytes?: number;
  /** The second half of the results comes so much later, at the first download. */
  pauseMs?: number;
  /** The results come byte by byte, with such a pause before each. */
  dripMs?: number;
  /** The last line of results is cut off in its middle, in each download. */
  cutLine?: boolean;
}

export type ServeLine = (line: GivenLine) => { status: number; body: object };

/** What fakes of both forms have. */
export interface FakeBatches {
  /** The vendor's host, without a path. */
  origin: string;
  calls: BatchCall[];
  /** What was found wrong in what came, beyond what the vendor answers with an error. */
  faults: string[];
  /** Ids of the batches that are there, the oldest first. */
  ids(): string[];
  lines(id: string): GivenLine[];
  end(id: string, ending?: Ending): void;
  /** The next calls whose method and path begin so are answered by these, one each; `serve` does what was asked for all the same. */
  failNext(start: string, ...answers: Failure[]): void;
  stop(): Promise<void>;
}

export interface Failure {
  status: number;
  body?: object;
  headers?: Record<string, string>;
  /** The call has its effect, and its answer is lost. */
  isDone?: boolean;
  /** The answer comes so much later. */
  afterMs?: number;
}

export type Handler = (request: Request, path: string) => Response | Promise<Response>;

/** A real HTTP server with the failures that are ordered. */
export function serveBatches(handle: Handler, checkKey: (headers: Headers) => Response | undefined) {
  const calls: BatchCall[] = [];
  const failures: { start: string; failure: Failure }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 300 * 1024 * 1024,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      calls.push({ method: request.method, path: pathname + search, headers: request.headers });
      const refused = checkKey(request.headers);
      if (refused) return refused;
      const index = failures.findIndex(({ start }) => `${request.method} ${pathname}`.startsWith(start));
      const [found] = index === -1 ? [] : failures.splice(index, 1);
      if (found?.failure.isDone || !found) {
        const answer = await handle(request, pathname);
        if (!found) return answer;
      }
      const {
        status,
        body = { error: { message: "it fails", type: "server_error", code: null } },
        headers,
        afterMs = 0,
      } = found.failure;
      await Bun.sleep(afterMs);
      return Response.json(body, { status, headers: headers ?? {} });
    },
  });
  return {
    origin: `http://127.0.0.1:${server.port}`,
    calls,
    failNext: (start: string, ...answers: Failure[]) =>
      void failures.push(...answers.map((failure) => ({ start, failure }))),
    stop: () => server.stop(true),
  };
}

/** The bytes of results as they are downloaded the n-th time. */
export function download(
  lines: readonly string[],
  { cutBytes = 0, cutLine = false, pauseMs = 0, dripMs = 0 }: Ending,
  times: number,
): Response {
  const text = lines.map((line) => `${line}\n`).join("");
  const bytes = Buffer.from(cutLine ? text.slice(0, -20) : text);
  const headers = { "content-type": "application/octet-stream" };
  if (dripMs > 0) return new Response(inDrips(bytes, dripMs), { headers });
  if (pauseMs > 0 && times === 1) return new Response(inHalves(bytes, pauseMs), { headers });
  if (cutBytes === 0 || times > 1) return new Response(bytes, { headers });
  // Pieces without a length, of which the last does not come.
  let isSent = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (isSent) {
        await Bun.sleep(20);
        controller.error(new Error("cut"));
        return;
      }
      isSent = true;
      controller.enqueue(bytes.subarray(0, -cutBytes));
    },
  });
  return new Response(body, { headers });
}

function inDrips(bytes: Buffer, pauseMs: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Bun.sleep(pauseMs);
      if (at === bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(at, ++at));
    },
  });
}

function inHalves(bytes: Buffer, pauseMs: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length / 2));
      await Bun.sleep(pauseMs);
      controller.enqueue(bytes.subarray(bytes.length / 2));
      controller.close();
    },
  });
}

/** An answer to a line by its shape: chat completions, Responses, embeddings or messages. */
export const serveUsual: ServeLine = ({ body }) => {
  const model = body["model"];
  if ("input" in body && "dimensions" in body)
    return { status: 200, body: { object: "list", model, data: [], usage: { prompt_tokens: 8, total_tokens: 8 } } };
  return {
    status: 200,
    body: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model,
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: `re: ${lastText(body)}` },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 },
    },
  };
};

export const serveMessage: ServeLine = ({ body }) => ({
  status: 200,
  body: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body["model"],
    content: [{ type: "text", text: `re: ${lastText(body)}` }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 1_000,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 200,
      service_tier: "batch",
    },
  },
});

/** What the last turn says. */
function lastText({ messages }: Record<string, unknown>): string {
  const last = Array.isArray(messages) ? (messages.at(-1) as { content?: unknown } | undefined) : undefined;
  const { content } = last ?? {};
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? "").join("") : "";
}
