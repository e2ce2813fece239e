import { must } from "../base/assert.ts";
import type { Dialect, StoredAnswer } from "../dialect/dialect.ts";
import { eventStreamType } from "../dialect/media-types.ts";
import { headerLine, joinHeaders, type HttpRequest } from "../http/index.ts";
import type { Caller } from "../ledger/index.ts";
import { idHeaders } from "./respond.ts";
import type { StoredAnswers } from "./stored-answers.ts";

/** Pauses between two looks at an answer that is to come, each longer than the one before. */
const firstPauseMs = 100;
const pauseMsMax = 2_000;
/** A sign of life, since proxies close what is silent for a minute. */
const aliveMs = 15_000;

/** A stream of a kept answer that a client asks for. */
interface Followed {
  dialect: Dialect;
  caller: Caller;
  stored: StoredAnswer;
  query: URLSearchParams;
  requestId: string;
}

/**
 * Sends a kept answer as a stream. An answer that is not complete yet is sent in two parts: its beginning now, the rest when it is
 * complete. Returns false where the client asked for no stream.
 */
export function followStored(deps: { answers: StoredAnswers }, followed: Followed, request: HttpRequest): boolean {
  const { dialect, stored, query, requestId } = followed;
  const text = dialect.stored?.encodeStream?.(stored, query);
  if (text === undefined) return false;
  const headers = joinHeaders(
    idHeaders(dialect, requestId),
    headerLine("content-type", eventStreamType),
    headerLine("cache-control", "no-store"),
    headerLine("x-accel-buffering", "no"),
  );
  const sink = request.stream(200, headers);
  if (isFinal(stored)) sink.end(text);
  else void follow(deps, followed, request, sink, text);
  return true;
}

/** The store is asked again and again, since another process may work on the answer; the answer itself is read only when its status has changed. */
async function follow(
  { answers }: { answers: StoredAnswers },
  { dialect, caller, stored, query }: Followed,
  request: HttpRequest,
  sink: ReturnType<HttpRequest["stream"]>,
  begun: string,
): Promise<void> {
  const form = must(dialect.stored, "a dialect with kept answers says how they look");
  let isGone = false;
  request.watch({ cancel: () => (isGone = true) });
  const owner = { project: caller.project, dialect };
  let seen: string | undefined = stored.status;
  let written = 0;
  let writtenMs = 0;
  const write = async (text: string) => {
    written += text.length;
    writtenMs = performance.now();
    await sink.write(text);
  };
  try {
    await write(begun);
    for (let pauseMs = firstPauseMs; !isGone; pauseMs = Math.min(pauseMsMax, pauseMs * 1.5)) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const status = await answers.statusOf(owner, stored.id);
      if (status !== undefined && status === seen) {
        if (performance.now() - writtenMs <= aliveMs) continue;
        writtenMs = performance.now();
        await sink.write(": the answer is still to come\n\n");
        continue;
      }
      seen = status;
      const now = await answers.find(owner, stored.id);
      const text = now && form.encodeStream?.(now, query);
      // It was deleted: the cut shows that there is more to say.
      if (!now || text === undefined) return sink.abort();
      if (isFinal(now)) return sink.end(text.slice(written));
      if (text.length > written) await write(text.slice(written));
    }
  } catch {
    // A store that does not answer is told of elsewhere.
    sink.abort();
  }
}

function isFinal({ status }: StoredAnswer): boolean {
  return status !== "queued" && status !== "in_progress";
}
