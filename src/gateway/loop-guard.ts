import { limits } from "../base/limits.ts";

/** A request that has to wait. */
export interface Slowed {
  /** Sent by the session within the window. */
  requests: number;
  retryAfterMs: number;
  /** It was not told within the window before. */
  isNews: boolean;
}

const { sessionsWatchedMax, sessionRequestsMax, sessionRepeatsMax, loopWindowMs, loopPaceMs, loopRestMs } = limits;
const bucketCount = 12;
const bucketMs = loopWindowMs / bucketCount;

interface Session {
  /** Requests by tenths of the window, and those of them whose body was larger than the one before. */
  readonly sent: number[];
  readonly grown: number[];
  sentTotal: number;
  grownTotal: number;
  /** The number of the last bucket, counted from the clock's beginning. */
  bucket: number;
  lastMs: number;
  lastBytes: number;
  /** When its next request may go on, while it is slowed. */
  nextMs: number | undefined;
  toldMs: number;
}

/**
 * Tells sessions of programs that go round in a circle from those that work.
 *
 * A conversation with tools grows with each step, since the last answer and the tools' results are added to it; where it is compacted
 * again and again, or the same request repeated, at most every other body is larger than the one before. So a session is slowed that sends
 * more than `sessionRepeatsMax` requests in the window of which not two thirds have grown, and any that sends more than
 * `sessionRequestsMax`: twice a second for two minutes on end is faster than models answer one after the other. Sub-agents count by
 * themselves, where the program names them.
 *
 * A slowed session may send one request each `loopPaceMs`, until it has sent none for `loopRestMs`. With several workers, each process
 * counts what it sees. Times are monotonic.
 */
export class LoopGuard {
  /** The one that was used last at the end. */
  readonly #sessions = new Map<string, Session>();

  /** Counts a request; undefined where it may go on. */
  note(id: string, bodyBytes: number, nowMs: number): Slowed | undefined {
    const session = this.#take(id, nowMs);
    count(session, bodyBytes, nowMs);
    if (session.nextMs === undefined) {
      if (!isLoop(session)) return undefined;
      session.nextMs = nowMs + loopPaceMs;
    } else if (nowMs >= session.nextMs) {
      session.nextMs = nowMs + loopPaceMs;
      return undefined;
    }
    const isNews = nowMs - session.toldMs >= loopWindowMs;
    if (isNews) session.toldMs = nowMs;
    return { requests: session.sentTotal, retryAfterMs: session.nextMs - nowMs, isNews };
  }

  get size(): number {
    return this.#sessions.size;
  }

  #take(id: string, nowMs: number): Session {
    const known = this.#sessions.get(id);
    if (known) this.#sessions.delete(id);
    else if (this.#sessions.size >= sessionsWatchedMax) {
      const [oldest = ""] = this.#sessions.keys();
      this.#sessions.delete(oldest);
    }
    const hasRested = known?.nextMs !== undefined && nowMs - known.lastMs >= loopRestMs;
    const session = known && !hasRested ? known : newSession(nowMs, known?.toldMs);
    this.#sessions.set(id, session);
    return session;
  }
}

function newSession(nowMs: number, toldMs = Number.NEGATIVE_INFINITY): Session {
  return {
    sent: Array<number>(bucketCount).fill(0),
    grown: Array<number>(bucketCount).fill(0),
    sentTotal: 0,
    grownTotal: 0,
    bucket: Math.floor(nowMs / bucketMs),
    lastMs: nowMs,
    lastBytes: 0,
    nextMs: undefined,
    toldMs,
  };
}

function count(session: Session, bodyBytes: number, nowMs: number): void {
  const { sent, grown } = session;
  const bucket = Math.floor(nowMs / bucketMs);
  // Those that have left the window.
  for (let passed = Math.min(bucket - session.bucket, bucketCount); passed > 0; passed--) {
    const at = (bucket - passed + 1) % bucketCount;
    session.sentTotal -= sent[at] ?? 0;
    session.grownTotal -= grown[at] ?? 0;
    sent[at] = grown[at] = 0;
  }
  const at = bucket % bucketCount;
  sent[at] = (sent[at] ?? 0) + 1;
  session.sentTotal++;
  if (bodyBytes > session.lastBytes) {
    grown[at] = (grown[at] ?? 0) + 1;
    session.grownTotal++;
  }
  session.bucket = bucket;
  session.lastMs = nowMs;
  session.lastBytes = bodyBytes;
}

function isLoop({ sentTotal, grownTotal }: Session): boolean {
  return sentTotal > sessionRequestsMax || (sentTotal > sessionRepeatsMax && grownTotal * 3 <= sentTotal * 2);
}
