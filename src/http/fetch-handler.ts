import { headerLine, joinHeaders, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";

/**
 * Answers a request by a handler that takes the platform's Request and gives its Response, as Hono's applications do.
 * Rejects as `readBody` does and as the handler does, before anything is answered; or when its Response breaks off.
 */
export async function answerByFetch(
  request: HttpRequest,
  handle: (request: Request) => Response | Promise<Response>,
  bytesMax: number,
): Promise<void> {
  const gone = new AbortController();
  const body = await request.readBody(bytesMax);
  request.watch({ clientLeft: () => gone.abort() });
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const response = await handle(
    new Request(`http://${request.headers.get("host") ?? "localhost"}${request.target}`, {
      method: request.method,
      headers: request.headers.entries(),
      signal: gone.signal,
      ...(hasBody && { body: body as Uint8Array<ArrayBuffer> }),
    }),
  );
  await writeResponse(request, response, gone.signal);
}

/** What the connection says itself. */
const framing = new Set(["content-length", "transfer-encoding", "connection", "date"]);

async function writeResponse(request: HttpRequest, response: Response, gone: AbortSignal): Promise<void> {
  let headers = noHeaders;
  for (const [name, value] of response.headers)
    if (!framing.has(name)) headers = joinHeaders(headers, headerLine(name, value));
  if (!response.body) {
    request.answer(response.status, headers, "");
    return;
  }
  const sink = request.stream(response.status, headers);
  try {
    for await (const piece of response.body) {
      const waiting = sink.write(piece);
      if (waiting) await waiting;
      if (gone.aborted) return;
    }
    sink.end();
  } catch (error) {
    sink.abort();
    throw error;
  }
}
