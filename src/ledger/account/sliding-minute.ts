const bucketMs = 100;
/** A minute, and what a clock that is fast by half a thousandth is ahead then. */
const minuteMs = 60_030;

/** What was used in the last minute, and when it stops counting. Times are monotonic. */
export class SlidingMinute {
  /** From the oldest: the end of a tenth of a second, and what was used in it. */
  readonly #buckets: { endMs: number; amount: bigint }[] = [];
  #first = 0;
  #sum = 0n;

  /** What counts at this moment. */
  used(nowMs: number): bigint {
    this.#forget(nowMs);
    return this.#sum;
  }

  add(amount: bigint, nowMs: number): void {
    const last = this.#buckets.at(-1);
    // A bucket counts from its end on, so that nothing is forgotten too early.
    if (last && this.#buckets.length > this.#first && last.endMs > nowMs) last.amount += amount;
    else this.#buckets.push({ endMs: (Math.floor(nowMs / bucketMs) + 1) * bucketMs, amount });
    this.#sum += amount;
  }

  /** Takes back what was counted at that time, if it still counts. */
  takeBack(amount: bigint, atMs: number, nowMs: number): void {
    this.#forget(nowMs);
    // From the newest, since most requests take seconds and not a minute.
    for (let at = this.#buckets.length - 1; at >= this.#first; at--) {
      const bucket = this.#buckets[at];
      if (!bucket || bucket.endMs <= atMs) return;
      if (bucket.endMs - bucketMs > atMs) continue;
      bucket.amount -= amount;
      this.#sum -= amount;
      return;
    }
  }

  /** Milliseconds until at most so much counts, without further use. */
  msUntil(amount: bigint, nowMs: number): number {
    this.#forget(nowMs);
    if (this.#sum <= amount) return 0;
    // What is left then is the newest: it is found from there, at once where all must go, which each answer tells its client.
    let left = 0n;
    for (let at = this.#buckets.length - 1; at >= this.#first; at--) {
      const bucket = this.#buckets[at];
      if (!bucket) break;
      left += bucket.amount;
      if (left > amount) return bucket.endMs + minuteMs - nowMs;
    }
    return 0;
  }

  #forget(nowMs: number): void {
    for (let bucket; (bucket = this.#buckets[this.#first]) && bucket.endMs + minuteMs <= nowMs; this.#first++)
      this.#sum -= bucket.amount;
    if (this.#first < 1_000) return;
    this.#buckets.splice(0, this.#first);
    this.#first = 0;
  }
}
