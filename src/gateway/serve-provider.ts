import { SahabError, toSahabError, type ErrorCode } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { chooseTargets } from "../router/index.ts";
import { callProvider } from "../vendor/index.ts";
import { streamResponse } from "./client-stream.ts";
import type { Exchange } from "./exchange.ts";
import { bodyFor, type PreparedRequest } from "./prepare-request.ts";
import { openStream, relayStream } from "./relay-stream.ts";
import { answerWhole, readAnswer } from "./relay-whole.ts";
import type { ModelEntry, Target } from "./snapshot.ts";

/** Failures after which another target may do better. What the vendor blames on the request is not among them. */
const retryable = new Set<ErrorCode>([
  "upstream_authentication",
  "upstream_error",
  "upstream_invalid_response",
  "upstream_rate_limited",
  "upstream_timeout",
  "upstream_unreachable",
  "stream_interrupted",
]);

const restMs = 5_000;
const restMsMax = 60_000;

/** Serves a request from a model's targets, one after the other until one answers. Nothing of a failed attempt is seen. */
export async function serveFromProviders(
  exchange: Exchange,
  request: PreparedRequest,
  model: ModelEntry,
): Promise<Response> {
  const targets = chooseTargets(model.targets, (target) => target.restUntilMs > exchange.startedMs, Math.random);
  let failure: SahabError | undefined;
  for (const target of targets.slice(0, limits.attemptsMax)) {
    try {
      return await tryTarget(exchange, request, target);
    } catch (error) {
      if (exchange.ended) throw exchange.ended;
      failure = toSahabError(error);
      // Whatever is left of the answer is given up, and its connection with it.
      exchange.abortAttempt(failure);
      exchange.warn(failure, "an attempt failed");
      if (!retryable.has(failure.code)) throw failure;
      target.restUntilMs = Date.now() + Math.min(failure.retryAfterS ? failure.retryAfterS * 1000 : restMs, restMsMax);
      exchange.answerBytes = 0;
      exchange.usage = undefined;
    }
  }
  throw failure ?? new SahabError("internal_error", `Model ${model.name} has no targets`);
}

async function tryTarget(exchange: Exchange, request: PreparedRequest, target: Target): Promise<Response> {
  const { provider } = target;
  const attempt = exchange.beginAttempt(provider.name, target.model);
  const response = await callProvider({
    provider,
    operation: request.operation,
    body: bodyFor(request, target.model),
    attempt,
    allow: (ms) => {
      // The first time that is allowed is that for the answer, when the connection is there.
      exchange.sent = true;
      exchange.allow(ms);
    },
  });
  if (!request.stream) {
    exchange.allow(provider.timeouts.firstByteMs);
    const body = await readAnswer(exchange, response, provider);
    exchange.deadlineMs = Number.POSITIVE_INFINITY;
    return await answerWhole(exchange, body);
  }
  const opened = await openStream(response, provider);
  return streamResponse(exchange, (sink) =>
    relayStream(exchange, opened, sink, {
      streamUsage: request.streamUsage,
      choiceCount: request.choiceCount,
      provider,
    }),
  );
}
