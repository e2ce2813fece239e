import { limits } from "../base/limits.ts";
import { RecentMap } from "../base/recent-map.ts";

/** A request that has to wait. */
export interface Slowed {
  /** Sent by the session within the window before it was slowed. */
  requests: number;
  retryAfterMs: number;
  /** It was not told within the window before. */
  isNews: boolean;
}

const { sessionsWatchedMax, sessionRequestsMax, sessionRepeatsMax, loopWindowMs, loopPaceMs, loopRestMs } = limits;
const bucketCount = 12;
const bucketMs = loopWindowMs / bucketCount;
/** Conversations of one session that are told apart: sub-agents which their program does not name. */
const conversationsMax = 16;
/** A step adds at least a call of a tool and its result. */
const stepBytesMin = 400;
/** What a step adds at most: mostly far less than this part of a conversation, and a file that is read at its beginning. */
const stepShareMax = 0.2;
const stepBytesMax = 2_000;

interface Session {
  /** Requests that went on, by twelfths of the window; and, behind these, those of them that went on from no other. */
  readonly counts: Uint16Array;
  sentTotal: number;
  begunTotal: number;
  /** The number of the last bucket, counted from the clock's beginning. */
  bucket: number;
  lastMs: number;
  /** The last body's size of each conversation, the one that went on last at the end. */
  readonly sizes: number[];
  slowing: Slowing | undefined;
  toldMs: number;
}

/** What a session that looks like a loop has to keep to. */
interface Slowing {
  /** When its next request may go on. */
  nextMs: number;
  /** How many it had sent. */
  requests: number;
  /** Since when `refused` counts. */
  sinceMs: number;
  refused: number;
}

/**
 * Tells sessions of programs that go round in a circle from those that work.
 *
 * A conversation with tools grows a little with each step, since the last answer and the tools' results are added to it. A session may
 * have several, so a body is compared with the nearest smaller of the last sizes of up to `conversationsMax` conversations, and takes its
 * place. One that is no step from any of them has begun anew: where conversations are compacted again and again, or the same request is
 * repeated, most have. So a session is slowed that sends more than `sessionRepeatsMax` requests in the window of which a quarter has begun
 * anew, and any that sends more than `sessionRequestsMax`: twice a second for two minutes on end is faster than models answer one after
 * the other. Simulated: up to 20 conversations with steps of 200 to 3,000 bytes begin anew with at most 15 of 100, and with a compaction
 * each 10 steps with 18; the same request repeated and summaries of changing length, by up to 1,500 bytes either way, with 23 and more.
 *
 * A slowed session may send one request each `loopPaceMs`. That ends when its requests are steps again, when it has sent no more in a
 * window than any session may, those that were refused included, or when none has gone on for `loopRestMs`. With several workers, each
 * process counts what it sees. Times are monotonic.
 */
export class LoopGuard {
  readonly #sessions = new RecentMap<Session>(sessionsWatchedMax);

  /** Counts a request; undefined where it may go on. */
  note(id: string, bodyBytes: number, nowMs: number): Slowed | undefined {
    const session = this.#take(id, nowMs);
    const { slowing } = session;
    const from = conversationOf(session, bodyBytes);
    if (!slowing) {
      if (!isLoop(session.sentTotal + 1, session.begunTotal + (from === -1 ? 1 : 0))) {
        count(session, { bodyBytes, from, nowMs });
        return undefined;
      }
      return tell(session, slow(session, nowMs), nowMs);
    }
    if (nowMs >= slowing.nextMs) {
      count(session, { bodyBytes, from, nowMs });
      slowing.nextMs = nowMs + loopPaceMs;
      return undefined;
    }
    slowing.refused++;
    return tell(session, slowing, nowMs);
  }

  get size(): number {
    return this.#sessions.size;
  }

  #take(id: string, nowMs: number): Session {
    // Clients choose the names, so what is kept of one has the same size for all.
    const key = Bun.hash(id, seed).toString(36);
    const known = this.#sessions.get(key);
    if (known && !(known.slowing && nowMs - known.lastMs >= loopRestMs)) {
      passTo(known, nowMs);
      if (known.slowing && isOver(known, known.slowing, nowMs)) known.slowing = undefined;
      return known;
    }
    const session = newSession(nowMs, known?.toldMs);
    this.#sessions.set(key, session);
    return session;
  }
}

/** So that nobody can choose names that are taken for each other. */
const seed = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;

function newSession(nowMs: number, toldMs = Number.NEGATIVE_INFINITY): Session {
  return {
    counts: new Uint16Array(2 * bucketCount),
    sentTotal: 0,
    begunTotal: 0,
    bucket: Math.floor(nowMs / bucketMs),
    lastMs: nowMs,
    sizes: [],
    slowing: undefined,
    toldMs,
  };
}

/** Forgets the requests that have left the window. */
function passTo(session: Session, nowMs: number): void {
  const { counts } = session;
  const bucket = Math.floor(nowMs / bucketMs);
  for (let passed = Math.min(bucket - session.bucket, bucketCount); passed > 0; passed--) {
    const at = (bucket - passed + 1) % bucketCount;
    session.sentTotal -= counts[at] ?? 0;
    session.begunTotal -= counts[bucketCount + at] ?? 0;
    counts[at] = counts[bucketCount + at] = 0;
  }
  session.bucket = bucket;
}

/** The place of the conversation that a body is the next step of; -1 for none. */
function conversationOf({ sizes }: Session, bodyBytes: number): number {
  let from = -1;
  let nearest = 0;
  for (const [at, size] of sizes.entries()) {
    const step = bodyBytes - size;
    if (step < stepBytesMin || step > size * stepShareMax + stepBytesMax || size <= nearest) continue;
    from = at;
    nearest = size;
  }
  return from;
}

function count(session: Session, { bodyBytes, from, nowMs }: { bodyBytes: number; from: number; nowMs: number }): void {
  const { counts, sizes } = session;
  const at = session.bucket % bucketCount;
  counts[at] = (counts[at] ?? 0) + 1;
  session.sentTotal++;
  if (from === -1) {
    counts[bucketCount + at] = (counts[bucketCount + at] ?? 0) + 1;
    session.begunTotal++;
  }
  if (from !== -1) sizes.splice(from, 1);
  else if (sizes.length >= conversationsMax) sizes.shift();
  sizes.push(bodyBytes);
  session.lastMs = nowMs;
}

function isLoop(sent: number, begun: number): boolean {
  return sent > sessionRequestsMax || (sent > sessionRepeatsMax && repeats(sent, begun));
}

function repeats(sent: number, begun: number): boolean {
  return begun * 4 >= sent;
}

function slow(session: Session, nowMs: number): Slowing {
  return (session.slowing = {
    nextMs: nowMs + loopPaceMs,
    requests: session.sentTotal + 1,
    sinceMs: nowMs,
    refused: 1,
  });
}

function isOver({ sentTotal, begunTotal }: Session, slowing: Slowing, nowMs: number): boolean {
  // Half of what makes it a loop, so that it does not become one again with the next request.
  if (sentTotal * 2 <= sessionRepeatsMax && !repeats(sentTotal, begunTotal)) return true;
  if (nowMs - slowing.sinceMs < loopWindowMs) return false;
  if (sentTotal + slowing.refused <= sessionRepeatsMax) return true;
  slowing.sinceMs = nowMs;
  slowing.refused = 0;
  return false;
}

function tell(session: Session, { requests, nextMs }: Slowing, nowMs: number): Slowed {
  const isNews = nowMs - session.toldMs >= loopWindowMs;
  if (isNews) session.toldMs = nowMs;
  return { requests, retryAfterMs: nextMs - nowMs, isNews };
}
