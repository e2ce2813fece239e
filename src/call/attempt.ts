import type { SahabError } from "../base/errors.ts";
import { assert } from "../base/assert.ts";
import { nobody, type Tenant } from "../base/shares.ts";
import type { Facts } from "./facts.ts";
import type { TurnMemory } from "./kept-turn.ts";
import type { Usage } from "./usage.ts";

/** The header in which a Sahab says how many there are between the client and the provider, so that a circle is noticed. */
export const hopsHeader = "x-sahab-hops";

/**
 * Room for what is held of an answer: bytes that have come and are not read yet, or that the client has not read yet. Where
 * there is none left, the request is cancelled.
 */
export interface AnswerRoom {
  holdAnswer(bytes: number): void;
  releaseAnswer(bytes: number): void;
}

interface AttemptTarget {
  /** The provider's name, or `local`. */
  readonly provider: string;
  /** What the target calls the model. */
  readonly model: string;
  /** Which of the provider's keys it uses, from 1; undefined where there is one. */
  readonly key?: number | undefined;
}

/**
 * One attempt to serve a request at one target: what it may take, how it can be cancelled, and what became of it.
 *
 *   open ──markSent──▶ sent ──note(text)──▶ speaking ──close──▶ closed; `close` may come in any phase, and counts once
 *
 * Its times are monotonic, as `performance.now()` gives them.
 *
 * An AbortSignal would do for cancelling it, and is made for whoever needs one; it costs 2 µs that most calls can do without.
 */
export class Attempt {
  readonly target: AttemptTarget;
  /** Another target can be tried where this one does not answer. */
  readonly hasAlternative: boolean;
  /** How many Sahabs the request has gone through before this one. */
  readonly hops: number;
  /** The request's project and key. What a target keeps of its prompt may be used for the same project only. */
  readonly tenant: Tenant;
  /** What was kept of the project's earlier turns; undefined where nothing is. */
  readonly memory: TurnMemory | undefined;
  readonly startedMs = performance.now();
  readonly #room: AnswerRoom | undefined;
  #onCancel: ((reason: SahabError) => void) | undefined;
  #reason: SahabError | undefined;
  #controller: AbortController | undefined;
  #deadlineMs = Number.POSITIVE_INFINITY;
  #sentMs: number | null = null;
  #firstTextMs: number | null = null;
  #closedMs: number | null = null;
  #failure: SahabError | undefined;
  #usage: Usage | undefined;
  #textBytes = 0;
  #hasThoughts = false;
  #uncountedBytes = 0;
  #isCounted = false;
  #isShown = false;
  #vendorRequestId: string | null = null;
  #dropped: readonly string[] = [];
  #hidesCache = false;
  #serviceTier: string | undefined;
  #servedTier: string | undefined;

  constructor(
    target: AttemptTarget,
    options: {
      hasAlternative?: boolean;
      hops?: number;
      tenant?: Tenant | undefined;
      room?: AnswerRoom;
      memory?: TurnMemory | undefined;
    } = {},
  ) {
    this.target = target;
    this.tenant = options.tenant ?? nobody;
    this.hasAlternative = options.hasAlternative ?? false;
    this.hops = options.hops ?? 0;
    this.memory = options.memory;
    this.#room = options.room;
  }

  get provider(): string {
    return this.target.provider;
  }

  get model(): string {
    return this.target.model;
  }

  get key(): number | undefined {
    return this.target.key;
  }

  /** Why the attempt was cancelled; undefined while it may go on. */
  get reason(): SahabError | undefined {
    return this.#reason;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Gives the attempt up, from outside: the client has left, a deadline has passed, Sahab shuts down. */
  cancel(reason: SahabError): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#controller?.abort(reason);
    this.#onCancel?.(reason);
  }

  /** Sets who is told, once, when the attempt is cancelled; undefined for nobody. Whoever has the call's connection now sets it. */
  onCancel(listener: ((reason: SahabError) => void) | undefined): void {
    this.#onCancel = listener;
  }

  throwIfCancelled(): void {
    if (this.#reason) throw this.#reason;
  }

  /** When the present phase must be over; infinite where nothing is waited for. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Starts the clock of the next phase. */
  allow(ms: number): void {
    if (!this.#reason) this.#deadlineMs = performance.now() + ms;
  }

  /** Stops the clock: what is waited for now is not the target. */
  stopClock(): void {
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** So many bytes of the answer are held now, until they are released or the attempt is over. */
  hold(bytes: number): void {
    this.#room?.holdAnswer(bytes);
  }

  release(bytes: number): void {
    this.#room?.releaseAnswer(bytes);
  }

  /** The call is on its way: from here on the target may read the prompt and bill for it. */
  markSent(): void {
    this.#sentMs ??= performance.now();
  }

  noteVendorRequestId(id: string | null): void {
    this.#vendorRequestId = id;
  }

  /** Fields of the request that the target's dialect can't carry, or that reach beyond the model. */
  noteDropped(paths: readonly string[]): void {
    this.#dropped = paths;
  }

  /** Hides from the caller what came from the target's prefix cache. */
  hideCache(): void {
    this.#hidesCache = true;
  }

  /** The service tier that the request asks for, where the answer may not say which one served it. */
  askServiceTier(tier: string): void {
    this.#serviceTier = tier;
  }

  /** The service tier that the head of the answer names as the one that served it, whatever else was asked for. */
  noteServedTier(tier: string | undefined): void {
    this.#servedTier = tier;
  }

  note(facts: Facts): void {
    assert(this.#closedMs === null, "a closed attempt says no more");
    if (facts.usage) {
      this.#usage = this.#usage ? takeLarger(this.#usage, facts.usage) : facts.usage;
      this.#uncountedBytes = 0;
    } else this.#uncountedBytes += facts.textBytes;
    if (facts.isEnd) this.#isCounted = true;
    if (facts.hasThoughts) this.#hasThoughts = true;
    if (facts.textBytes === 0) return;
    this.#textBytes += facts.textBytes;
    this.#firstTextMs ??= performance.now();
  }

  /** The target's count is its last, whatever becomes of the answer. */
  markCounted(): void {
    this.#isCounted = true;
  }

  /** The client sees the text as it comes: that of a stream, from the first one on. */
  markShown(): void {
    this.#isShown = true;
  }

  /** Its end; a failure says how it failed. Only the first call counts. */
  close(failure?: SahabError): void {
    if (this.#closedMs !== null) return;
    this.#closedMs = performance.now();
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#failure = failure;
  }

  /** Null where it has not come. */
  get sentMs(): number | null {
    return this.#sentMs;
  }

  get firstTextMs(): number | null {
    return this.#firstTextMs;
  }

  get closedMs(): number | null {
    return this.#closedMs;
  }

  get failure(): SahabError | undefined {
    return this.#failure;
  }

  get isShown(): boolean {
    return this.#isShown;
  }

  /** The target's own count, the latest; undefined where it gave none. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  get textBytes(): number {
    return this.#textBytes;
  }

  /** The answer has thoughts, whether or not they are counted. */
  get hasThoughts(): boolean {
    return this.#hasThoughts;
  }

  /** Bytes of text that came after the latest count, which some vendors give when the answer has hardly begun. */
  get uncountedBytes(): number {
    return this.#uncountedBytes;
  }

  /** The answer has come to its end, or its target has counted what it has used of one that was given up. */
  get isCounted(): boolean {
    return this.#isCounted;
  }

  get serviceTier(): string | undefined {
    return this.#serviceTier;
  }

  get servedTier(): string | undefined {
    return this.#servedTier;
  }

  get vendorRequestId(): string | null {
    return this.#vendorRequestId;
  }

  get hidesCache(): boolean {
    return this.#hidesCache;
  }

  get dropped(): readonly string[] {
    return this.#dropped;
  }
}

/** The later count, unless it takes back what was counted before: counts only grow, so the larger ones stay, as doubtful ones. */
function takeLarger(before: Usage, usage: Usage): Usage {
  if (usage.inputTokens >= before.inputTokens && usage.outputTokens >= before.outputTokens) return usage;
  return {
    ...(usage.outputTokens < before.outputTokens ? before : usage),
    inputTokens: Math.max(before.inputTokens, usage.inputTokens),
    isInputDoubtful: usage.inputTokens < before.inputTokens,
    isOutputDoubtful: usage.outputTokens < before.outputTokens,
  };
}
