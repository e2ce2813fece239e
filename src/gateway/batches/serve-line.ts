import { SahabError } from "../../base/errors.ts";
import { isOperation, type Attempt, type Operation } from "../../call/index.ts";
import type { Target } from "../../config/index.ts";
import type { Dialect } from "../../dialect/dialect.ts";
import type { UsageRecord } from "../../ledger/index.ts";
import type { ReplicaStates } from "../../router/index.ts";
import type { Unattended } from "../exchange.ts";
import type { RouteTable } from "../match-route.ts";
import type { QueuedRequest } from "../queued-request.ts";
import type { LineJob, LineOutcome } from "./line-job.ts";
import { AllAtRest, isLasting } from "./line-policy.ts";

/** How the request path sees a line: whose it is, and who hears how it ended. */
export interface ServedLine extends Unattended {
  key: LineJob["key"];
  attribution: LineJob["attribution"];
  /** Targets that rest are asked all the same. */
  asksAtRest: boolean;
  onFailed(error: SahabError, attempts: readonly Attempt[]): void;
}

/** The request path. Never rejects for what goes wrong with a request. */
export type ServeAlone = (
  what: { dialect: Dialect; operation: Operation },
  request: QueuedRequest,
  line: ServedLine,
) => Promise<void>;

/** Serves a request of a batch in the normal way, under the key that made the batch. */
export async function serveLine(
  { routes, serve }: { routes: RouteTable; serve: ServeAlone },
  { request, key, attribution, recordId, asksAtRest }: LineJob,
): Promise<LineOutcome> {
  const found = routes.match(request.method, request.path, request.headers);
  if (!found || "allowed" in found || !isOperation(found.route.serves))
    throw new SahabError("internal_error", `${request.path} is no operation`);
  const known: { failure?: SahabError; isLasting?: boolean; record?: UsageRecord } = {};
  await serve({ dialect: found.dialect, operation: found.route.serves }, request, {
    key,
    attribution,
    isBackground: true,
    recordId,
    asksAtRest,
    onFailed(error, attempts) {
      known.failure = error;
      known.isLasting = attempts.length > 0 && attempts.every(({ failure }) => failure && isLasting(failure));
    },
    onSettled(settled) {
      known.record = settled;
    },
  });
  const { status, body } = await request.answered.catch(() => ({ status: 500, body: "" }));
  const { record } = known;
  const givenUp = status >= 400 ? new SahabError("internal_error", "the request was given up") : undefined;
  return {
    status,
    body,
    requestId: record?.id ?? recordId,
    failure: known.failure ?? givenUp,
    isAsked: (record?.attemptCount ?? 0) > 0,
    isAtRest: known.failure?.cause instanceof AllAtRest,
    isLasting: known.isLasting ?? false,
    tokens: {
      input: record?.inputTokens ?? 0,
      cachedInput: record?.cachedInputTokens ?? 0,
      output: record?.outputTokens ?? 0,
      reasoning: record?.reasoningTokens ?? 0,
    },
  };
}

/** A request that nobody waits for leaves targets alone that are at their limit, or not well. Throws `overloaded` then. */
export function waitForTargets(states: ReplicaStates, targets: readonly Target[]): void {
  const nowMs = performance.now();
  if (targets.length === 0 || targets.some((target) => !states.of(target).isResting(nowMs))) return;
  throw new SahabError("overloaded", "All targets of the model rest after a failure", {
    retryAfterS: 1,
    cause: new AllAtRest(),
  });
}
