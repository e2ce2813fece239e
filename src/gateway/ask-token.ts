import { SahabError, toSahabError } from "../base/errors.ts";
import { newId } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { formatNano } from "../base/money.ts";
import { testOperation } from "../call/index.ts";
import type { Target } from "../config/index.ts";
import type { Caller, Journal, UsageRecord } from "../ledger/index.ts";
import { ReplicaStates } from "../router/index.ts";
import { ProviderTarget, type Provider, type TokenAnswer } from "../vendor/index.ts";
import { Exchange } from "./exchange.ts";
import type { InFlight } from "./in-flight.ts";
import type { GatewayMetrics } from "./metrics.ts";
import { createTestCall, testDialect } from "./test-call.ts";
import { tryTargets } from "./try-targets.ts";

export interface TokenDeps {
  journal: Journal;
  metrics: GatewayMetrics;
  inFlight: InFlight;
  log: Log;
}

/** The key of a test's record: no key has such an id, and reports by key show what tests cost in a line of their own. */
const testKeyId = "provider-test";

/** A model that thinks long may be asked: it must not hold up the others. */
const answerMsMax = 30_000;

export type TokenOutcome = { answer: TokenAnswer } | { failure: SahabError };

/**
 * Asks a target for one token, on the path of all requests, with a usage record of its own: operation `provider-test`, key
 * `provider-test`, the project of the operator's key. What comes of it says nothing to the routing. Rejects only where the signal ends it.
 */
export async function askToken(
  deps: TokenDeps,
  { provider, target }: { provider: Provider; target: Target },
  { project, address, signal }: { project: string; address: string; signal: AbortSignal },
): Promise<TokenOutcome> {
  signal.throwIfAborted();
  let record: UsageRecord | undefined;
  const metrics: Pick<GatewayMetrics, "observe"> = {
    observe(found) {
      record = found;
      deps.metrics.observe(found);
    },
  };
  const caller: Caller = { keyId: testKeyId, project, role: "admin", models: undefined };
  const states = new ReplicaStates();
  const { upstream } = target;
  const tokens = upstream instanceof ProviderTarget ? upstream.answerTokensMin(testDialect) : 1;
  const call = createTestCall(target.model, tokens);
  let exchange: Exchange | undefined;
  const end = () => exchange?.cancel(new SahabError("client_closed_request", "The test was given up"));
  const late = () =>
    exchange?.attempt?.cancel(new SahabError("upstream_timeout", `no answer came within ${answerMsMax} ms`));
  signal.addEventListener("abort", end);
  const timer = setTimeout(late, answerMsMax);
  let failure: SahabError | undefined;
  try {
    const id = newId("req");
    exchange = new Exchange(
      { ...deps, metrics, states },
      { id, operation: testOperation, dialect: "none", caller, address, hops: 0 },
    );
    exchange.admit(call, { name: `${provider.name}/${target.model}`, targets: [target] });
    const { name } = provider;
    await tryTargets({ states }, exchange, call, { model: { name, targets: [] }, targets: [target], prompt: noPrompt });
    exchange.closeAttempt(exchange.cancelled);
    exchange.throwIfCancelled();
    await exchange.settle(200, "ok");
  } catch (thrown) {
    failure = exchange?.cancelled ?? toSahabError(thrown);
    if (failure.code === "internal_error")
      deps.log.error({ err: failure.cause ?? failure }, "a test failed inside Sahab");
    await exchange?.settle(failure.status, failure.code).catch((error: unknown) => {
      deps.log.error({ err: error }, "a usage record could not be journalled");
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    exchange?.leave();
    exchange?.releaseAnswers();
  }
  signal.throwIfAborted();
  if (failure) return { failure };
  if (!record) return { failure: new SahabError("internal_error", "The test has left no record") };
  return {
    answer: {
      request: record.id,
      model: target.model,
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      cost: formatNano(record.cost),
      currency: record.currency,
      latencyMs: record.latencyMs,
    },
  };
}

const noPrompt = new Uint8Array(0);
