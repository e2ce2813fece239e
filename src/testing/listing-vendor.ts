/** What reached it, without its body. */
export interface ListingCall {
  method: string;
  path: string;
  query: string;
  authorization: string | null;
  headers: Headers;
  body: Record<string, unknown> | undefined;
}

export interface ListingVendor {
  origin: string;
  port: number;
  calls: ListingCall[];
  stop(): Promise<void>;
}

export interface ListingAnswers {
  /** Path, without the query, of the list of models. */
  list?: string;
  /** Its answer to who has a good key; `undefined` for no such path. */
  models?: (call: ListingCall) => Response | Promise<Response>;
  /** Answers to calls of models, by path. */
  chats?: Record<string, (call: ListingCall) => Response | Promise<Response>>;
  /** The one that it takes; it takes any call without this. */
  key?: string;
  /** Its list needs no key. */
  isListOpen?: boolean;
  tls?: { cert: string; key: string };
}

/** A vendor with a list of models, as a real HTTP server; 404 for what is not told. */
export function startListingVendor(answers: ListingAnswers): ListingVendor {
  const calls: ListingCall[] = [];
  const { list = "/v1/models", key, chats = {}, models, tls } = answers;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    ...(tls && { tls: { cert: tls.cert, key: tls.key } }),
    async fetch(request) {
      const { pathname: path, search: query } = new URL(request.url);
      const { method, headers } = request;
      const authorization =
        headers.get("authorization") ?? headers.get("x-api-key") ?? headers.get("x-goog-api-key") ?? null;
      const text = await request.text();
      const body = text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>);
      const call = { method, path, query, authorization, headers, body };
      calls.push(call);
      const isList = method === "GET" && path === list && models !== undefined;
      const answer = isList ? models : method === "POST" ? chats[path] : undefined;
      if (!answer) return Response.json({ error: { message: "Not Found" } }, { status: 404 });
      const isRefused = key !== undefined && authorization?.replace("Bearer ", "") !== key;
      if (isRefused && !(isList && answers.isListOpen === true)) return keyRefused(authorization);
      return answer(call);
    },
  });
  const port = server.port ?? 0;
  return { origin: `${tls ? "https" : "http"}://127.0.0.1:${port}`, port, calls, stop: () => server.stop(true) };
}

/** OpenAI's answer, which repeats what it was sent. */
function keyRefused(authorization: string | null): Response {
  const error = {
    message: `Incorrect API key provided: ${authorization ?? "none"}`,
    type: "invalid_request_error",
    code: "invalid_api_key",
  };
  return Response.json({ error }, { status: 401 });
}

/** OpenAI's list. */
export const listOf =
  (...ids: string[]) =>
  () =>
    Response.json({ object: "list", data: ids.map((id) => ({ id, object: "model", owned_by: "vendor" })) });

/** OpenAI's chat completion of one token. */
export function oneToken(call: ListingCall): Response {
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: call.body?.["model"],
    choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "length" }],
    usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 },
  });
}

export const chatError =
  (status: number, error: Record<string, unknown>): (() => Response) =>
  () =>
    Response.json({ error }, { status });
