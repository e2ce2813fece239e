/**
 * The sequences that each replica decodes. A step gives each of them a token, so a sequence ends at a step that is known when it begins, and
 * a heap by that step tells who ends next, however many tokens pass between.
 */
export class DecodeBatches {
  readonly #sequencesMax: number;
  /** A heap of requests for each replica, in its part of the column. */
  readonly #requests: Int32Array;
  readonly #counts: Int32Array;
  /** Steps that each replica has made. */
  readonly #steps: Float64Array;
  /** Tokens of all contexts of a replica's sequences. */
  readonly #contextTokens: Float64Array;
  /** By request: the step of its replica that ends it. */
  readonly #lastStep: Float64Array;

  constructor(replicas: number, requests: number, sequencesMax: number) {
    this.#sequencesMax = sequencesMax;
    this.#requests = new Int32Array(replicas * sequencesMax);
    this.#counts = new Int32Array(replicas);
    this.#steps = new Float64Array(replicas);
    this.#contextTokens = new Float64Array(replicas);
    this.#lastStep = new Float64Array(requests);
  }

  countAt(replica: number): number {
    return this.#counts[replica]!;
  }

  /** Tokens of a context, on average; of a replica that has sequences. */
  meanContextAt(replica: number): number {
    return this.#contextTokens[replica]! / this.#counts[replica]!;
  }

  /** Steps until the first of them ends. */
  stepsLeftAt(replica: number): number {
    return this.#lastStep[this.#requests[replica * this.#sequencesMax]!]! - this.#steps[replica]!;
  }

  /** A sequence of so many tokens that has so many steps to go, 1 at least. */
  add(replica: number, request: number, contextTokens: number, steps: number): void {
    const heap = this.#requests;
    const base = replica * this.#sequencesMax;
    const lastStep = this.#steps[replica]! + steps;
    this.#lastStep[request] = lastStep;
    this.#contextTokens[replica]! += contextTokens;
    let at = this.#counts[replica]!++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[base + parent]!;
      if (this.#lastStep[above]! <= lastStep) break;
      heap[base + at] = above;
      at = parent;
    }
    heap[base + at] = request;
  }

  /** So many steps are made, no more than were left until the first end. */
  advance(replica: number, steps: number): void {
    this.#steps[replica]! += steps;
    this.#contextTokens[replica]! += steps * this.#counts[replica]!;
  }

  /** Takes out a sequence that has ended, of which the caller says how many tokens its context has; -1 where none has. */
  takeEnded(replica: number, contextTokens: (request: number) => number): number {
    const count = this.#counts[replica]!;
    if (count === 0 || this.stepsLeftAt(replica) > 0) return -1;
    const heap = this.#requests;
    const base = replica * this.#sequencesMax;
    const ended = heap[base]!;
    this.#contextTokens[replica]! -= contextTokens(ended);
    const left = count - 1;
    this.#counts[replica] = left;
    const moved = heap[base + left]!;
    const lastStep = this.#lastStep[moved]!;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= left) break;
      if (child + 1 < left && this.#lastStep[heap[base + child + 1]!]! < this.#lastStep[heap[base + child]!]!) child++;
      const below = heap[base + child]!;
      if (this.#lastStep[below]! >= lastStep) break;
      heap[base + at] = below;
      at = child;
    }
    heap[base + at] = moved;
    return ended;
  }
}
