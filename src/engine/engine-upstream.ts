import { unreachable } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import {
  Dropped,
  eventBatch,
  findDropped,
  refuseForcedHostedTool,
  wholeAnswer,
  type Answer,
  type Attempt,
  type ChatEvent,
  type ChatRequest,
  type CompletionRequest,
  type EmbeddingRequest,
  type Lack,
  type NeutralRequest,
  type OutgoingCall,
  type Upstream,
} from "../call/index.ts";
import { openaiExtensions } from "./child/openai-extensions.ts";
import type { EngineClient } from "./client.ts";

/**
 * A local model as an Upstream. It sets no time limits: the engine bounds its queue, and long prompts need their time.
 *
 * When the attempt is cancelled, `read` still returns the exact counts, which the engine reports last. Then it rejects with the reason.
 */
export function createEngineUpstream(client: EngineClient): Upstream {
  return {
    async open(call, attempt) {
      try {
        refuseTooLong(client, call);
        const decoded = call.decode();
        const pass = await client.suspects.pass(client.name, decoded.request);
        try {
          const answer = await openAnswer(client, decoded, attempt);
          client.suspects.clear(decoded.request);
          return answer;
        } catch (error) {
          if (error instanceof SahabError && error.code === "engine_crashed") client.suspects.blame(decoded.request);
          throw error;
        } finally {
          pass?.leave();
        }
      } catch (error) {
        // A call that was aborted fails as cancelled; why it was, only the attempt knows.
        attempt.throwIfCancelled();
        throw error;
      }
    },
  };
}

/**
 * Refuses, before it is decoded, what is certainly longer than the model's context: a token stands for so many bytes at most, and
 * JSON writes a byte of text as six at most (`\u0041`). Bytes beside texts get some megabytes. Counting has no bound.
 */
function refuseTooLong(
  { name, promptBound }: EngineClient,
  { operation, promptBytes, choiceCount }: OutgoingCall,
): void {
  if (!promptBound || promptBound.tokenBytesMax === null || operation === "token-count") return;
  const { contextTokens, tokenBytesMax } = promptBound;
  const prompts = operation === "chat" ? 1 : choiceCount || promptsMax;
  const bytesMax = jsonBytesMax * contextTokens * tokenBytesMax * prompts + besideTextsBytes;
  if (promptBytes <= bytesMax) return;
  throw new SahabError(
    "context_length_exceeded",
    `The prompt has ${promptBytes} bytes; model ${name} holds ${contextTokens} tokens of at most ${tokenBytesMax} bytes`,
  );
}

const jsonBytesMax = 6;
/** Names of fields, white space, and texts that templates leave out, such as earlier reasoning. */
const besideTextsBytes = 4 * 1024 * 1024;
/** A request may have many prompts or inputs. */
const promptsMax = limits.messagesMax;

async function openAnswer(client: EngineClient, decoded: NeutralRequest, attempt: Attempt): Promise<Answer> {
  const abandon = new AbortController();
  const options = {
    signal: AbortSignal.any([attempt.signal, abandon.signal]),
    onSent: () => attempt.markSent(),
  };
  switch (decoded.operation) {
    case "chat": {
      refuseForcedHostedTool(decoded.request);
      const dropped = droppedOfChat(decoded.request);
      attempt.noteDropped(dropped.list);
      const onLeftOut = (paths: readonly string[]) => {
        for (const path of paths) dropped.add(path);
        attempt.noteDropped(dropped.list);
      };
      return await openStream(client.chat(decoded.request, { ...options, onLeftOut }), attempt, abandon);
    }
    case "completion":
      attempt.noteDropped(droppedOfOther(decoded.request));
      return await openStream(client.complete(decoded.request, options), attempt, abandon);
    case "token-count": {
      attempt.noteDropped(droppedOfChat(decoded.request).list);
      const inputTokens = await client.count(decoded.request, options);
      return wholeAnswer([{ type: "token-count", inputTokens }]);
    }
    case "embedding": {
      attempt.noteDropped(droppedOfOther(decoded.request));
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

function droppedOfChat(request: ChatRequest): Dropped {
  return findDropped(request, { lacks, extensions: readExtensions(request) });
}

const lacks: ReadonlySet<Lack> = new Set<Lack>([
  "cache",
  "call-cache",
  "tool-error",
  "reasoning-budget",
  "idle-effort",
  "format-description",
]);

function droppedOfOther(request: CompletionRequest | EmbeddingRequest): string[] {
  const dropped = new Dropped();
  dropped.addFields("", request.extensions, readExtensions(request));
  return dropped.list;
}

function readExtensions(request: { dialect: string; extensions: Record<string, unknown> }): ReadonlySet<string> {
  return new Set(Object.keys(openaiExtensions(request)));
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
  if (attempt.sentMs === null) attempt.throwIfCancelled();
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
      attempt.throwIfCancelled();
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
