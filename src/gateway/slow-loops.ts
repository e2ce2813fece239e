import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { Log } from "../base/log.ts";
import { escapeUnprintable } from "../base/printable.ts";
import type { Snapshot } from "../config/index.ts";
import type { Caller } from "../ledger/index.ts";
import { agentSessionOf } from "./agent-sessions.ts";
import type { LoopGuard } from "./loop-guard.ts";

interface LoopDeps {
  loops: LoopGuard;
  log: Pick<Log, "warn">;
  snapshot: () => Pick<Snapshot, "unslowed">;
}

interface Sent {
  caller: Caller;
  headers: { get(name: string): string | null };
  bodyBytes: number;
}

/** Throws `rate_limit_exceeded`, by the names of program and session, for one more request of a session that goes round in a circle. */
export function slowLoops({ loops, log, snapshot }: LoopDeps, { caller, headers, bodyBytes }: Sent): void {
  const agent = agentSessionOf(headers);
  const { keyId, project } = caller;
  if (!agent || snapshot().unslowed?.has(project)) return;
  const slowed = loops.note(`${keyId}\n${agent.id}`, bodyBytes, performance.now());
  if (!slowed) return;
  const { requests, isNews, retryAfterMs } = slowed;
  const { program, advice } = agent;
  const session = escapeUnprintable(agent.session);
  if (isNews)
    log.warn({ key: keyId, project, program, session, requests }, "a session looks like a loop, and is slowed");
  const found = `${program} session ${session} sent ${requests} requests in two minutes, which looks like a loop`;
  const pace = `it may send one each ${limits.loopPaceMs / 1000} s until it rests for ${limits.loopRestMs / 1000} s`;
  throw new SahabError(
    "rate_limit_exceeded",
    `${found}; ${pace}. To end it, ${advice}; \`slow_loops: false\` of project ${project} in cloud.yaml lets all through`,
    // A difference of two times on a clock with fractions is not quite whole.
    { retryAfterS: Math.round(retryAfterMs) / 1000 },
  );
}
