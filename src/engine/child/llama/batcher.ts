import type { Token } from "node-llama-cpp";
import type { StepThreads } from "../../protocol.ts";
import type { AddonContext } from "./addon.ts";
import type { Sampled, Sampler } from "./sampler.ts";
import type { Sequence } from "./sequence.ts";

/** Tokens to evaluate in a sequence, and then token after token. */
export interface Job {
  readonly sequence: Sequence;
  /** At least one. */
  readonly tokens: readonly Token[];
  readonly sampler: Sampler;
  readonly withProbabilities: boolean;
  /** Asked before each step; false ends the job where it is. */
  mayGoOn(): boolean;
  /** After each step, with the number of tokens that it took, and whether one was sampled. */
  onStep(evaluated: number, isSampled: boolean): void;
  /** Guesses what comes after the pending token. */
  draft?(): readonly Token[];
  /** Returns the tokens that the answer goes on with, usually the same one; undefined ends the job. */
  onToken(token: Token, probabilities: Map<Token, number> | undefined): readonly Token[] | undefined;
}

interface BatcherOptions {
  /** Tokens of one step. */
  batchTokensMax: number;
  /** Tokens of prompts in one step. */
  batchTokens: number;
  contextTokens: number;
  threads: StepThreads;
  /** Recurrent models cannot take back a token. */
  canTakeBack: boolean;
}

interface Running {
  readonly job: Job;
  pending: readonly Token[];
  readonly ended: PromiseWithResolvers<boolean>;
}

interface Part {
  readonly running: Running;
  /** Of the pending tokens. */
  readonly count: number;
  /** A guess at what follows them, evaluated with them. */
  readonly draft?: readonly Token[];
}

/** Steps of at least so many tokens count as several, and as a piece of a prompt. */
const severalTokensMin = 4;
const promptTokensMin = 32;
const none = new Uint32Array(0);
/** While others stream, a piece of a prompt takes about as long as this. */
const pieceMs = 250;
const pieceTokensMin = 32;

/**
 * Runs llama.cpp's steps, one after the other. Each takes the next token of every answer, in the order of their sequences: llama.cpp
 * evaluates neighbours together, and others one after the other. What is left of the batch is for prompts, first come
 * first: shared among all, they would all be late. While answers stream, prompts are read in smaller pieces.
 */
export class Batcher {
  readonly #context: AddonContext;
  readonly #sequences: readonly Sequence[];
  readonly #options: BatcherOptions;
  readonly #jobs = new Set<Running>();
  #works: (() => Promise<void>)[] = [];
  #isRunning = false;
  /** Some answer has ended since the last step. */
  #hasEnded = false;
  #pieceTokens: number;
  threads: StepThreads;

  constructor(
    { context, sequences }: { context: AddonContext; sequences: readonly Sequence[] },
    options: BatcherOptions,
  ) {
    this.#context = context;
    this.#sequences = sequences;
    this.#options = options;
    this.#pieceTokens = options.batchTokens;
    this.threads = options.threads;
  }

  /** Nothing is under way, and nothing waits. */
  get isIdle(): boolean {
    return this.#jobs.size === 0 && this.#works.length === 0;
  }

  /** True when the job has ended by itself, false where it may not go on. Rejects where llama.cpp fails. */
  run(job: Job): Promise<boolean> {
    const running: Running = { job, pending: job.tokens, ended: Promise.withResolvers<boolean>() };
    this.#jobs.add(running);
    this.#wake();
    return running.ended.promise;
  }

  /** Runs between two steps, while nothing else uses the context. */
  exclusive<T>(work: () => T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#works.push(async () => {
      try {
        resolve(await work());
      } catch (error) {
        reject(error);
      }
    });
    this.#wake();
    return promise;
  }

  #wake(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Requests that have come together begin together.
    setImmediate(() => void this.#loop());
  }

  async #loop(): Promise<void> {
    while (!this.isIdle) {
      await this.#letOthersIn();
      const parts = this.#compose();
      if (parts.length === 0) continue;
      try {
        await this.#step(parts);
      } catch (error) {
        for (const { running } of parts) this.#fail(running, error);
      }
    }
    this.#isRunning = false;
  }

  /**
   * Does the exclusive work that waits. Whoever has ended gives its slot to the next, which aligns the slot and then has tokens for the next
   * step: each of these takes a turn of the event loop, and would else miss a step.
   */
  async #letOthersIn(): Promise<void> {
    for (let turns = 0; turns < 4; turns++) {
      const works = this.#works;
      this.#works = [];
      for (const work of works) await work();
      if (works.length === 0 && !this.#hasEnded) return;
      this.#hasEnded = false;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Whose tokens the next step takes, by sequence. */
  #compose(): Part[] {
    const parts: Part[] = [];
    const prompts: Running[] = [];
    for (const running of this.#jobs) {
      if (!running.job.mayGoOn()) this.#end(running, false);
      else if (running.pending.length === 1) parts.push({ running, count: 1 });
      else prompts.push(running);
    }
    const { batchTokens, batchTokensMax } = this.#options;
    const piece = parts.length > 0 ? this.#pieceTokens : batchTokens;
    let room = Math.min(batchTokensMax - parts.length, piece);
    for (const [index, running] of prompts.entries()) {
      const left = running.pending.length;
      // Only the first is cut: of two cut ones, llama.cpp would evaluate equal parts.
      if (index > 0 && left > room) break;
      const count = Math.min(left, room, index === 0 ? toBoundary(running.job.sequence.length, piece) : left);
      if (count <= 0) break;
      parts.push({ running, count });
      room -= count;
    }
    const [only] = parts;
    // With several in a step, llama.cpp has enough to do.
    if (parts.length === 1 && only?.running.pending.length === 1)
      return [{ ...only, draft: this.#draftOf(only.running.job) }];
    return parts.sort((a, b) => a.running.job.sequence.id - b.running.job.sequence.id);
  }

  #draftOf(job: Job): readonly Token[] {
    const { batchTokens, contextTokens, canTakeBack } = this.#options;
    const room = Math.min(batchTokens, contextTokens - job.sequence.length) - 1;
    return (canTakeBack && room > 0 && job.draft?.().slice(0, room)) || [];
  }

  async #step(parts: readonly Part[]): Promise<void> {
    const fill = this.#fillGaps(parts);
    const tokens = parts.reduce((sum, { count, draft = [] }) => sum + count + draft.length, fill.length);
    this.#context.setThreads(this.#threadsFor(tokens));
    this.#context.initBatch(tokens);
    const places = this.#addAll(parts, fill);
    const startMs = performance.now();
    try {
      await this.#context.decodeBatch();
    } finally {
      for (const sequence of fill) sequence.takeBack();
    }
    if (tokens >= promptTokensMin) this.#noteSpeed((performance.now() - startMs) / tokens);
    const sampled = await Promise.allSettled(parts.map((part, index) => this.#sample(part, places[index] ?? none)));
    for (const [index, { running }] of parts.entries()) {
      const result = sampled[index];
      if (result?.status === "rejected") this.#fail(running, result.reason);
    }
  }

  /** Samples what comes after the part, and after each token of its draft as long as the draft is right. */
  async #sample({ running, count, draft = [] }: Part, places: Uint32Array): Promise<void> {
    const { job } = running;
    const sample = (place: number) => job.sampler.sample(this.#context, place, job.withProbabilities);
    const [first, ...after] = places;
    this.#deliver(running, count, first === undefined ? undefined : await sample(first));
    for (const [index, place] of after.entries()) {
      const isRight = running.pending.length === 1 && running.pending[0] === draft[index];
      if (!isRight || !this.#jobs.has(running) || !job.mayGoOn()) break;
      this.#deliver(running, 1, await sample(place));
    }
    if (draft.length > 0) job.sequence.takeBack();
  }

  #threadsFor(tokens: number): number {
    const { one, several, prompt } = this.threads;
    return tokens < severalTokensMin ? one : tokens < promptTokensMin ? several : prompt;
  }

  /** Puts the parts into the batch, and returns the places of the tokens from which each is sampled. */
  #addAll(parts: readonly Part[], fill: readonly Sequence[]): Uint32Array[] {
    let filled = 0;
    return parts.map(({ running, count, draft = [] }) => {
      const { sequence } = running.job;
      for (let gap = fill[filled]; gap && gap.id < sequence.id; gap = fill[++filled])
        this.#context.addToBatch(gap.id, gap.length, Uint32Array.of(running.pending[0] as Token), none);
      const isWhole = count === running.pending.length;
      const tokens = isWhole ? [...running.pending, ...draft] : running.pending.slice(0, count);
      const wanted = isWhole ? Uint32Array.from({ length: 1 + draft.length }, (_, index) => count - 1 + index) : none;
      return this.#context.addToBatch(sequence.id, sequence.length, Uint32Array.from(tokens), wanted);
    });
  }

  /**
   * Idle sequences between those of answers. llama.cpp evaluates only neighbours together, and a step over all of its weights costs
   * more than a token more in each gap, which is taken back at once.
   */
  #fillGaps(parts: readonly Part[]): Sequence[] {
    const first = parts[0]?.running.job.sequence.id ?? 0;
    const last = parts.at(-1)?.running.job.sequence.id ?? 0;
    const gaps = last - first + 1 - parts.length;
    const isDecode = parts.every(({ count }) => count === 1);
    if (gaps === 0 || gaps > parts.length || !isDecode || !this.#options.canTakeBack) return [];
    const busy = new Set(parts.map(({ running }) => running.job.sequence.id));
    const fill = this.#sequences.slice(first, last).filter(({ id }) => !busy.has(id));
    return fill.every(({ length }) => length < this.#options.contextTokens) ? fill : [];
  }

  #deliver(running: Running, count: number, sampled: Sampled | undefined): void {
    const { job, pending } = running;
    job.sequence.append(pending, count);
    running.pending = pending.slice(count);
    job.onStep(count, sampled !== undefined);
    if (!sampled) return;
    const next = job.onToken(sampled.token, sampled.probabilities);
    if (next && next.length > 0) running.pending = next;
    else this.#end(running, true);
  }

  /** What its sequence holds is not known any more. */
  #fail(running: Running, error: unknown): void {
    running.job.sequence.clear();
    this.#end(running, error);
  }

  #end(running: Running, how: unknown): void {
    if (!this.#jobs.delete(running)) return;
    this.#hasEnded = true;
    if (typeof how === "boolean") running.ended.resolve(how);
    else running.ended.reject(how);
  }

  /** So many tokens of a prompt take about `pieceMs`. */
  #noteSpeed(msPerToken: number): void {
    const wanted = 2 ** Math.floor(Math.log2(pieceMs / msPerToken));
    this.#pieceTokens = Math.min(Math.max(wanted, pieceTokensMin), this.#options.batchTokens);
  }
}

/**
 * Tokens up to the next multiple of the piece's size, because llama.cpp attends over the context rounded up to 256 cells. With one
 * token cached, an unaligned batch of 512 attends over 768 cells instead of 512 (measured: 53 ms instead of 43 for 600 tokens).
 */
const toBoundary = (position: number, piece: number) => piece - (position % piece);
