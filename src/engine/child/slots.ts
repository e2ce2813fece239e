import type { LlamaContextSequence, Token } from "node-llama-cpp";
import { SahabError } from "../../base/errors.ts";
import type { Pause } from "./pause.ts";
import type { Progress, Work } from "./progress.ts";

/** A sequence of the context, held by one answer at a time. */
export interface Slot {
  readonly index: number;
  readonly sequence: LlamaContextSequence;
}

export interface SlotLease {
  slot: Slot;
  /** How many leading tokens of the prompt the slot held already. */
  cachedTokens: number;
  /** To be called whenever llama.cpp has evaluated something for the slot. */
  step(): void;
  release(): void;
}

interface Waiting {
  prompt: Token[];
  admit(slot: OwnSlot): void;
  refuse(error: SahabError): void;
}

interface OwnSlot extends Slot {
  busy: boolean;
  work: Work | undefined;
  usedAt: number;
}

interface SlotPoolOptions {
  name: string;
  queueMax: number;
  queueWaitMs: number;
  /** How long a busy slot may wait for llama.cpp. */
  progressLimitS: number;
}

/** Gives each answer the free sequence that already holds most of its prompt. When all are busy, answers wait in a queue. */
export class SlotPool {
  readonly #pause: Pause;
  readonly #progress: Progress;
  readonly #options: SlotPoolOptions;
  readonly #slots: OwnSlot[];
  readonly #queue = new Set<Waiting>();
  #uses = 0;
  #refusal: SahabError | undefined;

  constructor(deps: { pause: Pause; progress: Progress; sequences: LlamaContextSequence[] }, options: SlotPoolOptions) {
    this.#pause = deps.pause;
    this.#progress = deps.progress;
    this.#options = options;
    this.#slots = deps.sequences.map((sequence, index) => ({
      index,
      sequence,
      busy: false,
      work: undefined,
      usedAt: 0,
    }));
  }

  get busy(): number {
    return this.#slots.filter((slot) => slot.busy).length;
  }

  get queueLength(): number {
    return this.#queue.size;
  }

  /** Resolves with a slot whose state is a proper prefix of the prompt, or with undefined when the signal aborts first. Throws `overloaded`. */
  async acquire(prompt: Token[], signal: AbortSignal): Promise<SlotLease | undefined> {
    const slot = this.#choose(prompt) ?? (await this.#wait(prompt, signal));
    if (!slot) return undefined;
    if (signal.aborted) {
      this.#release(slot);
      return undefined;
    }
    try {
      const cachedTokens = await this.#align(slot, prompt);
      return { slot, cachedTokens, step: () => slot.work?.step(), release: () => this.#release(slot) };
    } catch (error) {
      this.#release(slot);
      throw error;
    }
  }

  /** Refuses all who wait now and all who come later. */
  refuseAll(error: SahabError): void {
    this.#refusal = error;
    for (const waiting of this.#queue) waiting.refuse(error);
  }

  #choose(prompt: Token[]): OwnSlot | undefined {
    let best: OwnSlot | undefined;
    let bestCommon = -1;
    for (const slot of this.#slots) {
      if (slot.busy) continue;
      const common = commonPrefix(slot.sequence, prompt);
      if (best && (common < bestCommon || (common === bestCommon && slot.usedAt >= best.usedAt))) continue;
      best = slot;
      bestCommon = common;
    }
    if (best) this.#take(best);
    return best;
  }

  #take(slot: OwnSlot): void {
    slot.busy = true;
    slot.work = this.#progress.begin(this.#options.progressLimitS);
    slot.usedAt = ++this.#uses;
  }

  async #wait(prompt: Token[], signal: AbortSignal): Promise<OwnSlot | undefined> {
    if (this.#refusal) throw this.#refusal;
    const { name, queueMax, queueWaitMs } = this.#options;
    if (this.#queue.size >= queueMax) {
      throw new SahabError(
        "overloaded",
        `Model ${name} has ${this.#queue.size} requests waiting; at most ${queueMax} are allowed`,
        { retryAfterS: 5 },
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<OwnSlot | undefined>();
    const waiting: Waiting = { prompt, admit: resolve, refuse: reject };
    this.#queue.add(waiting);
    const onAbort = () => resolve(undefined);
    signal.addEventListener("abort", onAbort, { once: true });
    const timer = setTimeout(
      () =>
        reject(
          new SahabError(
            "overloaded",
            `Model ${name} had no free slot within ${queueWaitMs / 1000} s (${this.#slots.length} slots, all busy)`,
            { retryAfterS: 10 },
          ),
        ),
      queueWaitMs,
    );
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#queue.delete(waiting);
    }
  }

  #release(slot: OwnSlot): void {
    slot.work?.end();
    slot.work = undefined;
    slot.usedAt = ++this.#uses;
    const next = this.#queue.values().next().value;
    if (!next) {
      slot.busy = false;
      return;
    }
    // The first in the queue takes this slot, even where another one would hold more of its prompt.
    this.#queue.delete(next);
    this.#take(slot);
    next.admit(slot);
  }

  /** Cuts the slot's state back to the prefix that it shares with the prompt, without the prompt's last token: that is always evaluated. */
  async #align(slot: Slot, prompt: Token[]): Promise<number> {
    const { sequence } = slot;
    if (commonPrefix(sequence, prompt) < sequence.nextTokenIndex) {
      await this.#pause.during(() => sequence.adaptStateToTokens(prompt.slice(0, -1), false));
    }
    return sequence.nextTokenIndex;
  }
}

function commonPrefix(sequence: LlamaContextSequence, prompt: Token[]): number {
  return Math.min(sequence.compareContextTokens(prompt).firstDifferentIndex, prompt.length - 1);
}
