import { must } from "../base/assert.ts";
import type { Dialect, StoredAnswer } from "../dialect/dialect.ts";
import { eventStreamType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, type BodySink, type HttpRequest } from "../http/index.ts";
import type { AnswerOwner } from "./answer-rows.ts";
import { readHeld } from "./kept-requests.ts";
import { idHeaders } from "./respond.ts";
import { isUnfinished, type StoredAnswers } from "./stored-answers.ts";
import type { Visit } from "./visit.ts";

/** Pauses between two looks at an answer that is to come, each longer than the one before. */
const firstPauseMs = 100;
const pauseMsMax = 2_000;
/** A sign of life, since proxies close what is silent for a minute. */
const aliveMs = 15_000;

/** A stream of a kept answer that a client asks for. */
interface Followed {
  dialect: Dialect;
  stored: StoredAnswer;
  query: URLSearchParams;
  requestId: string;
  /** The client's, which lasts as long as the stream. */
  visit: Visit;
}

/**
 * Sends a kept answer as a stream. An answer that is not complete yet is sent in two parts: its beginning now, the rest when it is
 * complete. Resolves when all has been handed on, with false where the client asked for no stream.
 */
export async function followStored(
  { answers }: { answers: StoredAnswers },
  { dialect, stored, query, requestId, visit }: Followed,
  request: HttpRequest,
): Promise<boolean> {
  const encode = (answer: StoredAnswer) => dialect.stored?.encodeStream?.(answer, query);
  const text = encode(stored);
  if (text === undefined) return false;
  visit.holdAnswer(text.length);
  visit.throwIfCancelled();
  const headers = joinHeaders(
    idHeaders(dialect, requestId),
    headerLine("content-type", eventStreamType),
    headerLine("cache-control", "no-store"),
    headerLine("x-accel-buffering", "no"),
  );
  const sink = request.stream(200, headers);
  const { id, status } = stored;
  if (!isUnfinished(status)) sink.end(text);
  else {
    const owner = { project: visit.caller.project, dialect };
    await follow({ answers, owner, visit, sink, encode }, { id, status, begun: text });
  }
  return true;
}

interface FollowDeps {
  answers: StoredAnswers;
  owner: AnswerOwner;
  visit: Visit;
  sink: BodySink;
  encode(answer: StoredAnswer): string | undefined;
}

/** The store is asked again and again, since another process may work on the answer. The answer is read only when its status has changed. */
async function follow(
  { answers, owner, visit, sink, encode }: FollowDeps,
  { id, status, begun }: { id: string; status: string; begun: string },
): Promise<void> {
  let seen: string | undefined = status;
  let written = 0;
  let writtenMs = 0;
  const write = async (text: string) => {
    written += text.length;
    writtenMs = performance.now();
    const reading = sink.write(text);
    if (reading) await visit.awaitClient(reading);
    visit.releaseAnswers();
  };
  try {
    await write(begun);
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMsMax, pauseMs * 1.5)) {
      await visit.pause(pauseMs);
      const head = await visit.unlessOver(answers.look(owner, id));
      if (head && head.status === seen) {
        if (performance.now() - writtenMs <= aliveMs) continue;
        writtenMs = performance.now();
        const reading = sink.write(": the answer is still to come\n\n");
        if (reading) await visit.awaitClient(reading);
        continue;
      }
      seen = head?.status;
      const now = await readHeld(answers, owner, id, visit);
      // It was deleted: the cut shows that there is more to say.
      if (!now) return sink.abort();
      const text = must(encode(now), "a stream stays one");
      visit.holdAnswer(text.length);
      visit.throwIfCancelled();
      if (!isUnfinished(now.status)) return sink.end(text.slice(written));
      await write(text.slice(written));
    }
  } catch {
    // The client has left, or Sahab shuts down. A store that does not answer is told of elsewhere.
    sink.abort();
  }
}
