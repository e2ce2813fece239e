import { assert } from "../../base/assert.ts";
import { PrefixCaches } from "./prefix-caches.ts";
import type { Trace } from "./trace.ts";

/** Prompts' blocks that were asked for and that a cache had, and the tokens that it saved. */
export interface Hits {
  blocks: number;
  hitBlocks: number;
  hitTokens: number;
}

/**
 * The memory of each replica, in tokens: what running sequences use alone, blocks of prompts that they share, and blocks that nobody uses now,
 * which are given up when a sequence needs the memory. A sequence reserves its prompt and its whole answer when it is taken in, so that
 * none has to be put out again.
 */
export class KeptMemory {
  readonly #trace: Trace;
  readonly #tokensMax: number;
  readonly #caches: PrefixCaches;
  readonly #freeTokens: Float64Array;
  /** By request: tokens besides those in shared blocks. */
  readonly #ownTokens: Int32Array;
  /** By request: how many blocks it uses; by place in the trace's blocks: their entries in the cache. */
  readonly #usedBlocks: Int32Array;
  readonly #entries: Int32Array;
  readonly hits: Hits = { blocks: 0, hitBlocks: 0, hitTokens: 0 };

  constructor(trace: Trace, replicas: number, tokensMax: number) {
    this.#trace = trace;
    this.#tokensMax = tokensMax;
    this.#caches = new PrefixCaches(replicas, trace.distinctBlocks);
    this.#freeTokens = new Float64Array(replicas).fill(tokensMax);
    this.#ownTokens = new Int32Array(trace.requests);
    this.#usedBlocks = new Int32Array(trace.requests);
    this.#entries = new Int32Array(trace.blocks.length);
  }

  /** Counts for each replica how many blocks of the prompt it has, from the first without a gap. */
  countLeading(request: number, counts: Int32Array): void {
    const { blocks, blockStarts } = this.#trace;
    this.#caches.countLeading(blocks, blockStarts[request]!, blockStarts[request + 1]!, counts);
  }

  /**
   * Uses the blocks that the replica has of the prompt, and reserves memory for the rest and the answer. Returns how many of the prompt's tokens
   * need no computing; -1 where the memory is too little for now.
   */
  reserve(replica: number, request: number): number {
    const { blocks, blockStarts, blockTokens, promptTokens, answerTokens } = this.#trace;
    const prompt = promptTokens[request]!;
    const start = blockStarts[request]!;
    const end = blockStarts[request + 1]!;
    let at = start;
    for (; at < end; at++) {
      const entry = this.#caches.find(blocks[at]!, replica);
      if (entry === -1) break;
      this.#entries[at] = entry;
      this.#caches.use(entry);
    }
    this.#usedBlocks[request] = at - start;
    const shared = Math.min(prompt, (at - start) * blockTokens);
    const own = prompt + answerTokens[request]! - shared;
    while (this.#freeTokens[replica]! < own) {
      const tokens = this.#caches.giveUpOldest(replica);
      if (tokens === 0) {
        this.#releaseBlocks(request);
        return -1;
      }
      this.#freeTokens[replica]! += tokens;
    }
    this.#freeTokens[replica]! -= own;
    this.#ownTokens[request] = own;
    // The last token is computed in any case, since it gives the first of the answer.
    const cached = Math.min(shared, prompt - 1);
    this.hits.blocks += end - start;
    this.hits.hitBlocks += at - start;
    this.hits.hitTokens += cached;
    return cached;
  }

  /** What was computed of a prompt becomes blocks of the cache. */
  share(replica: number, request: number): void {
    const { blocks, blockStarts, blockTokens, promptTokens } = this.#trace;
    const start = blockStarts[request]!;
    const end = blockStarts[request + 1]!;
    for (let at = start + this.#usedBlocks[request]!; at < end; at++) {
      const tokens = Math.min(blockTokens, promptTokens[request]! - (at - start) * blockTokens);
      const block = blocks[at]!;
      let entry = this.#caches.find(block, replica);
      if (entry === -1) entry = this.#caches.insert(block, replica, tokens);
      else {
        // Another request has computed the same block meanwhile: one copy is kept.
        this.#caches.use(entry);
        this.#freeTokens[replica]! += tokens;
      }
      this.#entries[at] = entry;
      this.#ownTokens[request]! -= tokens;
    }
    this.#usedBlocks[request] = end - start;
  }

  /** The sequence has ended: its own memory is free, its blocks stay as long as nobody needs their memory. */
  release(replica: number, request: number): void {
    this.#freeTokens[replica]! += this.#ownTokens[request]!;
    this.#releaseBlocks(request);
  }

  /** Empties the caches; all memory must then be free. */
  expectNoneUsed(): void {
    for (const [replica, tokens] of this.#freeTokens.entries()) {
      let free = tokens;
      for (let more = -1; more !== 0; free += more) more = this.#caches.giveUpOldest(replica);
      assert(free === this.#tokensMax, `${free} tokens of a replica's memory are free at the end`);
    }
  }

  /** The last block first, so that of a prompt its end is given up before its beginning. */
  #releaseBlocks(request: number): void {
    const start = this.#trace.blockStarts[request]!;
    for (let at = start + this.#usedBlocks[request]! - 1; at >= start; at--) this.#caches.release(this.#entries[at]!);
    this.#usedBlocks[request] = 0;
  }
}
