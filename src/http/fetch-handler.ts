import { SahabError } from "../base/errors.ts";
import { headerLine, joinHeaders, noHeaders } from "./header-lines.ts";
import type { HttpRequest } from "./http-request.ts";

/**
 * Answers a request by a handler that takes the platform's Request, with the client's address, and gives its Response, as Hono's applications do. The
 * body is read when the handler asks for it, so that it may refuse a caller before. Rejects as the handler does, before
 * anything is answered; or when its Response breaks off.
 */
export async function answerByFetch(
  request: HttpRequest,
  handle: (request: Request, address: string) => Response | Promise<Response>,
  bytesMax: number,
): Promise<void> {
  const gone = new AbortController();
  request.watch({ cancel: () => gone.abort() });
  // What the client calls this host is of no interest, and must not become part of the path.
  const headers = request.headers.entries().filter(([name]) => !ofCodedBody.has(name));
  const init: RequestInit = { method: request.method, headers, signal: gone.signal };
  if (request.method !== "GET") init.body = bodyOf(request, bytesMax);
  const url = new URL(`http://localhost${request.target}`);
  // What decided that the request comes here must be what the handler sees.
  if (url.pathname !== request.path)
    throw new SahabError("invalid_request", "The path has characters that must be escaped as %XX here");
  await writeResponse(request, await handle(new Request(url.href, init), request.address.text), gone.signal);
}

function bodyOf(request: HttpRequest, bytesMax: number): ReadableStream<Uint8Array> {
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const body = await request.readBody(bytesMax);
    if (body.length > 0) controller.enqueue(body);
    controller.close();
  };
  return new ReadableStream({ pull }, { highWaterMark: 0 });
}

/** The body is handed on decoded. */
const ofCodedBody = new Set(["content-encoding", "content-length"]);

/** What the connection says itself. */
const framing = new Set(["content-length", "transfer-encoding", "connection", "date"]);

async function writeResponse(request: HttpRequest, response: Response, gone: AbortSignal): Promise<void> {
  let headers = noHeaders;
  for (const [name, value] of response.headers)
    if (!framing.has(name)) headers = joinHeaders(headers, headerLine(name, value));
  // JSON is made whole, so that its length can be told; what comes in pieces is sent as it comes.
  if (!response.body || response.headers.get("content-type")?.startsWith("application/json")) {
    request.answer(response.status, headers, new Uint8Array(await response.arrayBuffer()));
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
