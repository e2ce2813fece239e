interface Block {
  start: number;
  size: number;
}

/**
 * Places buffers one after the other as ggml's allocator does (ggml-alloc.c): the smallest hole in which one fits, else at the
 * end. Sizes are in any one unit.
 */
export class BufferPlan {
  readonly #holes: Block[] = [];
  #end = 0;
  #highest = 0;

  /** Of all that were there at the same time. */
  get highest(): number {
    return this.#highest;
  }

  take(size: number): Block {
    let best: Block | undefined;
    for (const hole of this.#holes) if (hole.size >= size && hole.size < (best?.size ?? Infinity)) best = hole;
    if (best) {
      const start = best.start;
      best.start += size;
      best.size -= size;
      if (best.size === 0) this.#holes.splice(this.#holes.indexOf(best), 1);
      return { start, size };
    }
    const block = { start: this.#end, size };
    this.#end += size;
    this.#highest = Math.max(this.#highest, this.#end);
    return block;
  }

  give(...blocks: Block[]): void {
    for (const { start, size } of blocks) {
      if (size === 0) continue;
      const joined = { start, size };
      const before = this.#holes.findIndex((hole) => hole.start + hole.size === start);
      if (before !== -1) {
        joined.start = (this.#holes[before] as Block).start;
        joined.size += (this.#holes[before] as Block).size;
        this.#holes.splice(before, 1);
      }
      const after = this.#holes.findIndex((hole) => hole.start === start + size);
      if (after !== -1) {
        joined.size += (this.#holes[after] as Block).size;
        this.#holes.splice(after, 1);
      }
      if (joined.start + joined.size === this.#end) this.#end = joined.start;
      else this.#holes.push(joined);
    }
  }
}
