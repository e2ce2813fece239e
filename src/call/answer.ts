import type { Aside } from "./aside.ts";
import type { Attempt } from "./attempt.ts";
import type { BodyShape, ThinkingFields } from "./body-shape.ts";
import type { ClientProof } from "./client-proof.ts";
import type { VectorEncoding } from "./embedding.ts";
import type { Extras } from "./extras.ts";
import { factsOf, type AnswerEvent, type Facts } from "./facts.ts";
import type { MuteTurn } from "./kept-turn.ts";
import type { NeutralRequest, TextRequest } from "./neutral-request.ts";
import type { Operation } from "./operation.ts";
import type { Pieces } from "./pieces.ts";
import type { TurnChanges, TurnShape } from "./turn-shape.ts";

/** Anything that answers calls: a model at a vendor, an engine on this machine. */
export interface Upstream {
  /**
   * Sends the call. Rejects with a SahabError when it fails before an answer begins; a later failure is a fact of a batch.
   * Time limits are the upstream's own, set on the attempt.
   */
  open(call: OutgoingCall, attempt: Attempt): Promise<Answer>;
  /** Whether its answers may begin with thoughts; absent or undefined where that is not known, or not yet. */
  mayReason?(): boolean | undefined;
}

/** A client's request as an upstream sees it. */
export interface OutgoingCall {
  readonly operation: Operation;
  /** Name of the client's dialect. */
  readonly dialect: string;
  readonly stream: boolean;
  /** What the client calls the conversation, as it is in its body; undefined where it does not say. */
  readonly conversation?: string | undefined;
  /** How many choices a whole answer has, or vectors, or documents that may be ranked; 0 where that is not known. */
  readonly choiceCount: number;
  /** How vectors must be written; undefined where the vendor's own way is asked for. */
  readonly vectorEncoding?: VectorEncoding | undefined;
  /** Tools are offered, so that the answer may call some; undefined where that is not known. */
  readonly offersTools?: boolean | undefined;
  /** Bytes of prompt, inline images counted at a flat size. */
  readonly promptBytes: number;
  /** Bytes of tools and schemas beside the prompt, where `promptBytes` leaves them out. */
  readonly toolBytes?: number | undefined;
  /** The most tokens that one choice of the answer may have, as the request says; undefined where it does not say. */
  outputTokensMax?(): number | undefined;
  /** The field by which the client bounds that, such as `max_tokens`; absent where nothing is generated. */
  readonly outputField?: string | undefined;
  /** What may make it dearer than its texts say; absent where nothing can. To be asked for while the body is here. */
  extras?(): Extras;
  /** What is counted of the request itself by the piece; absent where nothing is. */
  readonly pieces?: Pieces | undefined;
  /** The types of answers that are neither JSON nor events, such as sounds; absent where there are none. */
  readonly bytesType?: RegExp | undefined;
  /**
   * The client's own bytes for another upstream of the same dialect, with the model renamed and without what reaches beyond
   * it. Throws SahabErrors that name the field.
   */
  rewrite(model: string, rules?: RewriteRules): WireBody;
  /** The turns of the client's own bytes that have calls of tools and no reasoning; undefined where the dialect has no plain text for it. */
  muteTurns?(): readonly MuteTurn[];
  /** Whether the system speaks between the turns of the client's own bytes, found by a search, so that it may not be so; absent where all vendors of the dialect judge that. */
  hasSystemTurns?(): boolean;
  /** What makes the turns of the client's own bytes fit for a vendor that refuses what others take; absent where no vendor of the dialect does. */
  fitTurns?(shape: TurnShape): TurnChanges;
  /** Keys of the proofs of reasoning in the client's own bytes, found by a search; some may be of other texts. */
  proofKeys?(): readonly string[];
  /** The proofs with their places, for a model at a vendor of the same dialect. Beside `proofKeys` it is slow. */
  proofs?(model: string): readonly ClientProof[];
  /**
   * The request, decoded when first asked for. Throws SahabErrors that name the field. With a `cutter` the request has its marks for
   * some of the texts.
   */
  decode(cutter?: TextCutter): NeutralRequest;
  /** The same of a request about tokens or templates; absent in others. */
  decodeText?(): TextRequest;
  /** Whether the client has a tool of this name of a kind that only its dialect knows; absent where there are none. */
  isOwnTool?(name: string): boolean;
  /** Set for a large request: asked instead of `decode`, so that nobody else waits for it. */
  readonly aside?: Aside | undefined;
}

/** Takes long texts out of a body that is to be parsed. */
export interface TextCutter {
  /** The body as a JSON text with marks for some of its strings; undefined where none is taken out. `strings`: the start and end of each long one. */
  cut(body: Buffer, strings: readonly number[]): string | undefined;
}

/** What an upstream asks of a client's own bytes. */
export interface RewriteRules {
  /** Fields that reach beyond the model and go out all the same. */
  passes: ReadonlySet<string>;
  tag?: CacheTag | undefined;
  shape?: BodyShape | undefined;
  /** Where the upstream has other fields for it than the client's own. */
  thinking?: ThinkingFields | undefined;
  serviceTiers?: PricedTiers | undefined;
  /** The vendor has other addresses for some forms of an operation, so that it is worth looking for them. */
  findsVariants?: boolean | undefined;
  /** The vendor counts a streamed transcript only where it is asked to. */
  asksTranscriptUsage?: boolean | undefined;
  /** The vendor makes conversations shorter itself (OpenAI's `/responses/compact`). */
  hasCompaction?: boolean | undefined;
  /** The reasoning that turns get which were sent without it. */
  reasoning?: readonly { turn: MuteTurn; text: string }[] | undefined;
  /** What makes the turns fit for the upstream. */
  turns?: TurnChanges | undefined;
  /** Proofs that are left out, since they are not the upstream's own. */
  without?: readonly ClientProof[] | undefined;
}

/** The service tiers that a target has prices of. */
export interface PricedTiers {
  has(tier: string): boolean;
  /** Told the tier that a request asks for and may have. */
  ask(tier: string): void;
}

/** A field that tells an upstream whose prefix cache to use. */
export interface CacheTag {
  /** At the top level. */
  field: string;
  /** Its value as JSON. `own` is the client's, which counts only where it may pass. */
  json(own?: string): string;
}

export interface WireBody {
  /** Pieces that follow each other, so that a large body that is rewritten need not be copied. */
  pieces: readonly Uint8Array[];
  /** Headers of the client that belong to the dialect (`anthropic-beta`), lower-case names. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Names of fields that were left out. */
  dropped?: readonly string[] | undefined;
  /** A form of the operation that has an address of its own, by the name that the dialect gives it. */
  variant?: string | undefined;
}

/** An answer while it arrives. */
export interface Answer {
  /**
   * The batches hold `raw`, which may go out: the upstream speaks the client's own dialect, and answers in the form that was asked
   * for. Known when the first text has come.
   */
  readonly isRaw: boolean;
  /** What the bytes are, where they may be something else than the dialect's usual form. Known when the first text has come. */
  readonly contentType?: string | undefined;
  /** What was thought must come back with the calls of tools, in whatever form it goes out. */
  readonly isReasoningDemanded?: boolean;
  /** See TranslatedRequest. */
  readonly mark?: string | undefined;
  /** Those who take the proofs of reasoning in it are of this name; undefined where it has none. */
  readonly issuer?: string | undefined;
  /** Others' proofs were left out of its request, so that whose these are must be known after a restart, too. */
  readonly isOfMixedTurns?: boolean;
  /**
   * The next part, at once where it has come already; undefined after the last. Rejects with the reason of an attempt that was
   * cancelled.
   */
  read(): Batch | undefined | Promise<Batch | undefined>;
  /**
   * Hands on each further part the moment that it comes, instead of `read`: without a promise for each event, 1,000 streams take
   * 6 % less processor time. Absent where an upstream can only be asked.
   */
  follow?(listener: AnswerListener): void;
  /** Gives up the rest; never throws. */
  cancel(): void;
}

/** Takes the parts of an answer as they come. */
export interface AnswerListener {
  /** Never throws. A promise holds up what follows until it has resolved. After a part that is the end, or a failure, nothing follows. */
  onBatch(batch: Batch): Promise<void> | undefined;
  /** The answer ended without its end, or broke with an error. */
  onEnd(error?: unknown): void;
}

/** Hands on what is left of any answer. */
export function follow(answer: Answer, listener: AnswerListener): void {
  if (answer.follow) answer.follow(listener);
  else void followByReading(answer, listener);
}

/** The same for an answer that can only be asked. */
export async function followByReading(answer: Answer, listener: AnswerListener): Promise<void> {
  try {
    for (;;) {
      const batch = await answer.read();
      if (!batch) break;
      const waiting = listener.onBatch(batch);
      if (waiting) await waiting;
      if (batch.facts.isEnd || batch.facts.failure) return;
    }
    listener.onEnd();
  } catch (error) {
    listener.onEnd(error);
  }
}

/** A part of an answer: what came together. */
export interface Batch {
  /** The bytes as they came; undefined where the upstream speaks another dialect, or for what is not on the wire. */
  readonly raw: Uint8Array | undefined;
  readonly facts: Facts;
  /** Decoded when first asked for. Never throws: what cannot be decoded is an event of type `error`. */
  events(): readonly AnswerEvent[];
}

/** A batch of events that have no bytes, as an engine makes them. */
export function eventBatch(events: readonly AnswerEvent[], isEnd: boolean): Batch {
  return { raw: undefined, facts: factsOf(events, isEnd), events: () => events };
}

/** An answer that is there at once. */
export function wholeAnswer(events: readonly AnswerEvent[]): Answer {
  let batch: Batch | undefined = eventBatch(events, true);
  return {
    isRaw: false,
    read() {
      const taken = batch;
      batch = undefined;
      return Promise.resolve(taken);
    },
    cancel: () => undefined,
  };
}
