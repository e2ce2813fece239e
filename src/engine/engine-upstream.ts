import { unreachable } from "../base/assert.ts";
import { SahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import {
  Dropped,
  eventBatch,
  isFree,
  listNotCarried,
  wholeAnswer,
  type Answer,
  type Attempt,
  type Carrier,
  type ChatEvent,
  type Lack,
  type OutgoingCall,
  type PreparedRequest,
  type Upstream,
  type Usage,
} from "../call/index.ts";
import { continuingFields } from "./child/continued-turn.ts";
import { openaiExtensions } from "./child/openai-extensions.ts";
import type { EngineClient } from "./client.ts";

/**
 * A local model as an Upstream. It sets no time limits: the engine bounds its queue, and long prompts need their time.
 *
 * When the attempt is cancelled, `read` still returns the exact counts, which the engine reports last. Then it rejects with the reason.
 */
export function createEngineUpstream(client: EngineClient): Upstream {
  return {
    mayReason() {
      client.meet();
      return client.promptBound?.mayReason;
    },
    async open(call, attempt) {
      try {
        refuseTooLong(client, call);
        const prepared = call.aside ? await call.aside.decode(localCarrier(call.dialect), attempt) : prepareHere(call);
        const { request } = prepared;
        const pass = await client.suspects.pass(client.name, request);
        try {
          const answer = await openAnswer(client, prepared, attempt);
          client.suspects.clear(request);
          return answer;
        } catch (error) {
          if (error instanceof SahabError && error.code === "engine_crashed") client.suspects.blame(request);
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
  if (!promptBound || promptBound.tokenBytesMax === null || isFree(operation)) return;
  const { contextTokens, tokenBytesMax } = promptBound;
  const prompts = operation === "chat" ? 1 : choiceCount || promptsMax;
  const bytesMax = jsonBytesMax * contextTokens * tokenBytesMax * prompts + besideTextsBytes;
  if (promptBytes <= bytesMax) return;
  throw new SahabError(
    "context_length_exceeded",
    `prompt is too long: it has ${promptBytes} bytes; this model's maximum context length is ${contextTokens} tokens of at most ${tokenBytesMax} bytes (${name})`,
  );
}

const jsonBytesMax = 6;
/** Names of fields, white space, and texts that templates leave out, such as earlier reasoning. */
const besideTextsBytes = 4 * 1024 * 1024;
/** A request may have many prompts or inputs. */
const promptsMax = limits.messagesMax;

async function openAnswer(client: EngineClient, prepared: PreparedRequest, attempt: Attempt): Promise<Answer> {
  attempt.noteDropped(prepared.dropped);
  const abandon = new AbortController();
  const options = {
    signal: AbortSignal.any([attempt.signal, abandon.signal]),
    tenant: attempt.tenant,
    onSent: () => attempt.markSent(),
    onCounted: (usage: Usage) => {
      attempt.note({ textBytes: 0, usage, isEnd: false, failure: undefined });
      attempt.markCounted();
    },
  };
  switch (prepared.operation) {
    case "chat": {
      const dropped = new Dropped(prepared.dropped);
      const onLeftOut = (paths: readonly string[]) => {
        for (const path of paths) dropped.add(path);
        attempt.noteDropped(dropped.list);
      };
      return await openStream(client.chat(prepared.request, { ...options, onLeftOut }), attempt, abandon);
    }
    case "completion":
      return await openStream(client.complete(prepared.request, options), attempt, abandon);
    case "token-count": {
      const inputTokens = await client.count(prepared.request, options);
      return wholeAnswer([{ type: "token-count", inputTokens }]);
    }
    case "embedding": {
      const { model, vectors, usage } = await client.embed(prepared.request, options);
      return wholeAnswer([
        { type: "vectors", model, vectors },
        { type: "usage", usage },
      ]);
    }
    case "rerank": {
      const { model, results, usage } = await client.rank(prepared.request, options);
      return wholeAnswer([
        { type: "ranking", model, results },
        { type: "usage", usage },
      ]);
    }
    case "tokenize": {
      const { tokens, pieces } = await client.tokenize(prepared.request, options);
      return wholeAnswer([{ type: "tokens", tokens, pieces }]);
    }
    case "detokenize":
      return wholeAnswer([{ type: "plain-text", text: await client.detokenize(prepared.request, options) }]);
    case "apply-template":
      return wholeAnswer([{ type: "plain-text", text: await client.applyTemplate(prepared.request, options) }]);
    default:
      return unreachable(prepared);
  }
}

function prepareHere(call: OutgoingCall): PreparedRequest {
  const decoded = call.decodeText?.() ?? call.decode();
  return { ...decoded, dropped: listNotCarried(decoded, localCarrier(decoded.request.dialect)) };
}

/** What a local model carries of a request in this dialect. */
export function localCarrier(dialect: string): Carrier {
  return {
    api: "this machine",
    lacks,
    extensions: new Set(Object.keys(openaiExtensions({ dialect, extensions: {} }))),
    turnExtensions: continuingFields(dialect),
  };
}

const lacks: ReadonlySet<Lack> = new Set<Lack>([
  "cache",
  "call-cache",
  "tool-error",
  "reasoning-budget",
  "idle-effort",
  "format-description",
]);

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
        // An engine counts once, at the end.
        if (batch.facts.usage) attempt.markCounted();
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
