import { prefixError, SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { decodeErrorBody } from "../dialect/openai-chat/index.ts";
import type { Attempt } from "./attempt.ts";
import { decompress } from "./decompress.ts";
import { fetchAnswer } from "./fetch-answer.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { ConnectionClosed } from "./http-connection.ts";
import { hideSecrets, type Endpoint, type Provider } from "./provider.ts";
import { Reachable } from "./reachable.ts";
import type { Operation } from "./vendor.ts";

export interface ProviderCall {
  provider: Provider;
  operation: Operation;
  /** Pieces that follow each other, so that a large body that is rewritten need not be copied. */
  body: readonly Uint8Array[];
  attempt: Attempt;
  /** Told the time that the coming phase may take; the caller ends the attempt when it has passed. */
  allow(ms: number): void;
}

const reachable = new Reachable();

/** Sends a call and returns the answer, its head of status 2xx; any other answer, and any failure, is thrown as a SahabError. */
export async function callProvider(call: ProviderCall): Promise<HttpAnswer> {
  const { provider, attempt } = call;
  let answer: HttpAnswer;
  try {
    const endpoint = provider.endpoints[call.operation];
    answer =
      provider.pool && endpoint.head !== undefined
        ? decompress(await sendPlain(call, provider.pool, endpoint.head))
        : await sendSecure(call, endpoint);
  } catch (cause) {
    attempt.throwIfEnded();
    throw describeFailure(provider, cause);
  }
  // The time for the first byte runs on: a head may come at once and the first token minutes later.
  if (answer.status >= 200 && answer.status < 300) return answer;
  call.allow(provider.timeouts.idleMs);
  throw await readError(provider, answer);
}

function sendPlain(call: ProviderCall, pool: NonNullable<Provider["pool"]>, head: string): Promise<HttpAnswer> {
  const { connectMs, firstByteMs } = call.provider.timeouts;
  let bytes = 0;
  for (const part of call.body) bytes += part.length;
  return pool.send(`${head}${bytes}\r\n\r\n`, call.body, {
    attempt: call.attempt,
    connectMs,
    onConnected: () => call.allow(firstByteMs),
  });
}

/** Over TLS the runtime's own client is used, which checks certificates. */
async function sendSecure(call: ProviderCall, endpoint: Endpoint): Promise<HttpAnswer> {
  const { provider, attempt, body } = call;
  const startedMs = Date.now();
  if (!reachable.isVouched(endpoint.origin, startedMs)) {
    await reachable.dial(endpoint.origin, provider.timeouts.connectMs);
    reachable.vouch(endpoint.origin, startedMs);
  }
  attempt.throwIfEnded();
  call.allow(provider.timeouts.firstByteMs);
  const response = await fetch(endpoint.url, {
    method: "POST",
    headers: provider.headers,
    body: (body.length === 1 ? body[0] : Buffer.concat(body)) as Uint8Array<ArrayBuffer>,
    signal: attempt.signal,
    redirect: "manual",
    // Bun would otherwise end any call after five minutes; the caller keeps the time.
    timeout: false,
  } as BunFetchRequestInit);
  reachable.vouch(endpoint.origin, Date.now());
  return fetchAnswer(response);
}

function describeFailure(provider: Provider, cause: unknown): SahabError {
  if (cause instanceof SahabError) return prefixError(cause, `Provider ${provider.name}`);
  const code = (cause as { code?: unknown }).code;
  if (cause instanceof ConnectionClosed || typeof code === "string") {
    const reason = typeof code === "string" ? `the connection failed (${code})` : (cause as Error).message;
    return new SahabError("upstream_unreachable", `Provider ${provider.name}: ${reason}`, { cause });
  }
  if (cause instanceof Error) {
    return new SahabError("upstream_invalid_response", `Provider ${provider.name}: ${cause.message}`, { cause });
  }
  return toSahabError(cause);
}

async function readError(provider: Provider, answer: HttpAnswer): Promise<SahabError> {
  if (answer.status < 400) {
    await answer.cancel();
    return new SahabError(
      "upstream_invalid_response",
      `Provider ${provider.name} answered with status ${answer.status}; a redirect is not followed, since it would carry the key elsewhere`,
    );
  }
  const error = decodeErrorBody({
    status: answer.status,
    body: hideSecrets(provider, new TextDecoder().decode(await readStart(answer, limits.errorBodyBytesMax))),
    contentType: answer.header("content-type"),
    retryAfter: answer.header("retry-after"),
  });
  return prefixError(error, `Provider ${provider.name}`);
}

/** The body's first bytes up to a bound, or as far as it came; the rest is not read. */
async function readStart(answer: HttpAnswer, bytesMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    while (size < bytesMax) {
      const { done, value } = await answer.read();
      if (done || !value) break;
      parts.push(value);
      size += value.length;
    }
  } catch {
    // What has come says enough.
  }
  await answer.cancel();
  return Buffer.concat(parts).subarray(0, bytesMax);
}
