import { unreachable } from "../base/assert.ts";
import {
  eventBatch,
  wholeAnswer,
  type Answer,
  type Attempt,
  type ChatEvent,
  type ChatRequest,
  type OutgoingCall,
  type Upstream,
} from "../call/index.ts";
import type { EngineClient } from "./client.ts";

/**
 * A local model as an Upstream. It sets no time limits: the engine bounds its queue, and long prompts need their time.
 *
 * When the attempt is ended, `read` still returns the exact counts, which the engine reports last. Then it rejects with the reason.
 */
export function createEngineUpstream(client: EngineClient): Upstream {
  return {
    async open(call, attempt) {
      try {
        return await openAnswer(client, call, attempt);
      } catch (error) {
        // A call that was aborted fails as cancelled; why it was, only the attempt knows.
        attempt.throwIfEnded();
        throw error;
      }
    },
  };
}

async function openAnswer(client: EngineClient, call: OutgoingCall, attempt: Attempt): Promise<Answer> {
  const decoded = call.decode();
  const abandon = new AbortController();
  const options = {
    signal: AbortSignal.any([attempt.signal, abandon.signal]),
    onSent: () => attempt.markSent(),
  };
  switch (decoded.operation) {
    case "chat":
      attempt.noteDropped(droppedPaths(decoded.request));
      return await openStream(client.chat(decoded.request, options), attempt, abandon);
    case "completion":
      attempt.noteDropped(droppedExtensions(decoded.request));
      return await openStream(client.complete(decoded.request, options), attempt, abandon);
    case "token-count": {
      attempt.noteDropped(droppedPaths(decoded.request));
      const inputTokens = await client.count(decoded.request, options);
      return wholeAnswer([{ type: "token-count", inputTokens }]);
    }
    case "embedding": {
      attempt.noteDropped(droppedExtensions(decoded.request));
      const { model, vectors, usage } = await client.embed(decoded.request, options);
      return wholeAnswer([
        { type: "vectors", model, vectors },
        { type: "usage", usage },
      ]);
    }
    default:
      return unreachable(decoded);
  }
}

/** What of a chat request means nothing to an engine. */
function droppedPaths(request: ChatRequest): string[] {
  const paths = new Set(droppedExtensions(request));
  for (const tool of request.hostedTools) paths.add(`tools[].${tool.type}`);
  for (const tool of request.tools) {
    if (tool.cache) paths.add("tools[].cache_control");
    for (const key of Object.keys(tool.extensions ?? {})) paths.add(`tools[].${key}`);
  }
  for (const message of request.messages) {
    for (const key of Object.keys(message.extensions ?? {})) paths.add(`messages[].${key}`);
    for (const part of message.content) {
      if ("cache" in part && part.cache) paths.add("messages[].content[].cache_control");
      if ("extensions" in part)
        for (const key of Object.keys(part.extensions ?? {})) paths.add(`messages[].content[].${key}`);
    }
  }
  if (request.reasoning.budgetTokens !== undefined) paths.add("thinking.budget_tokens");
  return [...paths];
}

/** The extensions that `requests.ts` and `prompt.ts` of the child read, where the request is of OpenAI's dialect. */
const readExtensions = new Set(["logit_bias", "chat_template_kwargs"]);

function droppedExtensions(request: { dialect: string; extensions: Record<string, unknown> }): string[] {
  const isOpenAi = request.dialect === "openai-chat";
  return Object.keys(request.extensions).filter((key) => !(isOpenAi && readExtensions.has(key)));
}

/** Waits for the first events, so that a request which the engine refuses rejects before anything is answered. */
async function openStream(
  events: AsyncIterable<ChatEvent[]>,
  attempt: Attempt,
  abandon: AbortController,
): Promise<Answer> {
  const iterator = events[Symbol.asyncIterator]();
  let first: IteratorResult<ChatEvent[]> | undefined = await iterator.next();
  // Ended while it waited for the engine: nothing has been used.
  if (attempt.sentMs === null) attempt.throwIfEnded();
  let isOver = false;
  return {
    isRaw: false,
    async read() {
      if (isOver) return undefined;
      const next = first ?? (await iterator.next());
      first = undefined;
      if (abandon.signal.aborted) return undefined;
      if (!next.done) {
        const batch = eventBatch(next.value, false);
        isOver = batch.facts.failure !== undefined;
        return batch;
      }
      isOver = true;
      attempt.throwIfEnded();
      return eventBatch([], true);
    },
    cancel() {
      isOver = true;
      // A read that waits for events would delay the iterator's return; the abort ends that wait.
      abandon.abort();
      void iterator.return?.();
    },
  };
}
