import { prefixError, SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { decodeErrorBody } from "../dialect/openai-chat/index.ts";
import type { Provider } from "./provider.ts";
import { Reachable } from "./reachable.ts";
import type { Operation } from "./vendor.ts";

export interface ProviderCall {
  provider: Provider;
  operation: Operation;
  body: Uint8Array;
  /** Ends the call: client gone, deadline, shutdown. */
  signal: AbortSignal;
  /** Told the time that the coming phase may take; the caller aborts the signal when it has passed. */
  allow(ms: number): void;
}

const reachable = new Reachable();

/** Sends a call and returns the answer's head, of status 2xx; any other answer, and any failure, is thrown as a SahabError. */
export async function callProvider(call: ProviderCall): Promise<Response> {
  const { provider, operation, signal } = call;
  const url = provider.urls[operation];
  const origin = url.slice(0, url.indexOf("/", 8));
  const started = Date.now();
  if (!reachable.isVouched(origin, started)) {
    try {
      await reachable.dial(origin, provider.timeouts.connectMs);
    } catch (thrown) {
      throw prefixError(toSahabError(thrown), `Provider ${provider.name}`);
    }
    reachable.vouch(origin, started);
  }
  signal.throwIfAborted();
  call.allow(provider.timeouts.firstByteMs);
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: provider.headers,
      body: call.body as Uint8Array<ArrayBuffer>,
      signal,
      redirect: "manual",
      // Bun would otherwise end any call after five minutes; the caller keeps the time.
      timeout: false,
    } as BunFetchRequestInit);
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    throw new SahabError(
      "upstream_unreachable",
      `Provider ${provider.name} closed the connection or cannot be reached (${errorCode(cause)})`,
      { cause },
    );
  }
  reachable.vouch(origin, Date.now());
  call.allow(provider.timeouts.idleMs);
  if (response.status >= 200 && response.status < 300) return response;
  throw await readError(provider, response);
}

async function readError(provider: Provider, response: Response): Promise<SahabError> {
  if (response.status < 400) {
    await response.body?.cancel();
    return new SahabError(
      "upstream_invalid_response",
      `Provider ${provider.name} answered with status ${response.status}; a redirect is not followed, since it would carry the key elsewhere`,
    );
  }
  const text = new TextDecoder().decode(
    await readBounded(response, limits.errorBodyBytesMax).catch(() => new Uint8Array(0)),
  );
  const error = decodeErrorBody({
    status: response.status,
    body: text,
    contentType: response.headers.get("content-type"),
    retryAfter: response.headers.get("retry-after"),
  });
  return prefixError(error, `Provider ${provider.name}`);
}

/** The body's first bytes up to a bound; the rest is not read. */
async function readBounded(response: Response, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  while (reader && size < bytesMax) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
  }
  await reader?.cancel();
  return Buffer.concat(parts).subarray(0, bytesMax);
}

function errorCode(cause: unknown): string {
  const code = (cause as { code?: unknown }).code;
  return typeof code === "string" ? code : "no reason given";
}
