import { SahabError, toSahabError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import { sharedTurn } from "../base/shared-turns.ts";
import {
  eventBatch,
  followByReading,
  isPassed,
  type Answer,
  type AnswerEvent,
  type AnswerListener,
  type Attempt,
  type Batch,
  type OutgoingCall,
} from "../call/index.ts";
import { BodyStart, type BodyForm } from "../dialect/body-start.ts";
import type { Dialect, Reader } from "../dialect/dialect.ts";
import { ConnectionClosed, type HttpAnswer, type Piece, type PieceFollower } from "../transport/index.ts";
import { passedType } from "./passed-form.ts";
import type { Provider } from "./provider.ts";

/** How long a vendor may take to close a stream of which it has sent the end. */
const endWaitMs = 1_000;

interface Context {
  provider: Provider;
  dialect: Dialect;
  /** Its name at the vendor. */
  model: string;
  variant: string | undefined;
  /** See TranslatedRequest. */
  mark: string | undefined;
  /** See TranslatedRequest. */
  clientNames: ReadonlyMap<string, string> | undefined;
  /** See Answer. */
  isOfMixedTurns: boolean;
  call: OutgoingCall;
  attempt: Attempt;
  /** The call went out in the client's own dialect. */
  isOwn: boolean;
  /** See AnswerKind. */
  isReadByMarkers: boolean;
  /** Of an answer that only passes: nothing but the connection's end says where it ends. */
  endsWithConnection: boolean;
}

/**
 * A vendor's answer of status 2xx. It keeps the attempt's clock: the time for the first text, set when the call was sent, runs
 * until then; afterwards a stream may be silent for the provider's idle time, and time that the client takes does not count.
 */
export class ProviderAnswer implements Answer, PieceFollower {
  readonly #context: Context;
  readonly #answer: HttpAnswer;
  readonly #start: BodyStart;
  /** Undefined until the first bytes have told what the body is. */
  #reader: Reader | undefined;
  #isRaw = false;
  #contentType: string | undefined;
  #queue: Batch[] = [];
  /** What has come of a stream and waits for the next turn. */
  #rest: Uint8Array | undefined;
  /** The body is complete, and is decoded in turns. */
  #ending: Promise<Batch> | undefined;
  /** Bytes that the reader holds, as far as the attempt knows. */
  #heldBytes = 0;
  #hasSpoken = false;
  #isOver = false;
  /** What is still to come of a body whose length was announced; saves waiting for its end. */
  #leftBytes: number;
  #receivedBytes = 0;
  #listener: AnswerListener | undefined;
  /** Runs while a stream that has said all is read to its end. */
  #endTimer: ReturnType<typeof setTimeout> | undefined;

  private constructor(context: Context, answer: HttpAnswer, announcedBytes: number) {
    this.#context = context;
    this.#answer = answer;
    this.#start = new BodyStart(answer.header("content-type") ?? "", context.call.bytesType);
    this.#leftBytes = announcedBytes;
  }

  /** Throws `upstream_invalid_response` for what can be no answer. */
  static open(context: Context, answer: HttpAnswer): ProviderAnswer {
    const { provider } = context;
    const announced = Number(answer.header("content-length") ?? Number.NaN);
    if (announced > limits.responseBodyBytesMax) {
      void answer.cancel();
      throw tooLong(provider, announced);
    }
    return new ProviderAnswer(context, answer, announced);
  }

  /** Known when the first text has come. A vendor may answer in another form than was asked for; then the events are encoded anew. */
  get isRaw(): boolean {
    return this.#isRaw && !this.#reader?.isMended;
  }

  get contentType(): string | undefined {
    return this.#contentType;
  }

  get mark(): string | undefined {
    return this.#context.mark;
  }

  get issuer(): string | undefined {
    const { dialect, provider } = this.#context;
    return dialect.proofKeysIn && provider.proofIssuer;
  }

  get isOfMixedTurns(): boolean {
    return this.#context.isOfMixedTurns;
  }

  get isReasoningDemanded(): boolean {
    const { dialect, provider } = this.#context;
    return !dialect.proofKeysIn && provider.vendor.quirks?.demandsReasoning === true;
  }

  read(): Batch | undefined | Promise<Batch | undefined> {
    // Only whole events start the clock anew, so that no vendor holds a place with a byte now and then.
    if (this.#isTalking && this.#queue.length === 0 && !this.#isOver)
      this.#context.attempt.allow(this.#context.provider.timeouts.idleMs);
    return this.#next();
  }

  /** An answer that goes out whole has one time for all of it, in whatever form the vendor sends it. */
  get #isTalking(): boolean {
    return this.#context.call.stream && this.#hasSpoken;
  }

  #next(): Batch | undefined | Promise<Batch | undefined> {
    for (;;) {
      const batch = this.#queue.shift();
      if (batch) return this.#pass(batch);
      if (this.#ending) return this.#waitEnding(this.#ending);
      if (this.#isOver) return undefined;
      if (this.#rest) return this.#goOn();
      const piece = this.#answer.read();
      if (piece instanceof Promise) return this.#wait(piece);
      this.#takePiece(piece);
    }
  }

  async #wait(coming: Promise<Piece>): Promise<Batch | undefined> {
    let piece: Piece;
    try {
      piece = await coming;
    } catch (cause) {
      this.#isOver = true;
      this.#context.attempt.throwIfCancelled();
      throw this.#describeBreak(cause);
    }
    this.#takePiece(piece);
    return this.#next();
  }

  async #goOn(): Promise<Batch | undefined> {
    await sharedTurn(this.#context.attempt.tenant);
    this.#context.attempt.throwIfCancelled();
    this.#pushRest();
    return this.#next();
  }

  /** Reads on in what has come. It may have been given up meanwhile. */
  #pushRest(): void {
    if (this.#rest && this.#reader) this.#push(this.#reader, this.#rest);
    if (this.#leftBytes === 0) this.#end();
  }

  async #waitEnding(ending: Promise<Batch>): Promise<Batch> {
    const batch = await ending;
    this.#ending = undefined;
    this.#context.attempt.throwIfCancelled();
    return this.#pass(batch);
  }

  #takePiece({ done, value }: Piece): void {
    if (value) this.#take(value);
    if (done || this.#leftBytes === 0) this.#end();
    if (this.#isTalking && this.#queue.length > 0) this.#context.attempt.stopClock();
  }

  follow(listener: AnswerListener): void {
    if (!this.#answer.follow) {
      void followByReading(this, listener);
      return;
    }
    this.#listener = listener;
    const handing = this.#handOn();
    const waiting = this.#rest ? this.#takeRest(handing) : handing;
    if (waiting) void waiting.then(() => this.#answer.follow?.(this));
    else this.#answer.follow(this);
  }

  onPiece(piece: Uint8Array): Promise<void> | undefined {
    // Nothing belongs behind the end.
    if (this.#isOver) this.cancel();
    else {
      this.#take(piece);
      if (this.#leftBytes === 0) this.#end();
      const handing = this.#queue.length > 0 ? this.#handOn() : undefined;
      return this.#rest ? this.#takeRest(handing) : handing;
    }
    return undefined;
  }

  /** Takes what is left of a large piece, turn by turn. */
  async #takeRest(handing: Promise<void> | undefined): Promise<void> {
    await handing;
    while (this.#rest && !this.#context.attempt.reason) {
      await sharedTurn(this.#context.attempt.tenant);
      this.#pushRest();
      if (this.#queue.length > 0) await this.#handOn();
    }
  }

  onEnd(error?: unknown): void {
    clearTimeout(this.#endTimer);
    if (this.#isOver) return;
    if (error === undefined) {
      this.#end();
      void this.#handOn();
      return;
    }
    this.#isOver = true;
    this.#listener?.onEnd(this.#context.attempt.reason ?? this.#describeBreak(error));
  }

  cancel(): void {
    this.#isOver = true;
    this.#queue = [];
    this.#rest = undefined;
    this.#ending = undefined;
    clearTimeout(this.#endTimer);
    void this.#answer.cancel();
  }

  /** Gives the listener what has come, and starts the clock for what comes next. */
  #handOn(): Promise<void> | undefined {
    const { attempt, provider } = this.#context;
    for (let batch = this.#queue.shift(); batch; batch = this.#queue.shift()) {
      const waiting = this.#listener?.onBatch(this.#pass(batch));
      if (!waiting) continue;
      // What is waited for now is the client.
      attempt.stopClock();
      return waiting.then(() => this.#handOn());
    }
    // Only whole events start the clock anew, so that no vendor holds a place with a byte now and then.
    if (this.#hasSpoken && !this.#isOver) attempt.allow(provider.timeouts.idleMs);
    return undefined;
  }

  #take(piece: Uint8Array): void {
    const { attempt, call, provider } = this.#context;
    this.#leftBytes -= piece.length;
    this.#receivedBytes += piece.length;
    if (!call.stream) {
      if (this.#receivedBytes > limits.responseBodyBytesMax) {
        this.cancel();
        throw tooLong(provider, this.#receivedBytes);
      }
      // All of it is held until the client has read its answer.
      attempt.hold(piece.length);
    }
    if (this.#reader) this.#push(this.#reader, piece);
    else this.#begin(this.#start.take(piece));
  }

  #push(reader: Reader, piece: Uint8Array): void {
    this.#queue = reader.push(piece);
    this.#rest = reader.rest;
    if (!this.#context.call.stream) return;
    const heldBytes = reader.heldBytes;
    if (heldBytes === this.#heldBytes) return;
    const { attempt } = this.#context;
    if (heldBytes > this.#heldBytes) attempt.hold(heldBytes - this.#heldBytes);
    else attempt.release(this.#heldBytes - heldBytes);
    this.#heldBytes = heldBytes;
  }

  /** Chooses how the body is read, once it is known what it is. */
  #begin(body: { form: BodyForm; bytes: Uint8Array } | undefined): void {
    if (!body) return;
    if (body.form === "page") {
      this.#queue = [eventBatch([{ type: "error", error: this.#describePage() }], false)];
      return;
    }
    const { attempt, call, dialect, model, variant, provider, isOwn, endsWithConnection } = this.#context;
    const isBytes = body.form === "bytes";
    const isStream = isBytes ? call.stream : body.form === "events";
    try {
      if (isPassed(call.operation)) {
        const contentType = this.#answer.header("content-type");
        this.#contentType = passedType(call, body.form, { contentType, endsWithConnection });
      }
    } catch (error) {
      this.#queue = [eventBatch([{ type: "error", error: toSahabError(error) }], false)];
      return;
    }
    const mayPass = this.#contentType !== undefined || (isStream === call.stream && !attempt.hidesCache);
    // What Sahab does not know of a vendor's bytes might tell what came from the cache.
    this.#isRaw = isOwn && mayPass;
    this.#reader = dialect.reader({
      operation: call.operation,
      stream: isStream,
      isBytes,
      model,
      variant,
      choiceCount: call.choiceCount,
      vectorEncoding: call.vectorEncoding,
      onUnknownFinish: provider.tellUnknownFinish,
      guard: provider.secrets.guard,
      quirks: provider.vendor.quirks,
      isReadByMarkers: this.#context.isReadByMarkers,
      isRaw: this.#isRaw,
      isOwnTool: isOwn ? (name) => call.isOwnTool?.(name) ?? false : undefined,
    });
    this.#push(this.#reader, body.bytes);
  }

  /** The path of an API is often left out of an address, and a site's own page answers. Nothing of that page is repeated. */
  #describePage(): SahabError {
    const type = this.#answer.header("content-type")?.slice(0, 100) ?? "no content type";
    const found = `answered with a web page (${type}) instead of JSON`;
    const hint = "base_url may lack the path of the API, such as /v1, or name another site";
    return new SahabError("upstream_invalid_response", `${found}: ${hint}`);
  }

  /** The body is complete. */
  #end(): void {
    if (this.#rest || this.#isOver) return;
    if (!this.#reader && this.#queue.length === 0) this.#begin(this.#start.end());
    if (!this.#reader || this.#queue.some(({ facts }) => facts.isEnd || facts.failure)) return;
    this.#isOver = true;
    this.#ending = this.#reader.endInTurns?.();
    if (!this.#ending) this.#queue.push(this.#reader.end());
  }

  #describeBreak(cause: unknown): SahabError {
    if (cause instanceof SahabError) return cause;
    const { name } = this.#context.provider;
    if (cause instanceof Error && !(cause instanceof ConnectionClosed))
      return new SahabError(
        "upstream_invalid_response",
        `Provider ${name}: ${this.#context.provider.secrets.mask(cause.message)}`,
        { cause },
      );
    // Before its first text nothing has been shown, and the same target may do better.
    return new SahabError(
      this.#isTalking ? "stream_interrupted" : "upstream_closed",
      `Provider ${name} broke the connection in the middle of the answer`,
      { cause },
    );
  }

  #pass(batch: Batch): Batch {
    const { facts } = batch;
    if (facts.textBytes > 0) this.#hasSpoken = true;
    if (facts.failure) {
      const failure = this.#context.provider.describe(facts.failure);
      this.cancel();
      return {
        raw: undefined,
        facts: {
          textBytes: facts.textBytes,
          hasThoughts: facts.hasThoughts ?? false,
          usage: facts.usage,
          isEnd: false,
          failure,
        },
        events: () => [],
      };
    }
    if (facts.isEnd) this.#finish();
    // Vectors in another encoding than was asked for have no bytes that could be passed on.
    if (!this.#context.call.stream && !batch.raw) this.#isRaw = false;
    const { attempt, clientNames } = this.#context;
    const named = clientNames ? withClientNames(batch, clientNames) : batch;
    return attempt.hidesCache && this.#contentType === undefined ? withoutCache(named) : named;
  }

  /** A stream that has said all is read to its end, so that its connection can be used again. */
  #finish(): void {
    this.#context.attempt.stopClock();
    this.#queue = [];
    this.#rest = undefined;
    if (this.#isOver) return;
    this.#isOver = true;
    const giveUp = () => void this.#answer.cancel();
    this.#endTimer = setTimeout(giveUp, endWaitMs);
    if (this.#listener) return;
    void this.#readEnd(giveUp);
  }

  async #readEnd(giveUp: () => void): Promise<void> {
    try {
      const { done } = await this.#answer.read();
      if (!done) giveUp();
    } catch {
      // Its connection is gone, which is of no interest any more.
    } finally {
      clearTimeout(this.#endTimer);
    }
  }
}

/** The batch as a caller may see it: as if nothing had come from a cache. Its facts, which are recorded, stay. */
function withoutCache(batch: Batch): Batch {
  return { raw: undefined, facts: batch.facts, events: () => batch.events().map(hideCounts) };
}

function hideCounts(event: AnswerEvent): AnswerEvent {
  if (event.type !== "usage") return event;
  return { type: "usage", usage: { ...event.usage, cachedInputTokens: 0, cacheWriteTokens: 0 } };
}

function withClientNames(batch: Batch, names: ReadonlyMap<string, string>): Batch {
  const rename = (event: AnswerEvent): AnswerEvent =>
    event.type === "tool-call-start" ? { ...event, name: names.get(event.name) ?? event.name } : event;
  return { raw: undefined, facts: batch.facts, events: () => batch.events().map(rename) };
}

function tooLong(provider: Provider, found: number): SahabError {
  return new SahabError(
    "upstream_invalid_response",
    `Provider ${provider.name} answered with ${found} bytes or more; at most ${limits.responseBodyBytesMax} are allowed`,
  );
}
