import { expect, test } from "bun:test";
import fc from "fast-check";
import { SlidingMinute } from "./sliding-minute.ts";

const bucketMs = 100;
const minuteMs = 60_030;
const endOf = (ms: number) => (Math.floor(ms / bucketMs) + 1) * bucketMs;

/** The same by the list of all that was ever used. */
class AllUses {
  readonly #uses: { atMs: number; left: bigint }[] = [];

  counting(nowMs: number) {
    return this.#uses.filter(({ atMs }) => endOf(atMs) + minuteMs > nowMs);
  }

  used(nowMs: number): bigint {
    return this.counting(nowMs).reduce((sum, { left }) => sum + left, 0n);
  }

  add(amount: bigint, atMs: number): { atMs: number; left: bigint } {
    const use = { atMs, left: amount };
    this.#uses.push(use);
    return use;
  }

  /** The end of each use in turn, until little enough is left. */
  msUntil(amount: bigint, nowMs: number): number {
    let sum = this.used(nowMs);
    if (sum <= amount) return 0;
    const ends = this.counting(nowMs).map(({ atMs, left }) => ({ endMs: endOf(atMs), left }));
    for (const { endMs, left } of ends.toSorted((one, other) => one.endMs - other.endMs)) {
      sum -= left;
      if (sum <= amount) return endMs + minuteMs - nowMs;
    }
    return 0;
  }
}

test("a minute counts what a list of all uses counts", () => {
  const step = fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 50_000 })),
    amount: fc.bigInt({ min: 0n, max: 50n }),
    /** How much of which earlier use is taken back. */
    back: fc.option(fc.record({ of: fc.nat({ max: 20 }), part: fc.bigInt({ min: 0n, max: 50n }) })),
    asks: fc.bigInt({ min: 0n, max: 200n }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const [minute, all] = [new SlidingMinute(), new AllUses()];
      const uses: { atMs: number; left: bigint }[] = [];
      let nowMs = 12.5;
      for (const { afterMs, amount, back, asks } of steps) {
        nowMs += afterMs;
        minute.add(amount, nowMs);
        uses.push(all.add(amount, nowMs));
        const use = back && uses.at(-1 - back.of);
        if (use && endOf(use.atMs) + minuteMs > nowMs) {
          const part = back.part < use.left ? back.part : use.left;
          minute.takeBack(part, use.atMs, nowMs);
          use.left -= part;
        }
        expect(minute.used(nowMs)).toBe(all.used(nowMs));
        expect(minute.msUntil(asks, nowMs)).toBeCloseTo(all.msUntil(asks, nowMs), 6);
        expect(minute.msUntil(0n, nowMs)).toBeCloseTo(all.msUntil(0n, nowMs), 6);
      }
    }),
    { numRuns: 300 },
  );
});
