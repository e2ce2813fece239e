const none = -1;

/**
 * The prefix caches of all replicas: which blocks of prompts each one keeps. A kept block is either used by a sequence, and then stays, or
 * is in the replica's list of unused ones, from the newest to the oldest, which is given up first.
 * All columns are indexed by entry, which is a block at a replica; entries are reused, so that a long simulation allocates nothing.
 */
export class PrefixCaches {
  /** The first entry of each block; the others follow by #nextOfBlock. */
  readonly #ofBlock: Int32Array;
  #block = new Int32Array(initialEntries);
  #replica = new Int32Array(initialEntries);
  #tokens = new Int32Array(initialEntries);
  #users = new Int32Array(initialEntries);
  #nextOfBlock = new Int32Array(initialEntries);
  #newer = new Int32Array(initialEntries);
  #older = new Int32Array(initialEntries);
  #entries = 0;
  /** Entries to use again, chained by #nextOfBlock. */
  #spare = none;
  readonly #newest: Int32Array;
  readonly #oldest: Int32Array;

  constructor(replicas: number, distinctBlocks: number) {
    this.#ofBlock = new Int32Array(distinctBlocks).fill(none);
    this.#newest = new Int32Array(replicas).fill(none);
    this.#oldest = new Int32Array(replicas).fill(none);
  }

  /** The entry of a block at a replica; -1 where it is not kept. */
  find(block: number, replica: number): number {
    let entry = this.#ofBlock[block]!;
    while (entry !== none && this.#replica[entry] !== replica) entry = this.#nextOfBlock[entry]!;
    return entry;
  }

  /** Counts for each replica how many of these blocks, from `start` to `end`, it keeps without a gap from the first. */
  countLeading(blocks: Int32Array, start: number, end: number, counts: Int32Array): void {
    counts.fill(0);
    for (let at = start; at < end; at++) {
      let found = false;
      for (let entry = this.#ofBlock[blocks[at]!]!; entry !== none; entry = this.#nextOfBlock[entry]!) {
        const replica = this.#replica[entry]!;
        if (counts[replica] !== at - start) continue;
        counts[replica] = at - start + 1;
        found = true;
      }
      if (!found) return;
    }
  }

  /** Tokens of an entry's block. */
  tokensOf(entry: number): number {
    return this.#tokens[entry]!;
  }

  /** One sequence more uses it: it is not given up. */
  use(entry: number): void {
    if (this.#users[entry]!++ === 0) this.#unlink(entry);
  }

  /** One sequence less uses it; without any it is the newest of the unused. */
  release(entry: number): void {
    if (--this.#users[entry]! > 0) return;
    const replica = this.#replica[entry]!;
    const newest = this.#newest[replica]!;
    this.#newer[entry] = none;
    this.#older[entry] = newest;
    if (newest === none) this.#oldest[replica] = entry;
    else this.#newer[newest] = entry;
    this.#newest[replica] = entry;
  }

  /** Keeps a block of so many tokens at a replica that has not got it, used by one sequence. */
  insert(block: number, replica: number, tokens: number): number {
    let entry = this.#spare;
    if (entry === none) {
      if (this.#entries === this.#block.length) this.#grow();
      entry = this.#entries++;
    } else this.#spare = this.#nextOfBlock[entry]!;
    this.#block[entry] = block;
    this.#replica[entry] = replica;
    this.#tokens[entry] = tokens;
    this.#users[entry] = 1;
    this.#nextOfBlock[entry] = this.#ofBlock[block]!;
    this.#ofBlock[block] = entry;
    return entry;
  }

  /** Gives up the oldest unused block of a replica; returns its tokens, 0 where there is none. */
  giveUpOldest(replica: number): number {
    const entry = this.#oldest[replica]!;
    if (entry === none) return 0;
    this.#unlink(entry);
    const block = this.#block[entry]!;
    let before = this.#ofBlock[block]!;
    if (before === entry) this.#ofBlock[block] = this.#nextOfBlock[entry]!;
    else {
      while (this.#nextOfBlock[before] !== entry) before = this.#nextOfBlock[before]!;
      this.#nextOfBlock[before] = this.#nextOfBlock[entry]!;
    }
    this.#nextOfBlock[entry] = this.#spare;
    this.#spare = entry;
    return this.#tokens[entry]!;
  }

  #unlink(entry: number): void {
    const replica = this.#replica[entry]!;
    const newer = this.#newer[entry]!;
    const older = this.#older[entry]!;
    if (newer === none) this.#newest[replica] = older;
    else this.#older[newer] = older;
    if (older === none) this.#oldest[replica] = newer;
    else this.#newer[older] = newer;
  }

  #grow(): void {
    this.#block = doubled(this.#block);
    this.#replica = doubled(this.#replica);
    this.#tokens = doubled(this.#tokens);
    this.#users = doubled(this.#users);
    this.#nextOfBlock = doubled(this.#nextOfBlock);
    this.#newer = doubled(this.#newer);
    this.#older = doubled(this.#older);
  }
}

const initialEntries = 1_024;

function doubled(column: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * column.length);
  larger.set(column);
  return larger;
}
