import type { Operation } from "../call/index.ts";
import type { Snapshot } from "../config/index.ts";
import { continueBody, findNamedParts, type BodyThread } from "../dialect/aside/index.ts";
import type { IncomingRequest, OpenedRequest } from "../dialect/dialect.ts";
import type { HttpRequest } from "../http/index.ts";
import type { BackgroundQueue } from "./background-queue.ts";
import type { Exchange } from "./exchange.ts";
import { followStored } from "./follow-stored.ts";
import { answerStored, findEarlier, queue, showQueued, type KeptRequest } from "./kept-requests.ts";
import { mayCall } from "./callable-models.ts";
import type { HistoryReader, StoredAnswers } from "./stored-answers.ts";

interface Deps {
  answers: StoredAnswers;
  background: BackgroundQueue;
  /** Reads large bodies. */
  bodies: BodyThread;
  snapshot: () => Snapshot;
}

/** Keeps a request that is served in the background, and answers with what is known by now; as a stream, with the rest when it has come. */
export async function serveQueued(
  deps: Deps,
  exchange: Exchange,
  kept: KeptRequest & { operation: Operation; stream: boolean },
  request: HttpRequest,
): Promise<void> {
  const { dialect } = kept;
  const stored = await exchange.unlessOver(queue(deps, kept, request, readerFor(deps, exchange)));
  exchange.handOver();
  const query = new URLSearchParams(kept.stream ? "stream=true" : "");
  const { id: requestId } = exchange;
  const isFollowed = await followStored(deps, { dialect, stored, query, requestId, visit: exchange }, request);
  if (!isFollowed) answerStored(request, dialect, requestId, showQueued(dialect, stored, requestId));
}

/** The request with the kept answers that it goes on from, to be opened. All of them count as its body, before they are read. */
export async function goOn(
  deps: Deps,
  exchange: Exchange,
  kept: KeptRequest,
  opened: { incoming: IncomingRequest; call: OpenedRequest },
): Promise<IncomingRequest> {
  const { dialect, keeps } = kept;
  const { incoming } = opened;
  const aside = { thread: deps.bodies, dialect };
  const reader = {
    ...readerFor(deps, exchange),
    findNamedParts: (requests: readonly string[]) => findNamedParts(aside, incoming, requests, exchange),
  };
  const answers = await exchange.unlessOver(findEarlier(deps, kept, reader));
  const body = await exchange.unlessOver(continueBody(aside, opened, answers, exchange));
  exchange.holdBody(Math.max(0, body.length - exchange.bodyBytes));
  return { ...incoming, body, continues: { previousId: keeps.previous?.id } };
}

function readerFor(deps: Deps, exchange: Exchange): HistoryReader {
  return {
    mayCall: (name) => mayCall(deps.snapshot(), exchange.caller, name),
    hold: (bytes) => exchange.holdBody(bytes),
  };
}
