import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import type { Snapshot } from "../config/index.ts";
import type { Caller } from "../ledger/index.ts";
import type { LoopGuard } from "./loop-guard.ts";
import { agentSessionOf } from "./tags/agent-session.ts";
import type { Attribution } from "./tags/attribution.ts";

interface LoopDeps {
  loops: LoopGuard;
  log: Pick<Log, "warn">;
  snapshot: () => Pick<Snapshot, "unslowed">;
}

interface Sent {
  caller: Caller;
  attribution: Attribution;
  bodyBytes: number;
}

/**
 * Throws `rate_limit_exceeded`, by the names of program and session, for one more request of a session that goes round in a circle.
 * Only coding agents are slowed: a script may rightly send a thousand requests under one session.
 */
export function slowLoops({ loops, log, snapshot }: LoopDeps, { caller, attribution, bodyBytes }: Sent): void {
  const known = agentSessionOf(attribution);
  const { keyId, project } = caller;
  if (!known || snapshot().unslowed?.has(project)) return;
  const { program, session } = known;
  const { agent = "", subagent = "", thread = "" } = attribution.tags;
  const id = [keyId, agent, session, subagent, thread].join("\n");
  const slowed = loops.note(id, bodyBytes, performance.now());
  if (!slowed) return;
  const { requests, isNews, retryAfterMs } = slowed;
  const advice = agent === "opencode" ? opencodeAdvice : usualAdvice;
  if (isNews)
    log.warn({ key: keyId, project, program, session, requests }, "a session looks like a loop, and is slowed");
  const found = `${program} session ${session} sent ${requests} requests in two minutes, which looks like a loop`;
  const pace = `it may send one each ${limits.loopPaceMs / 1000} s until it goes round no longer, or rests for ${limits.loopRestMs / 1000} s`;
  throw new SahabError(
    "rate_limit_exceeded",
    `${found}; ${pace}. To end it, ${advice}; \`slow_loops: false\` of project ${project} in cloud.yaml lets all through`,
    // A difference of two times on a clock with fractions is not quite whole.
    { retryAfterS: Math.round(retryAfterMs) / 1000 },
  );
}

const usualAdvice =
  "look at what it does, and whether it knows the context length of its model, or start a new session";
const opencodeAdvice = "give its model a `limit` (context and output, as /v1/models has them) in opencode.json";
